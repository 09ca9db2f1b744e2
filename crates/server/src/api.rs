//! The native API below `/api/v1`: what Runstow's own pages, scripts and pipelines speak.
//!
//! A request goes: [`gate`] (who asks, may they, is it ours, was it answered before), extractors that refuse with
//! problem documents, one handler. [`rights::TABLE`] says who may do what; a route that is not in it does
//! not answer.
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
mod maintenance;
mod me;
mod meta;
mod params;
mod path;
mod problem;
mod reports;
mod scans;
mod shared;
mod statistics;
mod tagged;
mod trash;
mod users;
mod verifications;
mod volumes;

use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::rights;
use crate::routes::Routes;
pub use document::document;
pub(crate) use gate::{headers, pass};
use problem::Kind;
pub(crate) use problem::from_sentence;
pub(crate) use shared::Shared;

/// The native API's routes.
pub(crate) fn routes() -> Routes {
    Routes::described(described())
        .get("/api/v1/openapi.json", docs::openapi)
        .get("/api/v1/docs", docs::viewer)
        .get("/problems/{slug}", docs::problem_type)
}

/// The problem of every path below `/api/` that is none.
pub(crate) fn nowhere() -> Response {
    problem::no_such_path().into_response()
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
        .routes(routes!(reports::verifications::list))
        .routes(routes!(reports::category::show))
        .routes(routes!(reports::files::list))
        .routes(routes!(reports::explain::explain))
        .routes(routes!(keep::show, keep::set, keep::clear))
        .routes(routes!(acknowledge::acknowledge))
        .routes(routes!(holds::list, holds::create))
        .routes(routes!(holds::show, holds::release))
        .routes(routes!(jobs::list, jobs::asking::ask))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::decide))
        .routes(routes!(verifications::ask))
        .routes(routes!(trash::list))
        .routes(routes!(trash::empty))
        .routes(routes!(maintenance::show, maintenance::set))
        .routes(routes!(volumes::list))
        .routes(routes!(volumes::show))
        .routes(routes!(volumes::acknowledge_missing))
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
