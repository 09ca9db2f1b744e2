//! Comparing an answer with the recorded one; the rules are those of conformance/api/wire.py.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::server::Answer;

/// An answer as the cases record one.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    headers: Map<String, Value>,
    pub(crate) body: Value,
}

impl Got {
    pub(crate) fn of(answer: &Answer, base: &str) -> Self {
        let mut headers = Map::new();
        for name in ["Content-Type", "Location", "WWW-Authenticate", "Allow", "Vary", "Cache-Control"] {
            if let Some(value) = answer.header(name) {
                headers.insert(name.to_owned(), value.replace(base, "{base}").into());
            }
        }
        let json = answer.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
        let body = match answer.text() {
            text if text.is_empty() => Value::Null,
            text if json => serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}")),
            text => text.into(),
        };
        Self { status: answer.status, headers, body }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What differs; where the original crashed any refusal will do.
pub(crate) fn step(step: &Value, got: &Got) -> Vec<String> {
    let expect = &step["expect"];
    let want = Got {
        status: u16::try_from(expect["status"].as_u64().unwrap()).unwrap(),
        headers: expect["headers"].as_object().unwrap().clone(),
        body: expect["body"].clone(),
    };
    if want.status == 500 && (400..500).contains(&got.status) {
        return Vec::new();
    }
    if want.status != got.status {
        return vec![format!("status: want {}, got {} {}", want.status, got.status, short(&got.body))];
    }
    if want.status == 500 {
        return Vec::new();
    }
    let mut differences = headers(&want, got);
    let ignored: Vec<&str> = step["ignore"]
        .as_array()
        .map(|keys| keys.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let settled = |body: &Value| settle(without(body, &ignored), &step["ties"]);
    differences.extend(body(&want, &settled(&want.body), &settled(&got.body)));
    differences
}

fn headers(want: &Got, got: &Got) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |same: bool, name: &str| {
        if !same {
            differences.push(format!("{name}: want {}, got {}", want.header(name), got.header(name)));
        }
    };
    let kind =
        |side: &Got| side.header("Content-Type").split(';').next().unwrap().trim().to_ascii_lowercase();
    let machine = ["application/json", "text/javascript"].contains(&kind(want).as_str());
    check(want.body.is_null() || !machine || kind(want) == kind(got), "Content-Type");
    check(
        !want.headers.contains_key("Location")
            || path_of(want.header("Location")) == path_of(got.header("Location")),
        "Location",
    );
    check(
        !want.headers.contains_key("WWW-Authenticate")
            || want.header("WWW-Authenticate").eq_ignore_ascii_case(got.header("WWW-Authenticate")),
        "WWW-Authenticate",
    );
    check(
        !want.headers.contains_key("Allow") || words(want.header("Allow")) == words(got.header("Allow")),
        "Allow",
    );
    for name in ["Vary", "Cache-Control"] {
        let mut wanted = words(want.header(name));
        wanted.remove("cookie");
        check(wanted.is_subset(&words(got.header(name))), name);
    }
    differences
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(',').map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

/// Path and parameters of an address, the parameters in any order.
fn path_of(location: &str) -> (String, Vec<String>) {
    let location = location.strip_prefix("{base}").unwrap_or(location);
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    let mut parameters: Vec<String> = query.split('&').map(str::to_owned).collect();
    parameters.sort();
    (path.to_owned(), parameters)
}

fn body(want: &Got, left: &Value, right: &Value) -> Option<String> {
    let javascript = want.header("Content-Type").starts_with("text/javascript");
    if want.status >= 300 {
        let (Some(keys), false) = (left.as_object(), javascript) else { return None };
        let same = right.as_object().is_some_and(|object| object.keys().eq(keys.keys()));
        return (!same).then(|| format!("error body: want the keys of {left}, got {}", short(right)));
    }
    if javascript {
        let (Some((name, left)), Some((got, right))) = (unwrap(left), unwrap(right)) else {
            return Some(format!("jsonp: got {}", short(right)));
        };
        return if name == got {
            differ(&left, &right, "body")
        } else {
            Some(format!("callback: got {got}"))
        };
    }
    if want.headers.contains_key("Allow") {
        return None; // the header says it already
    }
    differ(left, right, "body")
}

/// `callback(json)` as its two parts.
fn unwrap(body: &Value) -> Option<(String, Value)> {
    let (name, rest) = body.as_str()?.split_once('(')?;
    Some((name.to_owned(), serde_json::from_str(rest.strip_suffix(')')?).ok()?))
}

/// The first difference between two JSON values.
fn differ(want: &Value, got: &Value, place: &str) -> Option<String> {
    match (want, got) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            let close = (left - right).abs() <= (1e-12 * left.abs().max(right.abs())).max(1e-9);
            (!close).then(|| format!("{place}: want {left}, got {right}"))
        }
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            keys.into_iter().find_map(|key| match (left.get(key), right.get(key)) {
                (Some(Value::String(want)), Some(Value::String(got)))
                    if place.ends_with("meta") && ["next", "previous"].contains(&key.as_str()) =>
                {
                    (path_of(want) != path_of(got)).then(|| format!("{place}.{key}: want {want}, got {got}"))
                }
                (Some(want), Some(got)) => differ(want, got, &format!("{place}.{key}")),
                (Some(_), None) => Some(format!("{place}.{key}: missing")),
                _ => Some(format!("{place}.{key}: not expected")),
            })
        }
        (Value::Array(left), Value::Array(right)) => {
            if left.len() != right.len() {
                return Some(format!("{place}: want {} items, got {}", left.len(), right.len()));
            }
            let pairs = left.iter().zip(right).enumerate();
            pairs.into_iter().find_map(|(n, (want, got))| differ(want, got, &format!("{place}[{n}]")))
        }
        _ => (want != got).then(|| format!("{place}: want {}, got {}", short(want), short(got))),
    }
}

fn without(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| !names.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without(value, names)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| without(item, names)).collect(),
        other => other.clone(),
    }
}

/// Puts objects that may come in any order among themselves into ascending id order.
fn settle(mut value: Value, ties: &Value) -> Value {
    let Some(rows) = value.get_mut("objects").and_then(Value::as_array_mut) else { return value };
    for group in ties.as_array().into_iter().flatten().filter_map(Value::as_array) {
        let places: Vec<usize> =
            (0..rows.len()).filter(|place| group.contains(&rows[*place]["id"])).collect();
        let mut tied: Vec<Value> = places.iter().map(|place| rows[*place].clone()).collect();
        tied.sort_by_key(|row| row["id"].as_i64());
        for (place, row) in places.into_iter().zip(tied) {
            rows[place] = row;
        }
    }
    value
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}
