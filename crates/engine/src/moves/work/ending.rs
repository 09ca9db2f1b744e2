//! How a job ends, waits, or asks.

use std::time::Duration;

use runstow_catalog::{ArchivePlace, Choice, Done, Job, Outcome, StoredPath, Told, times};
use runstow_lifecycle::JobAction;
use runstow_storage::{Cure, Failure, Stop, transfer};
use serde_json::json;

use super::Worker;
use crate::moves::order::Order;
use crate::{EngineError, blocking};

/// Between two looks whether a named thing is there again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The decision to give a job up.
pub(super) const CANCEL: &str = "cancel";

impl Worker {
    /// Says how a move ended, and what comes next.
    pub(super) async fn end_of(
        &self,
        job: &Job,
        order: &Order,
        outcome: Result<transfer::Done, Failure>,
    ) -> Result<(), EngineError> {
        let failure = match outcome {
            Ok(done) => {
                let ended = Outcome::Done(finished(job, &done));
                if self.catalog.finish_job(job.ticket(), ended, times::now_us()).await? {
                    forget(order).await;
                    tracing::info!(
                        job = job.id,
                        files = done.totals.files,
                        bytes = done.totals.bytes,
                        "job done"
                    );
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        tracing::warn!(job = job.id, %failure, "job has not come to its end");
        let text = failure.to_string();
        match failure.cure() {
            Cure::Stop(Stop::Displaced) => {}
            Cure::Stop(Stop::Ending) => self.wait(job, &Told::new("stopped", text), Duration::ZERO).await?,
            Cure::Stop(Stop::Cancelled) => {
                self.settle(job, order, Outcome::Cancelled { result: None }).await?;
            }
            Cure::PlanAgain => {
                let reason = Told::new("plan-changed", text);
                self.settle(job, order, Outcome::Failed { reason, result: None }).await?;
            }
            Cure::Decide => {
                let choices = [
                    Choice { id: "retry".into(), label: "Try again".into() },
                    Choice { id: CANCEL.into(), label: "Give it up, if no file has been removed yet".into() },
                ];
                let _ =
                    self.catalog.ask_decision(job.ticket(), &Told::new("decision", text), &choices).await?;
            }
            Cure::Wait => self.wait(job, &Told::new("waits", text), LOOK_AGAIN).await?,
            Cure::Retry => {
                let pause = Duration::from_secs(10 << job.attempts.clamp(0, 8));
                self.wait(job, &Told::new("retry", text), pause).await?;
            }
        }
        Ok(())
    }

    /// Takes back what a job has begun, and ends it so. Where sources may have been removed there is no way back: then it
    /// waits, and the next attempt goes forward.
    async fn settle(&self, job: &Job, order: &Order, outcome: Outcome) -> Result<(), EngineError> {
        if self.take_back(job, order, outcome).await? {
            let told = Told::new("forward", "files were removed already, so it goes on to its end");
            self.wait(job, &told, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// As [`Worker::settle`], but says true where there is no way back.
    pub(super) async fn take_back(
        &self,
        job: &Job,
        order: &Order,
        outcome: Outcome,
    ) -> Result<bool, EngineError> {
        let mine = order.clone();
        let undone = blocking(move || {
            transfer::undo(&mine.destination.target(), &mine.journal.to_string(), &mine.folder)
        });
        match undone.await? {
            Ok(true) => {
                self.catalog.finish_job(job.ticket(), outcome, times::now_us()).await?;
                Ok(false)
            }
            Ok(false) => Ok(true),
            // Nothing was ever written where nothing is.
            Err(_) if job.begun_us.is_none() => {
                self.catalog.finish_job(job.ticket(), outcome, times::now_us()).await?;
                Ok(false)
            }
            Err(failure) => {
                let text = format!("what it has copied can not be taken back now: {failure}");
                self.wait(job, &Told::new("waits", text), LOOK_AGAIN).await?;
                Ok(false)
            }
        }
    }

    /// A job of another version of Runstow. One that has begun is left to that version.
    pub(super) async fn not_understood(
        &self,
        job: &Job,
        error: &serde_json::Error,
    ) -> Result<(), EngineError> {
        let text =
            format!("this version of Runstow does not understand the job ({error}); ask again with this one");
        let told = Told::new("order", text);
        if job.begun_us.is_none() {
            self.catalog.fail_job(job.ticket(), told, times::now_us()).await?;
            return Ok(());
        }
        self.wait(job, &told, LOOK_AGAIN).await
    }

    /// Puts a job aside for a while. Where a user wants it cancelled meanwhile, the next attempt does so.
    pub(super) async fn wait(&self, job: &Job, told: &Told, pause: Duration) -> Result<(), EngineError> {
        let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        let until = times::now_us().saturating_add(pause);
        self.catalog.wait_job(job.ticket(), told, until).await?;
        Ok(())
    }
}

/// The journal of a job that has ended. One that stays does no harm.
async fn forget(order: &Order) {
    let order = order.clone();
    let forgotten =
        blocking(move || transfer::forget(&order.destination.target(), &order.journal.to_string())).await;
    let failure = match forgotten {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(%failure, "a journal that is no longer needed stays at the destination");
}

fn finished(job: &Job, done: &transfer::Done) -> Done {
    let archive = match job.action {
        JobAction::Archive => ArchivePlace::At(StoredPath::from(done.folder.as_path())),
        _ => ArchivePlace::Unchanged,
    };
    let result = json!({
        "folder": done.folder.to_string_lossy(),
        "files": done.totals.files,
        "links": done.totals.links,
        "bytes": done.totals.bytes,
        "stayed_files": done.totals.stay_files,
        "removed": done.removed,
        "removed_bytes": done.removed_bytes,
        "read_back_from_medium": done.from_medium,
        "kept": done.kept,
        "left_alone": done.left_alone,
    });
    // The event names the place itself.
    let summary = format!("{} files, {} bytes", done.totals.files, done.totals.bytes);
    Done { archive, measures: Vec::new(), result: Some(result.to_string()), summary }
}
