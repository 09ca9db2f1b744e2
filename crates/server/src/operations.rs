//! For those who run the server: is it alive, is it ready, what does it do.

mod health;
mod metrics;

use axum::Router;
use axum::routing::get;

use crate::app::App;
pub(crate) use metrics::{InFlight, Operations, count_request};

/// `/healthz`, `/readyz` and `/metrics`, which need no account: they tell numbers, never names of data.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}
