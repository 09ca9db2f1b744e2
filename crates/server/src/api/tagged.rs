//! Entity tags: what was read can be changed only as it was read.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::problem::{Kind, Problem};

/// The tag of what a record looks like.
pub(super) fn tag(record: &impl Serialize) -> String {
    let text = serde_json::to_vec(record).unwrap_or_default();
    format!("\"{}\"", &blake3::hash(&text).to_hex()[..20])
}

/// An answer with the record's tag; 304 when the client has it already.
pub(super) fn tagged(headers: &HeaderMap, record: impl Serialize) -> Response {
    let tag = tag(&record);
    if lists(headers, IF_NONE_MATCH).any(|known| known == "*" || known.trim_start_matches("W/") == tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    with_tag(&tag, axum::Json(record))
}

/// An answer with a tag.
pub(super) fn with_tag(tag: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().extend(HeaderValue::from_str(tag).ok().map(|tag| (ETAG, tag)));
    response
}

fn lists(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',').map(str::trim))
}

/// `If-Match`, which a change must carry.
pub(super) struct IfMatch {
    tags: Vec<String>,
}

impl IfMatch {
    /// Is the record one of those that the client means?
    pub(super) fn holds(&self, record: &impl Serialize) -> bool {
        let now = tag(record);
        self.tags.iter().any(|tag| *tag == "*" || *tag == now)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let tags: Vec<String> = lists(&parts.headers, IF_MATCH).map(str::to_owned).collect();
        if tags.is_empty() {
            return Err(Problem::new(
                Kind::ConditionMissing,
                "Send the record's ETag as If-Match, so that nobody's change is lost; or If-Match: *.",
            ));
        }
        Ok(Self { tags })
    }
}

/// 412
pub(super) fn changed() -> Problem {
    Problem::new(Kind::Changed, "If-Match does not fit: it is not as it was when you read it.")
}
