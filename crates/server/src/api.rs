//! The native API below `/api/v1`: what Runstow's own pages, scripts and pipelines speak.
//!
//! A request goes: [`gate`] (who asks, may they, is it ours, was it answered before), extractors that refuse with
//! problem documents, one handler. [`rights::TABLE`] says who may do what; a route that is not in it does not answer.
//! The OpenAPI document is made from the handlers ([`document`]) and committed as `openapi/runstow.json`.

mod acknowledge;
mod body;
mod caller;
mod codes;
mod cursor;
mod docs;
mod document;
mod events;
mod gate;
mod holds;
mod idempotency;
mod instant;
mod jobs;
mod keep;
mod me;
mod meta;
mod params;
mod path;
mod problem;
mod reports;
mod rights;
mod scans;
mod shared;
mod statistics;
mod tagged;
mod users;
mod volumes;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{any, get};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
pub use document::document;
use problem::Kind;
pub(crate) use problem::from_sentence;
pub(crate) use shared::Shared;

/// The native API's routes, and a problem document for every other path below `/api/`.
pub(crate) fn routes(app: &App) -> Router {
    let (router, _) = described().split_for_parts();
    let documents = Router::new()
        .route("/api/v1/openapi.json", get(docs::openapi))
        .route("/api/v1/docs", get(docs::viewer));
    let elsewhere = Router::new()
        .route("/api", any(problem::no_such_path))
        .route("/api/", any(problem::no_such_path))
        .route("/api/{*rest}", any(problem::no_such_path))
        .route("/problems/{slug}", get(docs::problem_type));
    router
        .merge(documents)
        .route_layer(from_fn_with_state(app.clone(), gate::pass))
        .merge(elsewhere)
        .layer(map_response(gate::headers))
        .with_state(app.clone())
}

/// All described routes with their handlers.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(meta::version))
        .routes(routes!(me::show))
        .routes(routes!(me::set_password))
        .routes(routes!(users::keys::list_own, users::keys::create_own))
        .routes(routes!(users::keys::revoke_own))
        .routes(routes!(reports::list))
        .routes(routes!(reports::show))
        .routes(routes!(reports::history::list))
        .routes(routes!(reports::category::show))
        .routes(routes!(reports::files::list))
        .routes(routes!(keep::show, keep::set, keep::clear))
        .routes(routes!(acknowledge::acknowledge))
        .routes(routes!(holds::list, holds::create))
        .routes(routes!(holds::show, holds::release))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::decide))
        .routes(routes!(volumes::list))
        .routes(routes!(volumes::show))
        .routes(routes!(statistics::show))
        .routes(routes!(scans::list))
        .routes(routes!(scans::show))
        .routes(routes!(events::list))
        .routes(routes!(events::stream::follow))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::show, users::change, users::remove))
        .routes(routes!(users::set_password))
        .routes(routes!(users::keys::list, users::keys::create))
        .routes(routes!(users::keys::revoke))
}
