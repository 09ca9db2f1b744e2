//! Answers with the original's headers (api.md rules 34, 41, 53, 56 and 57).

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION, VARY, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::format::Format;
use super::json_text::JsonText;
use super::refusal::Refusal;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const BY_COOKIE: HeaderValue = HeaderValue::from_static("Cookie");
const BY_ACCEPT_AND_COOKIE: HeaderValue = HeaderValue::from_static("Accept, Cookie");

/// What is said instead of a reason (rule 57).
const CANNED: &str = "Sorry, this request could not be processed. Please try again later.";

/// 200 with what was asked for.
pub(super) fn representation(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = answer(StatusCode::OK, body);
    set(&mut response, CONTENT_TYPE, HeaderValue::from_static(content_type));
    set(&mut response, VARY, BY_ACCEPT_AND_COOKIE);
    set(&mut response, CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// 200 with the list of resources, which no cache rule covers (rule 39).
pub(super) fn root(content_type: &'static str, body: String) -> Response {
    let mut response = answer(StatusCode::OK, body);
    set(&mut response, CONTENT_TYPE, HeaderValue::from_static(content_type));
    set(&mut response, VARY, BY_COOKIE);
    response
}

/// 400 with nothing, which the root gives for a bad `Accept` or callback (rule 39).
pub(super) fn bad_root() -> Response {
    html(StatusCode::BAD_REQUEST, BY_COOKIE, Body::empty())
}

/// The answer to OPTIONS (200) and to verbs that are not known (405): the verbs that are.
pub(super) fn allowed(status: StatusCode, verbs: &'static str) -> Response {
    let mut response = html(status, BY_COOKIE, verbs);
    set(&mut response, ALLOW, HeaderValue::from_static(verbs));
    response
}

/// The answer to a request that wrote: nothing but its status (rule 41).
pub(super) fn written(status: StatusCode) -> Response {
    html(status, BY_ACCEPT_AND_COOKIE, Body::empty())
}

/// 201 with the address of what was made.
pub(super) fn created(location: &str) -> Response {
    let mut response = written(StatusCode::CREATED);
    if let Ok(location) = HeaderValue::from_str(location) {
        set(&mut response, LOCATION, location);
    }
    response
}

/// 301 to the same path with a slash at its end.
pub(super) fn moved(location: &str) -> Response {
    let mut response = answer(StatusCode::MOVED_PERMANENTLY, Body::empty());
    set(&mut response, CONTENT_TYPE, HTML);
    if let Ok(location) = HeaderValue::from_str(location) {
        set(&mut response, LOCATION, location);
    }
    response
}

/// The 404 page of a path that means nothing.
pub(super) fn unknown_path(path: &str) -> Response {
    let page = format!(
        "<h1>Not Found</h1><p>The requested URL {} was not found on this server.</p>",
        escaped(path).replace('"', "&quot;").replace('\'', "&#39;")
    );
    let mut response = html(StatusCode::NOT_FOUND, BY_COOKIE, page);
    set(&mut response, CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// The answer that a refusal asks for.
pub(super) fn refused(refusal: &Refusal, format: &Format) -> Response {
    let empty = |status, vary| html(status, vary, Body::empty());
    match refusal {
        Refusal::BadRequest(text) => error(StatusCode::BAD_REQUEST, "error", &escaped(text), format),
        Refusal::Forbidden(text) => error(StatusCode::FORBIDDEN, "error", &escaped(text), format),
        Refusal::Conflict(text) => error(StatusCode::CONFLICT, "error", &escaped(text), format),
        Refusal::Missing => empty(StatusCode::NOT_FOUND, BY_ACCEPT_AND_COOKIE),
        Refusal::NotAnId => error(StatusCode::NOT_FOUND, "error_message", CANNED, format),
        Refusal::Unauthorized { challenge } => {
            let mut response = empty(StatusCode::UNAUTHORIZED, BY_COOKIE);
            if *challenge {
                let realm = HeaderValue::from_static("Basic Realm=\"Torrent Suite\"");
                set(&mut response, WWW_AUTHENTICATE, realm);
            }
            response
        }
        Refusal::NotImplemented => empty(StatusCode::NOT_IMPLEMENTED, BY_ACCEPT_AND_COOKIE),
        Refusal::UnsupportedMediaType(text) => {
            error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "error", &escaped(text), format)
        }
        Refusal::Unavailable => {
            let text = "The catalog is not available just now; nothing was changed: try again.";
            error(StatusCode::SERVICE_UNAVAILABLE, "error", text, format)
        }
        Refusal::Failed => error(StatusCode::INTERNAL_SERVER_ERROR, "error_message", CANNED, format),
    }
}

fn error(status: StatusCode, key: &str, text: &str, format: &Format) -> Response {
    let mut json = JsonText::new();
    json.raw("{");
    json.text(key);
    json.raw(": ");
    json.text(text);
    json.raw("}");
    let mut response = answer(status, format.wrap(json.into_string()));
    set(&mut response, CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    set(&mut response, VARY, BY_COOKIE);
    response
}

/// The original escapes these three in its error texts, and only these (rule 14).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn html(status: StatusCode, vary: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = answer(status, body);
    set(&mut response, CONTENT_TYPE, HTML);
    set(&mut response, VARY, vary);
    response
}

fn answer(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, CONTENT_LANGUAGE, HeaderValue::from_static("en-us"));
    response
}

fn set(response: &mut Response, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}
