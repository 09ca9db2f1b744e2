//! Other sites whose scripts may use the two APIs (CORS). None, unless configured; then exactly those, and never with
//! cookies: such a script sends an API key.

use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

/// What scripts may send.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-HTTP-Method-Override, X-Request-Id",
);
/// What scripts may see.
const SHOWN: HeaderValue = HeaderValue::from_static("Allow, ETag, Location, Retry-After, X-Request-Id");
/// Seconds a browser may remember the answer to a preflight.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// A configured origin that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{given:?} is no origin: give scheme and host, and the port if it is not the scheme's own, such as \
     https://dashboard.example.org or http://localhost:3000; there is no pattern for many"
)]
pub struct BadOrigin {
    given: String,
}

/// The origins whose scripts may read answers of the two APIs.
#[derive(Clone, Debug, Default)]
pub struct CorsOrigins(Vec<HeaderValue>);

impl CorsOrigins {
    /// Reads origins.
    ///
    /// # Errors
    /// When one is none, or a pattern.
    pub fn new<T: AsRef<str>>(configured: &[T]) -> Result<Self, BadOrigin> {
        let origin = |given: &T| {
            let given = given.as_ref();
            origin(given).ok_or_else(|| BadOrigin { given: given.to_owned() })
        };
        configured.iter().map(origin).collect::<Result<_, _>>().map(Self)
    }

    /// The origin that asks, if its scripts may read the answer.
    pub(super) fn asking(&self, path: &str, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN).filter(|_| is_shared(path))?;
        self.0.iter().find(|known| *known == origin).cloned()
    }

    /// The answer to a browser's question whether a script may send what it wants to.
    pub(super) fn preflight(&self, head: &Parts) -> Option<Response> {
        let asks = head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        self.asking(head.uri.path(), &head.headers).filter(|_| asks)?;
        let headers = [
            (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (ACCESS_CONTROL_MAX_AGE, REMEMBERED),
        ];
        Some((StatusCode::NO_CONTENT, headers).into_response())
    }

    /// Adds to an answer that the origin's scripts may read it.
    pub(super) fn share(&self, path: &str, asking: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.0.is_empty() || !is_shared(path) {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = asking {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
        }
    }
}

/// Pages are for people; only the APIs are shared.
fn is_shared(path: &str) -> bool {
    path == "/api/v1" || path.starts_with("/api/") || path.starts_with("/rundb/")
}

/// Exactly as browsers send it: `scheme://host[:port]` in lower case.
fn origin(given: &str) -> Option<HeaderValue> {
    let uri: Uri = given.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let web = matches!(scheme, "http" | "https") && !authority.as_str().contains(['@', '*']);
    let exact = given == format!("{scheme}://{authority}") && given == given.to_ascii_lowercase();
    HeaderValue::from_str(given).ok().filter(|_| web && exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        assert!(CorsOrigins::new(&["https://dash.example.org", "http://localhost:3000"]).is_ok());
        for bad in [
            "*",
            "null",
            "",
            "dash.example.org",
            "https://*.example.org",
            "https://dash.example.org/",
            "ftp://x",
            "https://u@x",
            "https://Dash.example.org",
        ] {
            assert!(CorsOrigins::new(&[bad]).is_err(), "{bad}");
        }
    }
}
