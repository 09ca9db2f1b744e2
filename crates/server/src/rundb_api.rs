//! The compatible API: its place in the server.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::request;

/// What the compatible API remembers between requests.
#[derive(Default)]
pub(crate) struct Cache {}

/// Answers every path that begins with `/rundb/`.
pub(crate) async fn handle(State(_): State<App>, _: Request) -> Response {
    request::error(StatusCode::NOT_FOUND, "no such resource")
}
