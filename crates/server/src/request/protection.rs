//! Headers that tell browsers what an answer may not be used for, on every answer. What a face says of its own stays.

use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

use crate::config::ServerConfig;

/// For what is no page: it may do nothing and stand in no frame.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds them. Over our own TLS browsers also learn to come back that way only.
pub(super) fn add(headers: &mut HeaderMap, config: &ServerConfig) {
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, NOTHING),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let seconds = config.hsts.as_secs();
    if config.tls.is_some()
        && seconds > 0
        && let Ok(value) = HeaderValue::try_from(format!("max-age={seconds}"))
    {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}
