//! Pages that say what went wrong and what to do.

use askama::Template;
use axum::response::Response;
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};
use runstow_catalog::CatalogError;

use super::frame::{self, Frame};

#[derive(Template)]
#[template(path = "failure.html")]
struct Failure<'a> {
    frame: Frame,
    title: &'a str,
    advice: &'a str,
}

/// A page for a failure.
pub(super) fn failure(status: StatusCode, title: &str, advice: &str) -> Response {
    frame::page(status, &Failure { frame: Frame::outside(), title, advice })
}

/// 404
pub(super) fn not_found() -> Response {
    failure(
        StatusCode::NOT_FOUND,
        "There is no such page",
        "Check the address, or start from the list of reports.",
    )
}

/// What the catalog could not do. Its own words may name hosts and paths: they are for the log.
pub(super) fn of_catalog(error: &CatalogError) -> Response {
    match error {
        CatalogError::Invalid(text) => failure(StatusCode::BAD_REQUEST, "This can not be answered", text),
        CatalogError::Unavailable(_) | CatalogError::NotWritable(_) => {
            tracing::warn!(%error, "a page could not be shown");
            failure(
                StatusCode::SERVICE_UNAVAILABLE,
                "The catalog does not answer just now",
                "Try again in a moment. If it stays so, the server's log and `runstow doctor` say more.",
            )
        }
        _ => {
            tracing::error!(%error, "a page could not be shown");
            failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The catalog could not answer",
                "The server's log and `runstow doctor` say more.",
            )
        }
    }
}

/// A route, but not for this method; `allowed` are its own.
pub(super) fn no_such_method(allowed: &str) -> Response {
    let mut response = failure(
        StatusCode::METHOD_NOT_ALLOWED,
        "This page does not take that",
        "Go back and use the page's own links and buttons.",
    );
    response.headers_mut().extend(HeaderValue::from_str(allowed).ok().map(|allowed| (ALLOW, allowed)));
    response
}
