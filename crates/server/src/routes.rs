//! Every path but those of the compatible API.

use axum::Router;

use crate::app::App;
use crate::{api, operations, web};

/// The routes of a server.
pub(crate) fn router(app: &App) -> Router {
    operations::routes().merge(web::routes()).with_state(app.clone()).merge(api::routes(app))
}
