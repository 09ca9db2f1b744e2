//! The pages.

use axum::Router;

use crate::app::App;

/// The pages' routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
}
