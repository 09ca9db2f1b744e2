//! How a job ends, waits, or asks.

use std::sync::Arc;
use std::time::Duration;

use runstow_catalog::{Choice, Done, Job, LONGEST_PAUSE, Outcome, Told, times};
use runstow_storage::{Cure, Failure, Stop};

use super::super::able::removes;
use super::{Worker, published};
use crate::moves::hand::Hand;
use crate::moves::purge;
use crate::moves::subject::Subject;
use crate::moves::task::{Finished, Task};
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
        task: &Arc<Task>,
        hand: &Arc<Hand>,
        outcome: Result<Finished, Failure>,
    ) -> Result<(), EngineError> {
        let failure = match outcome {
            Ok(finished) => {
                let summary = finished.summary.clone();
                let ended = Outcome::Done(done(finished));
                if self.catalog.finish_job(job.ticket(), ended, times::now_us()).await? {
                    forget(task).await;
                    tracing::info!(job = job.id, summary, "job done");
                    if let Task::Delete(order) = task.as_ref()
                        && !order.stays_in_trash
                    {
                        purge::purge_due(&self.catalog, times::now_us()).await?;
                    }
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        tracing::warn!(job = job.id, %failure, "job has not come to its end");
        let published = published::is_published(job, hand);
        let text = if published { published::told(&failure, task) } else { failure.to_string() };
        match failure.cure() {
            Cure::Stop(Stop::Displaced) => {}
            Cure::Stop(Stop::Ending) => match hand.in_use() {
                Some(told) => self.wait(job, &told, LOOK_AGAIN).await?,
                None => self.wait(job, &Told::new("stopped", text), Duration::ZERO).await?,
            },
            Cure::Stop(Stop::Cancelled) => {
                let outcome = match hand.refused() {
                    Some(reason) => Outcome::Failed { reason, result: None },
                    None => Outcome::Cancelled { result: None },
                };
                self.settle(job, task, hand, outcome).await?;
            }
            Cure::PlanAgain | Cure::Decide if published => {
                let told = Told::new("decision", text);
                let _ = self.catalog.ask_decision(job.ticket(), &told, &published::choices()).await?;
            }
            Cure::PlanAgain => {
                let reason = Told::new(word(&failure, "plan-changed"), text);
                self.settle(job, task, hand, Outcome::Failed { reason, result: None }).await?;
            }
            Cure::Decide => {
                let give_up = if removes(job.action) {
                    "Give it up, if no file has been removed yet"
                } else {
                    "Give it up; everything stays as it was before"
                };
                let choices = [
                    Choice { id: "retry".into(), label: "Try again".into() },
                    Choice { id: CANCEL.into(), label: give_up.into() },
                ];
                let _ =
                    self.catalog.ask_decision(job.ticket(), &Told::new("decision", text), &choices).await?;
            }
            Cure::Wait => self.wait(job, &Told::new(word(&failure, "waits"), text), LOOK_AGAIN).await?,
            Cure::Retry => {
                let pause = Duration::from_secs(10 << job.attempts.clamp(0, 8)).min(LONGEST_PAUSE);
                self.wait(job, &Told::new("retry", text), pause).await?;
            }
        }
        Ok(())
    }

    /// Takes back what a job has begun, and ends it so. Where sources may have been removed there is no way back: then it
    /// waits, and the next attempt goes forward.
    async fn settle(
        &self,
        job: &Job,
        task: &Arc<Task>,
        hand: &Arc<Hand>,
        outcome: Outcome,
    ) -> Result<(), EngineError> {
        if self.take_back(job, task, hand, outcome).await? {
            let told = Told::new("forward", "files were removed already, so it goes on to its end");
            self.wait(job, &told, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// As [`Worker::settle`], but says true where there is no way back.
    pub(super) async fn take_back(
        &self,
        job: &Job,
        task: &Arc<Task>,
        hand: &Arc<Hand>,
        outcome: Outcome,
    ) -> Result<bool, EngineError> {
        let (mine, watch, of) = (Arc::clone(task), Arc::clone(hand), job.clone());
        let subject = Subject::find(&self.catalog, job.report_id, job.category).await?;
        let undone = blocking(move || mine.take_back(&of, subject.as_ref(), &watch));
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

/// The word for programs: of what was refused, or the usual one.
fn word<'f>(failure: &'f Failure, usual: &'f str) -> &'f str {
    match failure {
        Failure::Refused { kind, .. } => kind,
        _ => usual,
    }
}

/// What a job that has ended has noted on disks. What stays does no harm.
async fn forget(task: &Arc<Task>) {
    let task = Arc::clone(task);
    let failure = match blocking(move || task.forget()).await {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(%failure, "a journal that is no longer needed stays where it is");
}

fn done(finished: Finished) -> Done {
    let Finished { archive, trash, result, summary } = finished;
    Done { archive, trash, measures: Vec::new(), result: Some(result.to_string()), summary }
}
