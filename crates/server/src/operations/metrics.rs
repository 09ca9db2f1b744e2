//! What is counted, as Prometheus reads it. No label has more values than the configuration has volumes.

mod catalog;
mod route_class;

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;
use crate::request;
pub(crate) use route_class::RouteClass;

/// Bounds of the latency histogram in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

const REQUESTS: &str = "runstow_http_requests_total";
const DURATION: &str = "runstow_http_request_duration_seconds";
const IN_FLIGHT: &str = "runstow_http_requests_in_flight";

/// The process has one recorder, whoever counts: engine and catalog use the same macros.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Counting, switched on.
pub(crate) struct Operations {
    started: Instant,
}

impl Operations {
    /// Starts counting.
    pub(crate) fn new() -> Self {
        RECORDER.get_or_init(install);
        Self { started: Instant::now() }
    }

    /// Moves what was measured into the histograms. To be called every few seconds, so that memory stays
    /// flat when nobody reads the metrics.
    pub(crate) fn upkeep(&self) {
        if let Some(Some(handle)) = RECORDER.get() {
            handle.run_upkeep();
        }
    }
}

fn install() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.into()), &BUCKETS);
    let recorder = match builder {
        Ok(builder) => builder.build_recorder(),
        Err(error) => {
            tracing::error!(%error, "no metrics: the histogram's bounds are refused");
            return None;
        }
    };
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("no metrics: another recorder is installed in this process");
        return None;
    }
    metrics::describe_counter!(REQUESTS, "Requests answered, by face, method and status.");
    metrics::describe_histogram!(DURATION, "Time from a request's head to its answer.");
    metrics::describe_gauge!(IN_FLIGHT, "Requests being answered.");
    catalog::describe();
    metrics::describe_gauge!("runstow_build_info", "Always 1; the label tells the version.");
    metrics::describe_gauge!("runstow_start_time_seconds", "When the server started, in Unix time.");
    Some(handle)
}

/// A request being answered, until dropped.
pub(crate) struct InFlight(());

impl InFlight {
    pub(crate) fn begin() -> Self {
        metrics::gauge!(IN_FLIGHT).increment(1);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!(IN_FLIGHT).decrement(1);
    }
}

/// Counts an answered request.
pub(crate) fn count_request(path: &str, method: &Method, status: StatusCode, took: Duration) {
    let face = RouteClass::of(path).name();
    let method = route_class::method_name(method);
    // Statuses are ours to choose, so they are few.
    let status = status.as_u16().to_string();
    metrics::counter!(REQUESTS, "face" => face, "method" => method, "status" => status).increment(1);
    metrics::histogram!(DURATION, "face" => face).record(took.as_secs_f64());
}

/// `/metrics`
pub(super) async fn show(State(app): State<App>) -> Response {
    let Some(Some(handle)) = RECORDER.get() else {
        return request::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "metrics are not available; the log says why",
        );
    };
    let age = app.operations().started.elapsed();
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(age);
    metrics::gauge!("runstow_start_time_seconds").set(started.as_secs_f64().round());
    metrics::gauge!("runstow_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    catalog::refresh(&app).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}
