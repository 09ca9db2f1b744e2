//! Verifications by the schedule, beside the moves of `runstow serve` and `runstow worker`.

use std::sync::Arc;
use std::time::Duration;

use runstow_engine::catalog::Catalog;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::Worker;
use runstow_engine::moves::verify::verify_on_schedule;
use tokio::task::JoinHandle;

use super::super::worker;
use crate::config::Config;

/// A worker of its own, and the schedule that finds it work.
pub struct Verifying {
    worker: Arc<Worker>,
    working: JoinHandle<()>,
    schedule: Option<JoinHandle<()>>,
}

impl Verifying {
    /// Begins. Where the schedule is switched off, what it had asked for before is still carried out.
    pub fn begin(config: &Config, catalog: &Catalog, classifiers: Arc<Classifiers>) -> Self {
        let worker = Worker::new(catalog.clone(), classifiers, format!("{}-verify", worker::name()));
        let worker = worker.with_files_at_a_time(config.moves.files_at_a_time);
        let worker = Arc::new(worker.for_scheduled_verifications());
        let days = u64::from(config.verify.every_days);
        let schedule = (days > 0).then(|| {
            let every = Duration::from_secs(days * 24 * 3600);
            tokio::spawn(verify_on_schedule(catalog.clone(), every))
        });
        let working = tokio::spawn(worker::forever(Arc::clone(&worker)));
        Self { worker, working, schedule }
    }

    /// Comes to the next safe point.
    pub async fn end(self) {
        if let Some(schedule) = self.schedule {
            schedule.abort();
        }
        self.worker.end();
        if let Err(error) = self.working.await {
            tracing::warn!(%error, "the worker of verifications ended unexpectedly");
        }
    }
}
