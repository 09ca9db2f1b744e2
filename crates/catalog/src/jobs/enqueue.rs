//! Asking for jobs.

mod facts;

use std::collections::HashMap;

use runstow_lifecycle::job::Unfit;
use runstow_lifecycle::{Category, Course, JobAction, JobStatus, Phase, Priority, State};

use super::marks::{self, Mark};
use crate::Catalog;
use crate::error::Result;
use crate::events::{self, About, without_nul};
use crate::ids::{self, Sequence};
use crate::records::{self, JobBatchRow, JobMarkRow, JobRow};
use crate::stored_path::StoredPath;
use facts::Facts;

/// A request of a user or a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBatch {
    /// What all its jobs do.
    pub action: JobAction,
    /// What the user says about it.
    pub comment: String,
    /// Who asks.
    pub user: String,
    /// Which jobs go first.
    pub priority: Priority,
}

/// A job to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The report: for signal files any of the run's, for linked basecalling results the one that owns the files.
    pub report_id: i64,
    /// The category.
    pub category: Category,
    /// Only one job of a key runs at a time. None: `run:ID` of the report's run.
    pub lock_key: Option<String>,
    /// The storage root that the files are on, for the limit of running jobs on each.
    pub volume_id: Option<i64>,
    /// The archive or other root that it writes to, which counts for the same limit.
    pub target_volume_id: Option<i64>,
    /// Where to copy to.
    pub target: Option<StoredPath>,
    /// JSON of the engine.
    pub options: String,
    /// The confirmed plan, or where it is.
    pub plan: Option<String>,
    /// The archive of kept files was confirmed.
    pub kept_confirmed: bool,
    /// It was confirmed that nothing proves the run to be finished.
    pub unfinished_confirmed: bool,
    /// Other reports that show the same category's state, because they link to these files. All reports of the run
    /// show that of signal files without being named.
    pub also_marks: Vec<i64>,
    /// Not to be begun before this time.
    pub not_before_us: Option<i64>,
    /// Where the files were when the job was planned, as [`State::place`] says it; none: wherever the action can begin.
    pub planned_at: Option<State>,
}

impl NewJob {
    /// A job with nothing special about it.
    #[must_use]
    pub fn new(report_id: i64, category: Category) -> Self {
        Self {
            report_id,
            category,
            lock_key: None,
            volume_id: None,
            target_volume_id: None,
            target: None,
            options: "{}".to_owned(),
            plan: None,
            kept_confirmed: false,
            unfinished_confirmed: false,
            also_marks: Vec::new(),
            not_before_us: None,
            planned_at: None,
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// The request's number; none when no job of it was accepted, and nothing was written.
    pub batch_id: Option<i64>,
    /// The number of each job, in the order of the request, or why it was left out.
    pub jobs: Vec<Result<i64, Refusal>>,
}

/// Why a job is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The report is not there, or lists do not show it.
    #[error("there is no report {report}")]
    NoReport {
        /// The report.
        report: i64,
    },
    /// The report has no record of such files.
    #[error("report {report} has no {}", category.ts_name())]
    NoFiles {
        /// The report.
        report: i64,
        /// The category.
        category: Category,
    },
    /// The category is in a state in which the action can not begin.
    #[error("report {report}: {why}")]
    Unfit {
        /// The report: the one asked for, or one that shares the files.
        report: i64,
        /// The reason.
        why: Unfit,
    },
    /// Reports that share the files say that they are in different places.
    #[error(
        "report {report} says {} ({state}) about the same files: look where they are and settle it first",
        state.label()
    )]
    Contradiction {
        /// The other report.
        report: i64,
        /// What it says.
        state: State,
    },
    /// The files are elsewhere than they were when the job was planned.
    #[error(
        "report {report} became {} ({state}) after this was planned: plan again",
        state.label()
    )]
    Moved {
        /// The report.
        report: i64,
        /// What it is now.
        state: State,
    },
    /// Another job has not ended.
    #[error("job {job} has these files already: let it end or cancel it")]
    Taken {
        /// The other job; possibly one of the same request.
        job: i64,
    },
}

impl Catalog {
    /// Asks for jobs, all in one transaction: each one whose category may begin the action and is held by no other job
    /// is queued, its category shows the pending state, and each report concerned gets an event. The others are left
    /// out with the reason.
    ///
    /// # Errors
    /// When the catalog can not be written; then nothing was.
    pub async fn enqueue_jobs(&self, batch: NewBatch, jobs: Vec<NewJob>, now_us: i64) -> Result<Enqueued> {
        let mut tx = self.db.write().await?;
        let mut facts = Facts::read(&mut tx, &jobs).await?;
        let first = ids::take(&mut tx, Sequence::Jobs, jobs.len()).await?;
        let mut verdicts = Vec::with_capacity(jobs.len());
        let mut accepted = Vec::new();
        for (id, job) in (first..).zip(jobs) {
            let verdict = facts.gate(batch.action, &job, id);
            verdicts.push(verdict.as_ref().map(|_| id).map_err(Clone::clone));
            accepted.extend(verdict.ok().map(|marks| (id, job, marks)));
        }
        if accepted.is_empty() {
            return Ok(Enqueued { batch_id: None, jobs: verdicts });
        }
        let batch_id = ids::take(&mut tx, Sequence::JobBatches, 1).await?;
        let row = JobBatchRow {
            id: batch_id,
            action: batch.action.name().to_owned(),
            comment: without_nul(&batch.comment),
            username: without_nul(&batch.user),
            created_us: now_us,
        };
        let batch = Batch { row, priority: batch.priority };
        records::insert(&mut tx, std::slice::from_ref(&batch.row)).await?;

        let (mut rows, mut mark_rows, mut told) = (Vec::new(), Vec::new(), Vec::new());
        let mut states: HashMap<Category, Vec<(i64, State)>> = HashMap::new();
        for (id, job, marks) in accepted {
            let category = job.category.index() as i64;
            let row = batch.job(id, job, &facts, &marks);
            let text = match batch.row.comment.as_str() {
                "" => format!("{} asked for", marks::title(&row)?),
                comment => format!("{} asked for: {comment}", marks::title(&row)?),
            };
            for mark in marks {
                let previous_state = mark.course.from().code().to_owned();
                mark_rows.push(JobMarkRow { result_id: mark.report, category, job_id: id, previous_state });
                told.push((About::Result, mark.report, text.clone()));
                if mark.course.action().moves() {
                    let pending = mark.course.shown(JobStatus::Queued, false);
                    states.entry(super::job::category_of(&row)?).or_default().push((mark.report, pending));
                }
            }
            rows.push(row);
        }
        records::insert(&mut tx, &rows).await?;
        records::insert(&mut tx, &mark_rows).await?;
        for (category, states) in states {
            marks::write_states(&mut tx, category.index() as i64, states.into_iter()).await?;
        }
        events::add_all(&mut tx, told, &batch.row.username).await?;
        tx.commit().await?;
        Ok(Enqueued { batch_id: Some(batch_id), jobs: verdicts })
    }
}

/// A request as it is written, with what only its jobs keep.
struct Batch {
    row: JobBatchRow,
    priority: Priority,
}

impl Batch {
    fn job(&self, id: i64, job: NewJob, facts: &Facts, marks: &[Mark]) -> JobRow {
        let experiment_id = facts.run_of(job.report_id);
        let own = marks.iter().find(|mark| mark.report == job.report_id);
        let (target, target_bytes) = StoredPath::columns_of(job.target.as_ref());
        JobRow {
            id,
            batch_id: self.row.id,
            action: self.row.action.clone(),
            result_id: job.report_id,
            experiment_id,
            category: job.category.index() as i64,
            lock_key: job.lock_key.unwrap_or_else(|| format!("run:{experiment_id}")),
            volume_id: job.volume_id,
            target,
            target_bytes,
            options: without_nul(&job.options),
            plan: job.plan.as_deref().map(without_nul),
            kept_confirmed: job.kept_confirmed,
            comment: self.row.comment.clone(),
            username: self.row.username.clone(),
            priority: self.priority as i64,
            previous_state: own.map_or(State::Local, |mark| mark.course.from()).code().to_owned(),
            status: JobStatus::Queued.name().to_owned(),
            reason_kind: None,
            reason: None,
            not_before_us: job.not_before_us,
            attempts: 0,
            fence: 0,
            lease_until_us: None,
            worker: None,
            cancel_by: None,
            phase: Phase::Plan.name().to_owned(),
            bytes_done: 0,
            bytes_total: None,
            files_done: 0,
            files_total: None,
            progress_us: None,
            created_us: self.row.created_us,
            started_us: None,
            begun_us: None,
            ended_us: None,
            result: None,
            choices: None,
            decision: None,
            target_volume_id: job.target_volume_id,
            unfinished_confirmed: job.unfinished_confirmed,
            published_us: None,
            bytes_copied: 0,
            files_copied: 0,
        }
    }
}

impl Facts {
    /// Gate 1 (lifecycle.md §3): the reports that the job marks, which from now on it holds; or why it can not begin.
    fn gate(&mut self, action: JobAction, job: &NewJob, id: i64) -> Result<Vec<Mark>, Refusal> {
        let (report, category) = (job.report_id, job.category);
        let from = self.state(report, category)?;
        let whole = Course::new(action, from);
        if whole.is_ok() && job.planned_at.is_some_and(|place| place != from.place()) {
            return Err(Refusal::Moved { report, state: from });
        }
        let mut marks = Vec::new();
        for sharer in self.sharers(job) {
            // A report of the run without a record of signal files shows none.
            let of_run = category == Category::Sigproc && !job.also_marks.contains(&sharer);
            if of_run && self.state(sharer, category).is_err() {
                continue;
            }
            if let Some(job) = self.holder(sharer, category) {
                return Err(Refusal::Taken { job });
            }
            let state = self.state(sharer, category)?;
            let course = Course::new(action, state).map_err(|why| Refusal::Unfit { report: sharer, why });
            if whole.is_ok() && course.is_ok() && state.place() != from.place() {
                return Err(Refusal::Contradiction { report: sharer, state });
            }
            marks.push(Mark { report: sharer, course: course? });
        }
        self.take(&marks, category, id);
        Ok(marks)
    }
}
