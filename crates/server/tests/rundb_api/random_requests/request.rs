//! One random request: any verb on any address, with odd headers, credentials and bodies among good ones.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::super::random::{self, RESOURCES, pick};
use super::super::server::{Answer, Connection};
use super::body::{FIELDS, TEXTS, body};

const OTHER_VERBS: &[&str] = &["HEAD", "OPTIONS", "TRACE", "PROPPATCH", "get", "LINK", "X"];
const OVERRIDES: &[&str] =
    &["PATCH", "patch", "PROPPATCH", "PUT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "", "NOSUCH", "P UT"];
const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "application/json; charset=utf-8",
    "application/json;",
    "Application/JSON",
    "application/xml",
    "text/yaml",
    "text/csv",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "a/b/c",
    "",
];
const ACCEPTS: &[&str] = &[
    "*/*",
    "application/json",
    "text/javascript",
    "text/*",
    "application/xml",
    "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "a",
    "a/b;q=x",
    ";q=1",
    "",
];
const OTHER_HEADERS: &[(&str, &str)] = &[
    ("Accept-Language", "ru, zh-cn;q=0.5"),
    ("Accept-Encoding", "gzip, br, identity;q=0"),
    ("If-Modified-Since", "never"),
    ("If-None-Match", "*"),
    ("Range", "bytes=0-1"),
    ("Origin", "null"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "<b>"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Cookie", "sessionid=; a=b;;=; sessionid=x"),
];

/// A request that has not been sent.
pub(super) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// The next one.
    pub(super) fn random(random: &mut StdRng) -> Self {
        let resource = pick(random, RESOURCES);
        let (method, path, body) = match random.random_range(0..10) {
            0..=2 => ("GET", random::path(random), None),
            3 => (pick(random, OTHER_VERBS), random::path(random), None),
            _ => write(random, resource),
        };
        let path = match random.random_range(0..60) {
            0 => path.replacen("/?", "?", 1),
            1 => path.replacen(resource, "nosuch", 1),
            2 => path.replacen("/v1/", "/v1//", 1),
            3 => "/rundb/api/v1/".to_owned(),
            _ => path,
        };
        Self { method, path, headers: headers(random), body }
    }

    pub(super) fn send(&self, connection: &mut Connection) -> Answer {
        connection.send(self.method, &self.path, &self.headers, self.body.as_deref())
    }

    pub(super) fn is_safe(&self) -> bool {
        !["POST", "PUT", "PATCH", "DELETE", "PROPPATCH"].contains(&self.method)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, headers, body } = self;
        write!(f, "{method} {path} {headers:?} {:?}", body.as_deref().map(String::from_utf8_lossy))
    }
}

fn write(random: &mut StdRng, resource: &str) -> (&'static str, String, Option<Vec<u8>>) {
    let detail = random.random_bool(0.6);
    let mut path = format!("/rundb/api/v1/{resource}/");
    if detail {
        let id = match random.random_range(0..12) {
            0 => "abc".to_owned(),
            1 => "99999999999".to_owned(),
            2 => random.random_range(-5..400).to_string(),
            3..=6 => random.random_range(1..8).to_string(),
            _ => random.random_range(1..110).to_string(),
        };
        path += &format!("{id}/");
    }
    if random.random_bool(0.3) {
        let value = TEXTS[random.random_range(0..8)].replace(' ', "%20");
        path += &format!("?{}={value}", pick(random, FIELDS));
    } else if random.random_bool(0.01) {
        path += "?confirm=all";
    }
    let method = ["POST", "PUT", "PUT", "PATCH", "PATCH", "DELETE"][random.random_range(0..6)];
    let mut body = body(random, resource, detail || method == "POST").into_bytes();
    if random.random_bool(0.02) {
        // Cut anywhere, or with a byte that no UTF-8 has.
        body.truncate(random.random_range(0..=body.len()));
        body.push(if random.random_bool(0.5) { b' ' } else { 0xFF });
    }
    (method, path, (method != "DELETE" || random.random_bool(0.2)).then_some(body))
}

fn headers(random: &mut StdRng) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
    match random.random_range(0..40) {
        0 => {}
        1 | 2 => add("Authorization", &format!("ApiKey viewer:{}", "c".repeat(40))),
        3 | 4 => add("Authorization", &format!("apikey ionuser:{}", "b".repeat(40))),
        5 => add("Authorization", &basic("ionadmin:ionadmin-pass")),
        6 => add("Authorization", &format!("ApiKey retired:{}", "d".repeat(40))),
        7 => {
            let odd = [
                "",
                "Basic",
                "Basic ?",
                "ApiKey",
                "ApiKey ionadmin",
                "Bearer x",
                "Basic a b",
                "ApiKey a:b:c",
            ];
            add("Authorization", pick(random, &odd));
        }
        8 => add("Authorization", &basic("no colon")),
        _ => add("Authorization", &format!("ApiKey ionadmin:{}", "a".repeat(40))),
    }
    if random.random_bool(0.1) {
        add("Content-Type", pick(random, CONTENT_TYPES));
    }
    if random.random_bool(0.1) {
        add("X-HTTP-Method-Override", pick(random, OVERRIDES));
    }
    if random.random_bool(0.1) {
        add("Accept", pick(random, ACCEPTS));
    }
    if random.random_bool(0.1) {
        let (name, value) = OTHER_HEADERS[random.random_range(0..OTHER_HEADERS.len())];
        add(name, value);
    }
    headers
}
