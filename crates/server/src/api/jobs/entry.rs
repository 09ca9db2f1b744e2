//! A job on the wire.

use runstow_catalog as catalog;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::codes::{CategoryName, JobActionName, JobStatusName, PhaseName, PriorityName, StateCode};
use super::super::instant::Instant;
use super::listing::Listing;

/// One action on one category of one report.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Job {
    /// Its number.
    id: i64,
    /// The request that it is part of.
    batch: i64,
    /// What it does.
    action: JobActionName,
    /// The report.
    report: i64,
    /// The report's name; null once the report is gone.
    report_name: Option<String>,
    /// The report's run.
    run: i64,
    /// The category. Signal files are those of the whole run.
    category: CategoryName,
    /// Where it copies to.
    target: Option<String>,
    /// What its user says about it.
    comment: String,
    /// Who asked for it.
    user: String,
    /// Which jobs go first.
    priority: PriorityName,
    /// The category's state before it.
    previous_state: StateCode,
    /// Where it stands.
    status: JobStatusName,
    /// Why it waits, must be decided or has failed; while it runs again, why it last stopped.
    reason: Option<Reason>,
    /// When it goes on by itself.
    not_before: Option<Instant>,
    /// What can be decided; empty unless it needs a decision.
    choices: Vec<Choice>,
    /// What was decided last.
    decision: Option<String>,
    /// Who wants it cancelled, or has cancelled it.
    cancel_by: Option<String>,
    /// How often a worker has taken it since it was asked for or a person had it tried again.
    attempts: i64,
    /// The worker that has it.
    worker: Option<String>,
    /// How far it is.
    progress: Progress,
    /// When it was asked for.
    created: Instant,
    /// When a worker first took it.
    started: Option<Instant>,
    /// When it began to move files.
    begun: Option<Instant>,
    /// When it ended.
    ended: Option<Instant>,
    /// What came of it; null until it has ended.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
}

/// A reason.
#[derive(Serialize, ToSchema)]
pub(super) struct Reason {
    /// One word, for programs.
    kind: String,
    /// What happened, to what, and what to do.
    text: String,
}

/// Something that can be decided.
#[derive(Serialize, ToSchema)]
pub(super) struct Choice {
    /// One word, for the decision.
    id: String,
    /// What it means.
    label: String,
}

/// How far a job is.
#[derive(Serialize, ToSchema)]
pub(super) struct Progress {
    /// What is being done.
    phase: PhaseName,
    /// Bytes done in this phase.
    bytes_done: i64,
    /// Bytes to do in this phase, once known.
    bytes_total: Option<i64>,
    /// Files done in this phase.
    files_done: i64,
    /// Files to do in this phase, once known.
    files_total: Option<i64>,
    /// When this was so; null before a worker has told.
    at: Option<Instant>,
}

/// One page of jobs.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct JobPage {
    /// The jobs, newest first.
    items: Vec<Job>,
    /// For the parameter `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

impl Job {
    /// As the catalog knows it.
    pub(super) fn of(job: catalog::Job) -> Self {
        let progress = Progress {
            phase: PhaseName(job.progress.phase),
            bytes_done: job.progress.bytes_done,
            bytes_total: job.progress.bytes_total,
            files_done: job.progress.files_done,
            files_total: job.progress.files_total,
            at: job.progress_us.map(Instant),
        };
        let choices = job.choices.into_iter().map(|catalog::Choice { id, label }| Choice { id, label });
        Self {
            id: job.id,
            batch: job.batch_id,
            action: JobActionName(job.action),
            report: job.report_id,
            report_name: job.report_name,
            run: job.run_id,
            category: CategoryName(job.category),
            target: job.target.map(|path| path.text().into_owned()),
            comment: job.comment,
            user: job.user,
            priority: PriorityName(job.priority),
            previous_state: StateCode(job.course.from()),
            status: JobStatusName(job.status),
            reason: job.reason.map(|catalog::Told { kind, text }| Reason { kind, text }),
            not_before: job.not_before_us.map(Instant),
            choices: choices.collect(),
            decision: job.decision,
            cancel_by: job.cancel_by,
            attempts: job.attempts,
            worker: job.worker,
            progress,
            created: Instant(job.created_us),
            started: job.started_us.map(Instant),
            begun: job.begun_us.map(Instant),
            ended: job.ended_us.map(Instant),
            result: job.result.and_then(|text| serde_json::from_str(&text).ok()).filter(Value::is_object),
        }
    }
}

impl JobPage {
    /// A page from one job more than it shows, if there is one.
    pub(super) fn of(mut found: Vec<catalog::Job>, wanted: &Listing) -> Self {
        let more = found.len() > wanted.shown;
        found.truncate(wanted.shown);
        let next_cursor = found.last().filter(|_| more).map(|last| wanted.cursor(last.id));
        Self { items: found.into_iter().map(Job::of).collect(), next_cursor }
    }
}
