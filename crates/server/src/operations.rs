//! For those who run the server: is it alive, is it ready, what does it do.

mod health;
mod metrics;

use crate::routes::Routes;
pub(crate) use metrics::{InFlight, Operations, RouteClass, count_request};

/// `/healthz`, `/readyz` and `/metrics`, which need no account: they tell numbers, never names of data.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/healthz", health::alive).get("/readyz", health::ready).get("/metrics", metrics::show)
}
