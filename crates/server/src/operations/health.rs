//! Two questions of a supervisor: restart it? send it requests?

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;

use crate::app::App;

/// How long the catalog may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// 200 as soon as requests are served. It asks nobody else, so a slow database never gets the server killed.
pub(super) async fn alive() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// 200 when the catalog answers, else 503 and the reason.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let trouble = match tokio::time::timeout(PATIENCE, app.catalog().version()).await {
        Ok(Ok(_)) => return ([(CACHE_CONTROL, "no-store")], "ready\n").into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the catalog does not answer");
            // The database's own words may name hosts and paths: they are for the log.
            "the catalog does not answer; the log says why\n".to_owned()
        }
        Err(_) => {
            tracing::warn!("not ready: the catalog is too slow");
            format!("the catalog has not answered within {} s\n", PATIENCE.as_secs())
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store")], trouble).into_response()
}
