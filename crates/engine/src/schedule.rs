//! Scans at fixed times while a server runs.

use std::sync::Arc;
use std::time::Duration;

use runstow_catalog::Catalog;

use crate::progress::Silent;
use crate::scan::{ScanSettings, scan};

/// Scans now and then every `every`, until the task is aborted. A failed scan is logged; the next one comes anyway.
pub async fn scan_on_schedule(catalog: Catalog, settings: ScanSettings, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    // A scan longer than the interval must not be followed by a burst of scans.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match scan(&catalog, &settings, Arc::new(Silent)).await {
            Ok(outcome) => {
                for volume in &outcome.skipped_volumes {
                    tracing::warn!(
                        volume = volume.name,
                        path = volume.path,
                        reason = volume.reason,
                        "volume skipped"
                    );
                }
                for warning in &outcome.warnings {
                    tracing::warn!(path = warning.path, message = warning.message, "scan warning");
                }
                tracing::info!(
                    runs = outcome.runs,
                    new_runs = outcome.new_runs,
                    reports = outcome.reports,
                    new_reports = outcome.new_reports,
                    measured = outcome.measured,
                    files = outcome.files,
                    seconds = outcome.seconds,
                    "scan done"
                );
            }
            Err(error) => tracing::error!(%error, "scan failed; it is tried again at the next time"),
        }
    }
}
