//! Recorded cases: what is sent, and what the original answered (conformance/api/README.md).

use std::collections::HashMap;

use base64::Engine as _;
use serde_json::Value;

use super::compare::{self, Got};
use super::server::{DATASET, Server};

const CASES: &str = include_str!("../../../../conformance/api/cases_public.jsonl");

/// One case.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) mutates: bool,
    pub(crate) crashed: bool,
    pub(crate) steps: Vec<Value>,
}

impl Case {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        CASES.lines().filter(|line| !line.trim().is_empty()).map(Self::read).collect()
    }

    fn read(line: &str) -> Self {
        let case: Value = serde_json::from_str(line).unwrap();
        Self {
            id: case["id"].as_str().unwrap().to_owned(),
            mutates: case["mutates"].as_bool().unwrap(),
            crashed: case["oracle_500"].as_bool().unwrap_or(false),
            steps: case["steps"].as_array().unwrap().clone(),
        }
    }

    /// Sends the steps. What differs from the recorded answers, step by step, with each step's answer.
    pub(crate) fn run(&self, server: &Server) -> Vec<(Vec<String>, Got)> {
        let mut cookies = HashMap::new();
        let mut outcomes = Vec::new();
        for step in &self.steps {
            let got = send(server, &step["request"], &mut cookies);
            let compared = step["compare"].as_bool().unwrap_or(true);
            let differences = if compared { compare::step(step, &got) } else { Vec::new() };
            outcomes.push((differences, got));
        }
        outcomes
    }
}

fn send(server: &Server, request: &Value, cookies: &mut HashMap<String, String>) -> Got {
    let mut headers: HashMap<String, Option<String>> = HashMap::new();
    headers.insert("Accept".into(), Some("*/*".into()));
    for (name, value) in request["headers"].as_object().unwrap() {
        headers.insert(name.clone(), value.as_str().map(str::to_owned));
    }
    match &request["auth"] {
        Value::Null => {}
        Value::String(session) if session == "session" => {
            let all: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert("Cookie".into(), Some(all.join("; ")));
        }
        auth => drop(headers.insert("Authorization".into(), Some(authorization(auth)))),
    }
    let headers: Vec<(String, String)> =
        headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
    let answer = server.send(method, path, &headers, request["body"].as_str().map(str::as_bytes));
    for (name, value) in &answer.headers {
        if name.eq_ignore_ascii_case("set-cookie") {
            let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
    Got::of(&answer, &format!("http://{}", server.address))
}

fn authorization(auth: &Value) -> String {
    let (scheme, name) = match auth {
        Value::String(scheme) => (scheme.as_str(), "ionadmin"),
        other => {
            let (scheme, name) = other.as_object().unwrap().iter().next().unwrap();
            (scheme.as_str(), name.as_str().unwrap())
        }
    };
    let dataset: Value = serde_json::from_str(DATASET).unwrap();
    let user = dataset["users"].as_array().unwrap().iter().find(|user| user["username"] == name).unwrap();
    if scheme == "apikey" {
        return format!("ApiKey {name}:{}", user["api_key"].as_str().unwrap());
    }
    let pair = format!("{name}:{}", user["password"].as_str().unwrap());
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}
