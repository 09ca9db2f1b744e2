//! Jobs that have not ended, with what they hold.

use runstow_lifecycle::JobStatus;

use super::super::scalars::{Bytes, Count, Id, PathEntry, Time};
use super::super::shape::{JobEntry, MarkEntry, ReasonEntry};
use crate::error::{CatalogError, Result};
use crate::jobs::Job;
use crate::records::{JobBatchRow, JobMarkRow, JobRow};
use crate::registry::state_named;
use crate::stored_path::StoredPath;

/// The key of a job that says nothing else: jobs of one run take turns.
fn key_of_run(run: i64) -> String {
    format!("run:{run}")
}

/// A job that runs is at no worker once it is loaded: the next one takes it from the queue, and goes on where it was.
const fn laid_down(status: JobStatus) -> JobStatus {
    match status {
        JobStatus::Running => JobStatus::Queued,
        other => other,
    }
}

/// The job as it is written.
pub(in crate::neutral) fn job_entry(job: Job, marks: Vec<JobMarkRow>) -> Result<JobEntry> {
    let mark = |mark: JobMarkRow| {
        let previous_state = state_named(&mark.previous_state, mark.result_id)?;
        Ok(MarkEntry { result: Id(mark.result_id), previous_state })
    };
    let lock_key = (job.lock_key != key_of_run(job.run_id)).then_some(job.lock_key);
    Ok(JobEntry {
        id: Id(job.id),
        batch: Id(job.batch_id),
        action: job.action,
        result: Id(job.report_id),
        experiment: Id(job.run_id),
        category: job.category,
        previous_state: job.course.from(),
        marks: marks.into_iter().map(mark).collect::<Result<_>>()?,
        lock_key,
        volume: job.volume_id.map(Id),
        target: job.target.map(PathEntry),
        target_volume: job.target_volume_id.map(Id),
        options: job.options,
        plan: job.plan,
        kept_confirmed: job.kept_confirmed,
        unfinished_confirmed: job.unfinished_confirmed,
        comment: job.comment,
        username: job.user,
        priority: job.priority,
        status: laid_down(job.status),
        reason: job.reason.map(|told| ReasonEntry { kind: told.kind, text: told.text }),
        not_before: job.not_before_us.map(Time),
        attempts: Count(job.attempts),
        fence: Count(job.fence),
        cancel_by: job.cancel_by,
        phase: job.progress.phase,
        bytes_done: Bytes(job.progress.bytes_done),
        bytes_total: job.progress.bytes_total.map(Bytes),
        files_done: Count(job.progress.files_done),
        files_total: job.progress.files_total.map(Count),
        bytes_copied: Bytes(job.progress.bytes_copied),
        files_copied: Count(job.progress.files_copied),
        progress: job.progress_us.map(Time),
        created: Time(job.created_us),
        started: job.started_us.map(Time),
        begun: job.begun_us.map(Time),
        published: job.published_us.map(Time),
        choices: job.choices,
        decision: job.decision,
    })
}

/// The rows of a job: its request, which others may share, itself, and what it holds.
pub(in crate::neutral) fn job_rows(entry: JobEntry) -> Result<(JobBatchRow, JobRow, Vec<JobMarkRow>)> {
    let category = entry.category.index() as i64;
    let (target, target_bytes) = StoredPath::columns_of(entry.target.map(|path| path.0).as_ref());
    let (reason_kind, reason) = entry.reason.map(|reason| (reason.kind, reason.text)).unzip();
    let choices = (!entry.choices.is_empty()).then(|| serde_json::to_string(&entry.choices)).transpose();
    let batch = JobBatchRow {
        id: entry.batch.0,
        action: entry.action.name().to_owned(),
        comment: entry.comment.clone(),
        username: entry.username.clone(),
        created_us: entry.created.0,
    };
    let mark = |mark: MarkEntry| JobMarkRow {
        result_id: mark.result.0,
        category,
        job_id: entry.id.0,
        previous_state: mark.previous_state.code().to_owned(),
    };
    let marks = entry.marks.into_iter().map(mark).collect();
    let job = JobRow {
        id: entry.id.0,
        batch_id: entry.batch.0,
        action: entry.action.name().to_owned(),
        result_id: entry.result.0,
        experiment_id: entry.experiment.0,
        category,
        lock_key: entry.lock_key.unwrap_or_else(|| key_of_run(entry.experiment.0)),
        volume_id: entry.volume.map(|id| id.0),
        target,
        target_bytes,
        options: entry.options,
        plan: entry.plan,
        kept_confirmed: entry.kept_confirmed,
        comment: entry.comment,
        username: entry.username,
        priority: entry.priority as i64,
        previous_state: entry.previous_state.code().to_owned(),
        status: laid_down(entry.status).name().to_owned(),
        reason_kind,
        reason,
        not_before_us: entry.not_before.map(|time| time.0),
        attempts: entry.attempts.0,
        fence: entry.fence.0,
        lease_until_us: None,
        worker: None,
        cancel_by: entry.cancel_by,
        phase: entry.phase.name().to_owned(),
        bytes_done: entry.bytes_done.0,
        bytes_total: entry.bytes_total.map(|bytes| bytes.0),
        files_done: entry.files_done.0,
        files_total: entry.files_total.map(|files| files.0),
        progress_us: entry.progress.map(|time| time.0),
        created_us: entry.created.0,
        started_us: entry.started.map(|time| time.0),
        begun_us: entry.begun.map(|time| time.0),
        ended_us: None,
        result: None,
        choices: choices.map_err(|error| CatalogError::Invalid(error.to_string()))?,
        decision: entry.decision,
        target_volume_id: entry.target_volume.map(|id| id.0),
        unfinished_confirmed: entry.unfinished_confirmed,
        published_us: entry.published.map(|time| time.0),
        bytes_copied: entry.bytes_copied.0,
        files_copied: entry.files_copied.0,
    };
    Ok((batch, job, marks))
}
