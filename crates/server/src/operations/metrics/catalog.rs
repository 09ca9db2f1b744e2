//! Figures read from the catalog when somebody asks for the metrics.

use metrics::{counter, describe_counter, describe_gauge, gauge};
use runstow_catalog::{CatalogError, VolumeStatus, times};
use runstow_lifecycle::{Category, JobStatus, State};

use crate::app::App;

const UP: &str = "runstow_catalog_up";
const STATEMENTS: &str = "runstow_catalog_statements_total";
const REPORTS: &str = "runstow_reports";
const RUNS: &str = "runstow_runs";
const RECORDS: &str = "runstow_category_reports";
const BYTES: &str = "runstow_category_bytes";
const SIZE: &str = "runstow_volume_size_bytes";
const AVAILABLE: &str = "runstow_volume_available_bytes";
const READY: &str = "runstow_volume_ready";
const JOBS: &str = "runstow_jobs";
const OLDEST: &str = "runstow_jobs_oldest_queued_seconds";
const SCAN: &str = "runstow_last_scan_started_timestamp_seconds";
const WARNINGS: &str = "runstow_last_scan_warnings";

/// Says what the figures mean.
pub(super) fn describe() {
    describe_gauge!(UP, "1 when the catalog answered this request for metrics, else 0.");
    describe_counter!(STATEMENTS, "SQL statements run by this process.");
    describe_gauge!(REPORTS, "Reports in the catalog.");
    describe_gauge!(RUNS, "Runs with reports in the catalog.");
    describe_gauge!(RECORDS, "Reports by file category and state.");
    describe_gauge!(BYTES, "Measured size by file category and state; what reports share counts once.");
    describe_gauge!(SIZE, "Size of a storage volume when last examined.");
    describe_gauge!(AVAILABLE, "Room left on a storage volume when last examined.");
    describe_gauge!(READY, "1 when the volume was there and proved its identity, else 0.");
    describe_gauge!(JOBS, "Jobs by status.");
    describe_gauge!(
        OLDEST,
        "How long the oldest queued job that may begin has been waiting; 0 when none is queued."
    );
    describe_gauge!(SCAN, "When the last scan started, in Unix time.");
    describe_gauge!(WARNINGS, "Warnings of the last scan.");
}

/// Brings all figures up to date.
pub(super) async fn refresh(app: &App) {
    counter!(STATEMENTS).absolute(app.catalog().statements());
    let up = match read(app).await {
        Ok(()) => 1,
        Err(error) => {
            tracing::warn!(%error, "metrics without the catalog's figures");
            0
        }
    };
    gauge!(UP).set(up);
}

async fn read(app: &App) -> Result<(), CatalogError> {
    let version = app.catalog().version().await?;
    let overview = app.overviews().at(app, version).await?;
    gauge!(REPORTS).set(figure(overview.counts.reports));
    gauge!(RUNS).set(figure(overview.counts.runs));
    // All of them each time: a state that nothing is in any more must show 0.
    for category in Category::ALL {
        for state in State::ALL {
            let total =
                overview.totals.iter().find(|total| (total.category, total.state) == (category, state));
            let (reports, mb) = total.map_or((0, 0.0), |total| (total.reports.unsigned_abs(), total.mb));
            let labels = [("category", category.api_prefix()), ("state", state.code())];
            gauge!(RECORDS, &labels).set(figure(reports));
            gauge!(BYTES, &labels).set(mb * 1_048_576.0);
        }
    }
    for volume in app.catalog().volumes().await? {
        let facts = volume.facts;
        let labels = [("volume", facts.name), ("kind", facts.kind.name().to_owned())];
        gauge!(READY, &labels).set(u8::from(facts.status == VolumeStatus::Ready));
        if let (Some(size), Some(available)) = (facts.total_bytes, facts.available_bytes) {
            gauge!(SIZE, &labels).set(figure(size));
            gauge!(AVAILABLE, &labels).set(figure(available));
        }
    }
    let now_us = times::now_us();
    let jobs = app.catalog().job_counts(now_us).await?;
    for status in JobStatus::ALL {
        gauge!(JOBS, "status" => status.name()).set(figure(jobs.of(status)));
    }
    let waits_us = jobs.oldest_queued_us.map_or(0, |since_us| now_us.saturating_sub(since_us).max(0));
    gauge!(OLDEST).set(figure(waits_us.unsigned_abs()) / 1e6);
    if let Some(scan) = app.catalog().last_scans(1).await?.first() {
        gauge!(SCAN).set(figure(scan.started_us.unsigned_abs() / 1_000_000));
        gauge!(WARNINGS).set(figure(scan.warnings.unsigned_abs()));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus knows only floats; 53 bits are 8 PB to the byte")]
fn figure(number: u64) -> f64 {
    number as f64
}
