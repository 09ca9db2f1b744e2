//! The pages: rendered here, working without JavaScript, every view with an address of its own.
//!
//! A page is a struct with its template (`templates/`), filled by one handler. [`frame`] is what all pages
//! share; [`visitor`] is who looks at them.

mod assets;
mod failure;
mod figures;
mod frame;
mod report;
mod reports;
mod security;
mod sign_in;
mod sign_out;
mod visitor;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::{get, post};

use crate::app::App;
pub(crate) use reports::Overviews;

/// The address of the style sheet, for pages of other faces.
pub(crate) fn stylesheet() -> String {
    assets::address("runstow.css")
}

/// The pages' routes, and the page for every path that is none.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(reports::show))
        .route("/reports/{id}", get(report::show))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_out::leave))
        .route("/static/{name}", get(assets::serve))
        .fallback(failure::no_such_page)
        .method_not_allowed_fallback(failure::no_such_method)
        .layer(map_response(security::headers))
}
