//! What goes wrong, as RFC 9457 problem documents. The types are stable: programs may rely on them.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use runstow_catalog::CatalogError;
use runstow_engine::EngineError;
use runstow_engine::moves::TooMuch;
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    SignIn,
    NotAllowed,
    Csrf,
    NotFound,
    NoSuchPage,
    MethodNotAllowed,
    TooSlow,
    Conflict,
    AlreadyOver,
    IllegalMove,
    ActionRefused,
    StillRunning,
    Changed,
    TooLarge,
    WrongMediaType,
    KeyReused,
    ConditionMissing,
    TooMany,
    WrongHost,
    Internal,
    Unavailable,
}

impl Kind {
    pub(super) const ALL: [Self; 22] = [
        Self::BadRequest,
        Self::SignIn,
        Self::NotAllowed,
        Self::Csrf,
        Self::NotFound,
        Self::NoSuchPage,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::Conflict,
        Self::AlreadyOver,
        Self::IllegalMove,
        Self::ActionRefused,
        Self::StillRunning,
        Self::Changed,
        Self::TooLarge,
        Self::WrongMediaType,
        Self::KeyReused,
        Self::ConditionMissing,
        Self::TooMany,
        Self::WrongHost,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The last part of its type, its status, its title, and what to do about it.
    pub(super) const fn facts(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => (
                "bad-request",
                StatusCode::BAD_REQUEST,
                "The request can not be understood",
                "Look at `errors`: each entry names a parameter or a field of the body and what is wrong with it.",
            ),
            Self::SignIn => (
                "sign-in",
                StatusCode::UNAUTHORIZED,
                "Credentials are missing or wrong",
                "Send an API key (`Authorization: Bearer KEY`), Basic credentials, or sign in in the browser.",
            ),
            Self::NotAllowed => (
                "not-allowed",
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                "Ask an admin to do it, or for a role that may: viewer reads; operator keeps, acknowledges and holds; \
                 admin manages accounts.",
            ),
            Self::Csrf => (
                "csrf",
                StatusCode::FORBIDDEN,
                "The request does not prove where it comes from",
                "With a session cookie, requests that change something carry `X-CSRF-Token`; `GET /api/v1/me` gives it. \
                 Requests with an `Authorization` header need none.",
            ),
            Self::NotFound => (
                "not-found",
                StatusCode::NOT_FOUND,
                "There is no such thing",
                "Check the address. What was there may have been removed.",
            ),
            Self::NoSuchPage => (
                "no-such-page",
                StatusCode::NOT_FOUND,
                "The cursor leads to no page of this list",
                "A cursor serves the list that gave it, with the same filters and order. Leave it out to start again.",
            ),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "This address does not take that method",
                "The header `Allow` says which methods it takes.",
            ),
            Self::TooSlow => (
                "too-slow",
                StatusCode::REQUEST_TIMEOUT,
                "The request took too long to arrive",
                "Send it again.",
            ),
            Self::Conflict => (
                "conflict",
                StatusCode::CONFLICT,
                "This does not fit what is there",
                "`detail` says what stands in the way.",
            ),
            Self::AlreadyOver => (
                "already-over",
                StatusCode::CONFLICT,
                "The time has passed already",
                "Give a time in the future, or none.",
            ),
            Self::IllegalMove => (
                "illegal-move",
                StatusCode::CONFLICT,
                "The category is in another state",
                "`detail` says which states may follow the present one.",
            ),
            Self::ActionRefused => (
                "action-refused",
                StatusCode::CONFLICT,
                "The action can not be taken on these files",
                "`detail` says why.",
            ),
            Self::StillRunning => (
                "still-running",
                StatusCode::CONFLICT,
                "The same request is being carried out",
                "A request with this `Idempotency-Key` has not been answered yet. Try again in a moment.",
            ),
            Self::Changed => (
                "changed",
                StatusCode::PRECONDITION_FAILED,
                "Somebody has changed it meanwhile",
                "Read it again, look at what has changed, and send the new `ETag` as `If-Match`.",
            ),
            Self::TooLarge => {
                ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", "Send less.")
            }
            Self::WrongMediaType => (
                "wrong-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not JSON",
                "Send `Content-Type: application/json`.",
            ),
            Self::KeyReused => (
                "idempotency-key-reused",
                StatusCode::CONFLICT,
                "The idempotency key belongs to another request",
                "Use a new `Idempotency-Key`, such as a UUID, for each new request.",
            ),
            Self::ConditionMissing => (
                "condition-missing",
                StatusCode::PRECONDITION_REQUIRED,
                "The request must say what it changes",
                "Read the record and send its `ETag` as `If-Match`, or `If-Match: *` to change whatever is there.",
            ),
            Self::TooMany => (
                "too-many-requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests, or too many wrong passwords",
                "Wait as long as `Retry-After` says, in seconds.",
            ),
            Self::WrongHost => (
                "wrong-host",
                StatusCode::MISDIRECTED_REQUEST,
                "The server does not answer to this name",
                "Ask it by an address, or have its admin add the name to `allowed_hosts`.",
            ),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "An error inside Runstow",
                "The server's log says more; it has the request's `X-Request-Id`.",
            ),
            Self::Unavailable => (
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available just now",
                "Try again in a moment; nothing was changed.",
            ),
        }
    }

    /// The kind whose type ends so.
    pub(super) fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.facts().0 == slug)
    }

    const fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::SignIn,
            403 => Self::NotAllowed,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::TooSlow,
            413 => Self::TooLarge,
            421 => Self::WrongHost,
            429 => Self::TooMany,
            503 => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

/// What is wrong with one field of the body, or one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The parameter's name, or the place in the body, e.g. `expires`.
    pub(super) field: String,
    /// What is wrong with it, in a sentence for people.
    pub(super) message: String,
}

/// A problem, about to be answered.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Which kind of problem it is. Stable; the address explains it.
    #[schema(format = "uri-reference", examples("/problems/not-found"))]
    r#type: String,
    /// The kind in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
    /// For bad input: each parameter or field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of a kind.
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// Bad input, field by field.
    pub(super) fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} parameters or fields can not be used", many.len()),
        };
        Self { errors, ..Self::new(Kind::BadRequest, detail) }
    }

    /// Bad input in one field.
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// The same, naming a field.
    pub(super) fn about(mut self, field: &str) -> Self {
        self.errors.push(FieldError { field: field.to_owned(), message: self.detail.to_string() });
        self
    }

    /// 429 for passwords.
    pub(super) fn too_often(seconds: u64) -> Self {
        let text = format!("Too many wrong passwords came from your address; try again in {seconds} s.");
        Self::new(Kind::TooMany, text).header(RETRY_AFTER, &seconds.to_string())
    }

    /// 404 for a record.
    pub(super) fn no_such(what: &str, id: i64) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what} number {id}."))
    }

    /// With a header.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (slug, status, title, _) = self.kind.facts();
        let document = ProblemDocument {
            r#type: format!("/problems/{slug}"),
            title,
            status: status.as_u16(),
            detail: self.detail.into_owned(),
            errors: self.errors,
        };
        let mut response = (status, axum::Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.kind {
            // Not Basic: browsers would ask for a password in a window of their own.
            Kind::SignIn => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Runstow\""));
            }
            Kind::Unavailable | Kind::StillRunning => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        headers.extend(self.headers);
        response
    }
}

/// The database's own words may name hosts, paths and tables: they are for the log.
impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NotFound(text) => Self::new(Kind::NotFound, text),
            CatalogError::Conflict(_) => {
                tracing::info!(%error, "refused: the catalog holds a record that is in the way");
                Self::new(Kind::Conflict, "Another record is in the way.")
            }
            CatalogError::Unavailable(_) | CatalogError::NotWritable(_) => {
                tracing::warn!(%error, "a request could not be answered");
                Self::new(Kind::Unavailable, "The catalog does not answer just now; nothing was changed.")
            }
            _ => {
                tracing::error!(%error, "a request could not be answered");
                Self::new(Kind::Internal, "The catalog could not answer; the server's log says why.")
            }
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Catalog(error) => error.into(),
            EngineError::Destination(why) | EngineError::Archive(why) => Self::new(Kind::ActionRefused, why),
            EngineError::TooMuch(too_much) => {
                let sizes = matches!(too_much, TooMuch::Bytes { .. });
                let field = if sizes { "max_delete_size_mb" } else { "max_delete" };
                Self::new(Kind::ActionRefused, too_much.to_string()).about(field)
            }
            EngineError::FileSet(_) | EngineError::RunsFile(_) | EngineError::Broken(_) => {
                tracing::error!(%error, "a request could not be answered");
                Self::new(Kind::Internal, "The work could not be done; the server's log says why.")
            }
        }
    }
}

/// An answer of the server itself, such as that a body is too large, for a client of this API.
pub(crate) fn from_sentence(status: StatusCode, sentence: String) -> Response {
    Problem::new(Kind::of_status(status), sentence).into_response()
}

/// Every path below `/api/` that is none.
pub(super) fn no_such_path() -> Problem {
    Problem::new(Kind::NotFound, "There is nothing at this address; /api/v1/docs lists what there is.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_type_of_its_own() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.facts().0).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| Kind::of_slug(kind.facts().0) == Some(*kind)));
    }
}
