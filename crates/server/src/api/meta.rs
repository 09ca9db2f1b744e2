//! `GET /api/v1`: what this server is and can do.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// What this server is.
#[derive(Serialize, ToSchema)]
pub(super) struct Server {
    /// Always `Runstow`.
    name: &'static str,
    /// The program's version.
    version: &'static str,
    /// The version of this API.
    api: &'static str,
    /// What this server can do beyond reading.
    capabilities: Vec<&'static str>,
    /// Where things are.
    links: Links,
}

/// Where things are.
#[derive(Serialize, ToSchema)]
pub(super) struct Links {
    /// The OpenAPI document.
    openapi: &'static str,
    /// The same for people.
    docs: &'static str,
    /// Reports.
    reports: &'static str,
    /// Events as they happen.
    events: &'static str,
}

/// Version and capabilities
///
/// Needs no account.
#[utoipa::path(get, path = "/api/v1", operation_id = "getServer", tag = "server",
    responses((status = 200, description = "What this server is.", body = Server)))]
pub(super) async fn version() -> Json<Server> {
    Json(Server {
        name: "Runstow",
        version: env!("CARGO_PKG_VERSION"),
        api: "v1",
        capabilities: vec!["keep", "acknowledge", "holds", "events", "users", "api-keys", "idempotency"],
        links: Links {
            openapi: "/api/v1/openapi.json",
            docs: "/api/v1/docs",
            reports: "/api/v1/reports",
            events: "/api/v1/events/stream",
        },
    })
}
