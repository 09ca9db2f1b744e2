//! A worker: takes a job, carries it out, and says how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runstow_catalog::{
    ArchivePlace, Catalog, Choice, ClaimLimits, Claimed, Done as Finished, Job, Outcome, Start, StoredPath,
    Told, times,
};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Action, JobAction};
use runstow_storage::transfer::{self, Description, Removal, Transfer};
use runstow_storage::{Cure, Failure, Stop, Target};
use serde_json::json;

use super::hand::Hand;
use super::order::Order;
use super::subject::Subject;
use crate::files::Classifiers;
use crate::{EngineError, blocking};

/// How long a worker may be silent before another takes its job over.
const LEASE: Duration = Duration::from_secs(60);

/// Between two looks whether a named thing is there again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Carries jobs out.
pub struct Worker {
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
    name: String,
    ending: Arc<AtomicBool>,
}

/// What a worker found to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// A job; its number. It has ended, waits, or needs a decision.
    On(i64),
    /// Nothing can be done just now.
    Nothing,
    /// Maintenance: no job is begun.
    Maintenance,
}

impl Worker {
    /// A worker that is known by this name.
    pub fn new(catalog: Catalog, classifiers: Arc<Classifiers>, name: impl Into<String>) -> Self {
        Self { catalog, classifiers, name: name.into(), ending: Arc::default() }
    }

    /// Tells the worker to stop at the next safe point. The job goes on when a worker runs again.
    pub fn end(&self) {
        self.ending.store(true, Ordering::SeqCst);
    }

    /// Was it told to stop?
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// Takes the next job and carries it out as far as that goes.
    ///
    /// # Errors
    /// When the catalog does not answer. The job is taken up again when its lease is over.
    pub async fn work(&self) -> Result<Worked, EngineError> {
        if self.is_ending() {
            return Ok(Worked::Nothing);
        }
        let now = times::now_us();
        self.catalog.end_expired(now).await?;
        let job = match self.catalog.claim_job(&self.name, LEASE, ClaimLimits::default(), now).await? {
            Claimed::Job(job) => job,
            Claimed::Nothing => return Ok(Worked::Nothing),
            Claimed::Maintenance => return Ok(Worked::Maintenance),
        };
        let id = job.id;
        self.carry_out(&job).await?;
        Ok(Worked::On(id))
    }

    async fn carry_out(&self, job: &Job) -> Result<(), EngineError> {
        let ticket = job.ticket();
        let Ok(order) = serde_json::from_str::<Order>(&job.options) else {
            let told = Told::new("order", "this version of Runstow can not carry out such a job");
            self.catalog.fail_job(ticket, told, times::now_us()).await?;
            return Ok(());
        };
        match self.catalog.begin_job(ticket, times::now_us()).await? {
            Start::Begun { .. } => {}
            Start::Lost => return Ok(()),
            Start::Wait(told) => {
                let _ = self.catalog.wait_job(ticket, &told, later(LOOK_AGAIN)).await?;
                return Ok(());
            }
            Start::CancelAsked if job.begun_us.is_none() => {
                self.catalog.finish_job(ticket, Outcome::Cancelled { result: None }, times::now_us()).await?;
                return Ok(());
            }
            // The journal says whether there is a way back.
            Start::CancelAsked => {}
            Start::Refused(told) => {
                self.catalog.fail_job(ticket, told, times::now_us()).await?;
                return Ok(());
            }
        }
        let Some(subject) = Subject::find(&self.catalog, job.report_id, job.category).await? else {
            let told = Told::new("gone", "the report is no longer in the catalog");
            self.catalog.fail_job(ticket, told, times::now_us()).await?;
            return Ok(());
        };
        tracing::info!(job = job.id, action = %job.action, report = job.report_id, category = %job.category, "job begun");
        let hand = Arc::new(Hand::new(&self.catalog, ticket, LEASE, Arc::clone(&self.ending)));
        if job.cancel_by.is_some() {
            hand.cancel();
        }
        let (watch, classifiers, this, order_of_job) =
            (Arc::clone(&hand), Arc::clone(&self.classifiers), job.clone(), order.clone());
        let moving = blocking(move || transfer_of(&this, &order_of_job, &subject, &classifiers, &watch));
        let outcome = tokio::select! {
            outcome = moving => outcome?,
            // It only ends when the job is lost; the thread finds out at its next step.
            () = forever(&hand) => return Ok(()),
        };
        self.end_of(job, &order, outcome).await
    }

    async fn end_of(
        &self,
        job: &Job,
        order: &Order,
        outcome: Result<transfer::Done, Failure>,
    ) -> Result<(), EngineError> {
        let ticket = job.ticket();
        let now = times::now_us();
        let failure = match outcome {
            Ok(done) => {
                if self.catalog.finish_job(ticket, Outcome::Done(finished(job, &done)), now).await? {
                    forget(order).await;
                }
                tracing::info!(
                    job = job.id,
                    files = done.totals.files,
                    bytes = done.totals.bytes,
                    "job done"
                );
                return Ok(());
            }
            Err(failure) => failure,
        };
        match failure.cure() {
            Cure::Stop(Stop::Displaced) => {}
            Cure::Stop(Stop::Ending) => {
                let told = Told::new("stopped", "the program was stopped; it goes on by itself");
                let _ = self.catalog.wait_job(ticket, &told, now).await?;
            }
            Cure::Stop(Stop::Cancelled) => {
                if self.catalog.finish_job(ticket, Outcome::Cancelled { result: None }, now).await? {
                    forget(order).await;
                }
            }
            Cure::PlanAgain => {
                let told = Told::new("plan-changed", failure.to_string());
                if self.catalog.fail_job(ticket, told, now).await? {
                    forget(order).await;
                }
            }
            Cure::Decide => {
                let choices = [
                    Choice { id: "retry".into(), label: "Try again".into() },
                    Choice { id: "cancel".into(), label: "Cancel the job".into() },
                ];
                let told = Told::new("decision", failure.to_string());
                let _ = self.catalog.ask_decision(ticket, &told, &choices).await?;
            }
            Cure::Wait => {
                let told = Told::new("waits", failure.to_string());
                let _ = self.catalog.wait_job(ticket, &told, later(LOOK_AGAIN)).await?;
            }
            Cure::Retry => {
                let told = Told::new("retry", failure.to_string());
                let pause = Duration::from_secs(10 << job.attempts.clamp(0, 8));
                let _ = self.catalog.wait_job(ticket, &told, later(pause)).await?;
            }
        }
        tracing::warn!(job = job.id, %failure, "job has not come to its end");
        Ok(())
    }
}

async fn forever(hand: &Hand) {
    hand.renew().await;
}

fn later(pause: Duration) -> i64 {
    times::now_us().saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX))
}

fn transfer_of(
    job: &Job,
    order: &Order,
    subject: &Subject,
    classifiers: &Classifiers,
    hand: &Hand,
) -> Result<transfer::Done, Failure> {
    let action = if job.action == JobAction::Export { Action::Export } else { Action::Archive };
    let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
    let (report, run) = (subject.describe_report(), subject.describe_run());
    let journal = order.journal.to_string();
    let transfer = Transfer {
        job: &journal,
        fence: u64::try_from(job.fence).unwrap_or_default(),
        selection: subject.selection(action, classifier),
        target: target(order),
        folder: &order.folder,
        agreed: order.agreed,
        hash: HashKind::Blake3,
        description: Description {
            name: &subject.found.report.results_name,
            report: &report,
            run: &run,
            action: action.name(),
            keep: subject.is_kept(),
        },
        removal: (action == Action::Archive).then_some(Removal { tidy: true }),
    };
    transfer::run(&transfer, hand, &mut |_| {
        // All copies are proven and in their place. Is the job still ours? From here on the way is forward.
        hand.pass_the_point_of_return();
        hand.ask().map_err(|stop| stop.to_string())
    })
}

fn target(order: &Order) -> Target<'_> {
    Target { root: &order.destination.root, volume: order.destination.volume }
}

async fn forget(order: &Order) {
    let order = order.clone();
    let forgotten = blocking(move || transfer::forget(&target(&order), &order.journal.to_string())).await;
    match forgotten {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "a journal that is no longer needed stays at the destination")
        }
        Err(error) => tracing::warn!(%error, "a journal that is no longer needed stays at the destination"),
    }
}

fn finished(job: &Job, done: &transfer::Done) -> Finished {
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
    Finished {
        archive,
        measures: Vec::new(),
        result: Some(result.to_string()),
        summary: format!(
            "{} files, {} bytes to {}",
            done.totals.files,
            done.totals.bytes,
            done.folder.display()
        ),
    }
}
