//! The access log: one line per request, without secrets.

use std::time::Duration;

use axum::response::Response;
use http::{Method, Request};
use percent_encoding::percent_decode_str;

use super::Client;

/// Parameters whose values are never written.
const SECRETS: [&str; 4] = ["api_key", "password", "token", "csrf"];

/// What the log says of a request.
pub(super) struct Seen {
    /// GET, POST …
    pub(super) method: Method,
    /// The path as sent.
    pub(super) path: String,
    query: String,
    client: Client,
}

impl Seen {
    /// Notes what is needed before the request is gone.
    pub(super) fn of<B>(request: &Request<B>, client: Client) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(without_secrets).unwrap_or_default(),
            client,
        }
    }

    /// Writes the line.
    pub(super) fn log(&self, response: &Response, took: Duration) {
        let Self { method, path, query, client } = self;
        let status = response.status().as_u16();
        let ms = took.as_secs_f64() * 1000.0;
        let ms = (ms * 10.0).round() / 10.0;
        // What asks every few seconds would bury the rest.
        if matches!(path.as_str(), "/healthz" | "/readyz" | "/metrics") || path.starts_with("/static/") {
            tracing::debug!(target: "runstow::access", %method, path, query, status, ms, %client, "answered");
        } else {
            tracing::info!(target: "runstow::access", %method, path, query, status, ms, %client, "answered");
        }
    }
}

/// The query with the values of secret parameters replaced, however their names are encoded.
fn without_secrets(query: &str) -> String {
    let secret = |part: &str| {
        let name = part.split_once('=').map_or(part, |(name, _)| name);
        let name = percent_decode_str(name).decode_utf8_lossy().to_lowercase();
        SECRETS.iter().any(|secret| name.contains(secret))
    };
    let mut shown = String::with_capacity(query.len());
    for part in query.split_inclusive(['&', ';']) {
        let end = part.len() - usize::from(part.ends_with(['&', ';']));
        let (pair, separator) = part.split_at(end);
        match pair.split_once('=') {
            Some((name, _)) if secret(pair) => shown.extend([name, "=***", separator]),
            _ => shown.push_str(part),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn keys_and_passwords_are_never_written() {
        assert_eq!(without_secrets("limit=1&username=ion&api_key=abc"), "limit=1&username=ion&api_key=***");
        assert_eq!(without_secrets("API%5fKEY=abc;x=1"), "API%5fKEY=***;x=1");
        assert_eq!(without_secrets("a=1;api_key=abc&password=p"), "a=1;api_key=***&password=***");
        assert_eq!(without_secrets("api_key"), "api_key");
        assert_eq!(without_secrets(""), "");
    }
}
