//! The pages: rendered here, working without JavaScript, every view with an address of its own.
//!
//! A page is a struct with its template (`templates/`), filled by one handler. [`frame`] is what all pages
//! share; [`visitor`] is who looks at them, [`gate`] whether they may.

mod assets;
mod failure;
mod figures;
mod frame;
mod gate;
mod report;
mod reports;
mod security;
mod sign_in;
mod sign_out;
mod visitor;

use axum::response::Response;
use http::StatusCode;

use crate::routes::Routes;
pub(crate) use gate::pass;
pub(crate) use reports::Overviews;
pub(crate) use security::headers;

/// An answer of the server itself, such as that a body is too large, for somebody who looks at pages.
pub(crate) fn from_sentence(status: StatusCode, sentence: &str) -> Response {
    let title = match status {
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::MISDIRECTED_REQUEST => "This name is not answered",
        StatusCode::PAYLOAD_TOO_LARGE => "That is too much at once",
        StatusCode::REQUEST_TIMEOUT => "That took too long to arrive",
        status if status.is_server_error() => "This can not be shown just now",
        _ => "This request can not be understood",
    };
    security::protected(failure::failure(status, title, &sentence_of(sentence)))
}

/// A sentence as it stands in a page: with a capital letter and a full stop.
fn sentence_of(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// The address of the style sheet, for pages of other faces.
pub(crate) fn stylesheet() -> String {
    assets::address("runstow.css")
}

/// The pages' routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/", reports::show)
        .get("/reports/{id}", report::show)
        .get("/sign-in", sign_in::form)
        .post("/sign-in", sign_in::enter)
        .post("/sign-out", sign_out::leave)
        .get("/static/{name}", assets::serve)
}

/// The page for every path that is none.
pub(crate) fn nowhere() -> Response {
    failure::not_found()
}
