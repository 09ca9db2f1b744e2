//! What happens at fixed times while a server runs: scans, and in between the measuring of what clients register.

use std::sync::Arc;
use std::time::Duration;

use runstow_catalog::Catalog;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::progress::Silent;
use crate::scan::{Newcomers, ScanOutcome, ScanSettings, scan};

/// How often is looked for reports that clients have registered.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

/// How often those are tried again whose directories were not there.
const RETRIES_EVERY: Duration = Duration::from_mins(15);

/// Scans now and then every `every`, if that is given, and measures what clients register soon after, until the task is
/// aborted. A failed scan is logged; the next one comes anyway.
pub async fn scan_on_schedule(catalog: Catalog, settings: ScanSettings, every: Option<Duration>) {
    // One after the other: what a scan finds it also measures.
    let mut scans = every.map(ticks);
    let mut looks = ticks(LOOKS_EVERY);
    let mut retries = ticks(RETRIES_EVERY);
    let mut newcomers = Newcomers::default();
    loop {
        tokio::select! {
            biased;
            () = next(&mut scans) => scan_and_tell(&catalog, &settings).await,
            _ = retries.tick() => newcomers = Newcomers::default(),
            _ = looks.tick() => match newcomers.measure(&catalog, &settings).await {
                Ok(outcome) => tell_measured(&outcome),
                Err(error) => tracing::warn!(%error, "what clients registered was not measured; it is tried again"),
            },
        }
    }
}

/// Begins at once. Work longer than the interval must not be followed by a burst.
fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The next tick; never, where there is none.
async fn next(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => std::future::pending().await,
    }
}

fn tell_measured(outcome: &ScanOutcome) {
    tell_warnings(outcome);
    if outcome.measured > 0 {
        tracing::info!(
            reports = outcome.measured,
            files = outcome.files,
            bytes = outcome.bytes,
            "measured what clients registered"
        );
    }
}

fn tell_warnings(outcome: &ScanOutcome) {
    for volume in &outcome.skipped_volumes {
        tracing::warn!(volume = volume.name, path = volume.path, reason = volume.reason, "volume skipped");
    }
    for warning in &outcome.warnings {
        tracing::warn!(path = warning.path, message = warning.message, "scan warning");
    }
}

async fn scan_and_tell(catalog: &Catalog, settings: &ScanSettings) {
    match scan(catalog, settings, Arc::new(Silent)).await {
        Ok(outcome) => {
            tell_warnings(&outcome);
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
