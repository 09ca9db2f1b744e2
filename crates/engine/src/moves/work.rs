//! A worker: takes a job, carries it out, and says how it ended.

mod again;
mod ending;
mod published;
mod verify;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runstow_catalog::{Catalog, ClaimLimits, Claimed, Job, LONGEST_LEASE, Outcome, Start, Told, times};
use runstow_lifecycle::JobAction;
use tokio::sync::Notify;

use super::bandwidth::Bandwidth;
use super::hand::Hand;
use super::subject::Subject;
use super::task::{Of, Task};
use super::vanished::vanished;
use crate::files::Classifiers;
use crate::{EngineError, blocking};

/// How long a worker may be silent before another takes its job over.
const LEASE: Duration = LONGEST_LEASE;

/// Carries jobs out.
pub struct Worker {
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
    name: String,
    batch: Option<i64>,
    limits: ClaimLimits,
    bandwidth: Arc<Bandwidth>,
    files_at_a_time: Option<NonZeroUsize>,
    ending: Arc<AtomicBool>,
    /// Ends its rest.
    woken: Notify,
    /// It takes verifications of the schedule, and nothing else.
    scheduled: bool,
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
        Self {
            catalog,
            classifiers,
            name: name.into(),
            batch: None,
            limits: ClaimLimits::default(),
            bandwidth: Arc::default(),
            files_at_a_time: None,
            ending: Arc::default(),
            woken: Notify::new(),
            scheduled: false,
        }
    }

    /// Takes no more jobs than that, together with all other workers.
    #[must_use]
    pub fn with_limits(mut self, limits: ClaimLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Copies no faster than that, together with all others that share it.
    #[must_use]
    pub fn with_bandwidth(mut self, bandwidth: Arc<Bandwidth>) -> Self {
        self.bandwidth = bandwidth;
        self
    }

    /// Copies, reads back or removes no more files of its job at the same time; none: what suits the machine.
    #[must_use]
    pub const fn with_files_at_a_time(mut self, most: Option<NonZeroUsize>) -> Self {
        self.files_at_a_time = most;
        self
    }

    /// Works on the jobs of one request only.
    #[must_use]
    pub fn of_batch(mut self, batch: i64) -> Self {
        self.batch = Some(batch);
        self
    }

    /// The same, for verifications that the schedule asks for: other workers leave them alone.
    #[must_use]
    pub fn for_scheduled_verifications(self) -> Self {
        Self { scheduled: true, ..self }
    }

    /// Tells the worker to stop at the next safe point. The job goes on when a worker runs again.
    pub fn end(&self) {
        self.ending.store(true, Ordering::SeqCst);
        self.woken.notify_one();
    }

    /// Rests so long, or until it is told to stop. For the one task that works with it.
    pub async fn rest(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.woken.notified()).await;
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
        let limits = self.limits;
        let claimed = match self.batch {
            Some(batch) => self.catalog.claim_job_of_batch(batch, &self.name, LEASE, limits, now).await?,
            None if self.scheduled => {
                self.catalog.claim_scheduled_verification(&self.name, LEASE, now).await?
            }
            None => self.catalog.claim_job(&self.name, LEASE, limits, now).await?,
        };
        let job = match claimed {
            Claimed::Job(job) => job,
            Claimed::Nothing => return Ok(Worked::Nothing),
            Claimed::Maintenance => return Ok(Worked::Maintenance),
        };
        let id = job.id;
        self.carry_out(&job).await?;
        Ok(Worked::On(id))
    }

    /// Did much vanish of a volume that the job would remove files from? The trash of such a volume stays, too.
    async fn vanished(&self, job: &Job) -> Result<Option<Told>, EngineError> {
        if !matches!(job.action, JobAction::Archive | JobAction::Delete | JobAction::Purge) {
            return Ok(None);
        }
        let found = vanished(&self.catalog).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let subject = Subject::find(&self.catalog, job.report_id, job.category).await?;
        let mut roots = job.volume_id.into_iter().chain(subject.iter().flat_map(Subject::root_ids));
        let vanished = roots.find_map(|root| found.get(&root));
        Ok(vanished.map(|vanished| Told::new("vanished", vanished.reason())))
    }

    async fn carry_out(&self, job: &Job) -> Result<(), EngineError> {
        if job.action == JobAction::Verify {
            return self.verify(job).await;
        }
        let ticket = job.ticket();
        let task = match Task::of(job) {
            Ok(task) => Arc::new(task),
            Err(error) => return self.not_understood(job, &error).await,
        };
        if !given_up(job)
            && let Some(told) = self.vanished(job).await?
        {
            return self.wait(job, &told, ending::LOOK_AGAIN).await;
        }
        // A Keep whose time is over counts until it is ended.
        self.catalog.end_expired(times::now_us()).await?;
        let hand = Hand::new(&self.catalog, ticket, LEASE, Arc::clone(&self.ending));
        let hand = Arc::new(hand.with_files_at_a_time(self.files_at_a_time));
        let shut = if given_up(job) { None } else { self.shut(job, &task).await? };
        let start = match shut {
            Some(told) => Start::Refused(told),
            None => self.catalog.begin_job(ticket, times::now_us()).await?,
        };
        let begun = match start {
            Start::Begun { .. } if given_up(job) => {
                self.take_back(job, &task, &hand, Outcome::Cancelled { result: None }).await?
            }
            Start::Begun { .. } => true,
            Start::Lost => false,
            Start::Wait(told) => {
                self.wait(job, &told, ending::LOOK_AGAIN).await?;
                false
            }
            Start::CancelAsked => {
                self.take_back(job, &task, &hand, Outcome::Cancelled { result: None }).await?
            }
            Start::Refused(reason) => {
                self.take_back(job, &task, &hand, Outcome::Failed { reason, result: None }).await?
            }
        };
        if !begun {
            return Ok(());
        }
        let Some(subject) = Subject::find(&self.catalog, job.report_id, job.category).await? else {
            // The catalog does not let a report go while a job has it.
            let told = Told::new("gone", format!("report {} is no longer in the catalog", job.report_id));
            return self.wait(job, &told, ending::LOOK_AGAIN).await;
        };
        if let (Task::Copy(order), true) = (task.as_ref(), published::is_called_archived(job)) {
            let order = order.clone();
            let outcome = blocking(move || order.call_archived(&subject)).await?;
            return self.end_of(job, &task, &hand, outcome).await;
        }
        let set = self.classifiers.for_version(subject.found.report.ts_version.as_deref()).file_set();
        hand.draw_from(self.bandwidth.of(task.elsewhere(), set, job.category));
        tracing::info!(job = job.id, action = %job.action, report = job.report_id, category = %job.category, "job begun");
        let (watch, classifiers, this, mine) =
            (Arc::clone(&hand), Arc::clone(&self.classifiers), job.clone(), Arc::clone(&task));
        let moving = blocking(move || {
            mine.carry_out(&Of { job: &this, subject: &subject, classifiers: &classifiers, hand: &watch })
        });
        let outcome = tokio::select! {
            outcome = moving => outcome?,
            // Ends only when the job is lost. The thread finds out at its next step, and nobody waits for it.
            () = hand.renew() => {
                tracing::warn!(job = job.id, "another worker has taken this job over; it is not touched any more");
                return Ok(());
            }
        };
        self.end_of(job, &task, &hand, outcome).await
    }
}

/// Does somebody want it taken back?
fn given_up(job: &Job) -> bool {
    job.cancel_by.is_some() || job.decision.as_deref() == Some(ending::CANCEL)
}
