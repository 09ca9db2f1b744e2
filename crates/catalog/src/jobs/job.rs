//! A job as others see it.

use std::str::FromStr;

use runstow_lifecycle::job::UnknownWord;
use runstow_lifecycle::{Category, Course, JobAction, JobStatus, Phase, Priority};
use sea_query::{Expr, ExprTrait, Query, SelectStatement};
use serde::{Deserialize, Serialize};

use crate::db::{Row, Tx};
use crate::error::{CatalogError, Result};
use crate::records::{self, JobRow, Record as _};
use crate::registry::state_named;
use crate::stored_path::StoredPath;
use crate::tables::{Jobs, Results};

/// One action on one category of one report. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number, never used again.
    pub id: i64,
    /// The request that it is part of.
    pub batch_id: i64,
    /// What it does.
    pub action: JobAction,
    /// The report.
    pub report_id: i64,
    /// The report's name; none once the report is gone.
    pub report_name: Option<String>,
    /// The report's run when the job was asked for.
    pub run_id: i64,
    /// The category.
    pub category: Category,
    /// Only one job of a key runs at a time.
    pub lock_key: String,
    /// The storage root that its files are on.
    pub volume_id: Option<i64>,
    /// The volume that it writes copies to; none where it writes none, or the volume was not known then.
    pub target_volume_id: Option<i64>,
    /// Where it copies to.
    pub target: Option<StoredPath>,
    /// What else was asked for: JSON of the engine.
    pub options: String,
    /// The confirmed plan, or where it is: text of the engine.
    pub plan: Option<String>,
    /// Was the archive of kept files confirmed?
    pub kept_confirmed: bool,
    /// It was confirmed that nothing proves its run to be finished.
    pub unfinished_confirmed: bool,
    /// What the user says about it.
    pub comment: String,
    /// Who asked for it.
    pub user: String,
    /// Which jobs go first.
    pub priority: Priority,
    /// From which state to which.
    pub course: Course,
    /// Where it stands.
    pub status: JobStatus,
    /// Why it waits, must be decided or has failed. While it runs again: why it last stopped.
    pub reason: Option<Told>,
    /// When it goes on by itself.
    pub not_before_us: Option<i64>,
    /// How often a worker has taken it since it was asked for or a person said to try again.
    pub attempts: i64,
    /// Grows each time a worker takes it.
    pub fence: i64,
    /// Until when its worker has it.
    pub lease_until_us: Option<i64>,
    /// Its worker.
    pub worker: Option<String>,
    /// Who wants it cancelled. Its worker stops at the next safe point.
    pub cancel_by: Option<String>,
    /// How far it is.
    pub progress: Progress,
    /// When that was told.
    pub progress_us: Option<i64>,
    /// When it was asked for.
    pub created_us: i64,
    /// When a worker first took it.
    pub started_us: Option<i64>,
    /// When it began to move files: its category shows the running state from then on.
    pub begun_us: Option<i64>,
    /// When all copies of an archive were in their place, and sources began to be removed.
    pub published_us: Option<i64>,
    /// When it ended.
    pub ended_us: Option<i64>,
    /// What came of it: JSON of the engine.
    pub result: Option<String>,
    /// What can be decided.
    pub choices: Vec<Choice>,
    /// What was decided last.
    pub decision: Option<String>,
}

/// A job as one worker has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The job.
    pub job: i64,
    /// The fence with which the worker took it.
    pub fence: i64,
}

/// A reason: one word for programs, one sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// One word, such as `destination` or `in-use`.
    pub kind: String,
    /// What happened, to what, and what to do.
    pub text: String,
}

impl Told {
    /// A reason.
    pub fn new(kind: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: kind.into(), text: text.into() }
    }
}

/// Something that a person can decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// One word, for programs.
    pub id: String,
    /// What it means, for people.
    pub label: String,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Bytes done in this phase.
    pub bytes_done: i64,
    /// Bytes to do in this phase, once known.
    pub bytes_total: Option<i64>,
    /// Files done in this phase.
    pub files_done: i64,
    /// Files to do in this phase, once known.
    pub files_total: Option<i64>,
    /// Bytes that this attempt has copied so far, whatever phase is shown: copying and proving overlap.
    pub bytes_copied: i64,
    /// Files that it has copied so far.
    pub files_copied: i64,
}

impl Progress {
    /// The beginning of a phase whose size is not known.
    #[must_use]
    pub const fn start(phase: Phase) -> Self {
        Self {
            phase,
            bytes_done: 0,
            bytes_total: None,
            files_done: 0,
            files_total: None,
            bytes_copied: 0,
            files_copied: 0,
        }
    }
}

impl Job {
    /// The job as its present worker has it.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        Ticket { job: self.id, fence: self.fence }
    }

    /// Has its worker not been heard of for so long that another may take it?
    #[must_use]
    pub fn is_abandoned(&self, now_us: i64) -> bool {
        let wrong = super::lease::beyond(now_us, super::LONGEST_LEASE);
        self.status == JobStatus::Running
            && self.lease_until_us.is_some_and(|until| until < now_us || until > wrong)
    }

    /// Has it begun to move files, now or with an earlier worker?
    #[must_use]
    pub const fn begun(&self) -> bool {
        self.begun_us.is_some()
    }

    /// Are all copies of an archive in their place, so that sources may be gone and there is no way back?
    #[must_use]
    pub const fn published(&self) -> bool {
        self.published_us.is_some()
    }

    /// Reads a row of [`select`].
    pub(super) fn from_row(row: &Row) -> Result<Self> {
        let report_name = row.get(JobRow::COLUMNS.len())?;
        Self::of(JobRow::read(row)?, report_name)
    }

    pub(crate) fn of(row: JobRow, report_name: Option<String>) -> Result<Self> {
        let id = row.id;
        let course = course_of(&row)?;
        let choices = row.choices.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id,
            batch_id: row.batch_id,
            action: course.action(),
            report_id: row.result_id,
            report_name,
            run_id: row.experiment_id,
            category: category_of(&row)?,
            lock_key: row.lock_key,
            volume_id: row.volume_id,
            target_volume_id: row.target_volume_id,
            target: StoredPath::of_columns(row.target, row.target_bytes),
            options: row.options,
            plan: row.plan,
            kept_confirmed: row.kept_confirmed,
            unfinished_confirmed: row.unfinished_confirmed,
            comment: row.comment,
            user: row.username,
            priority: usize::try_from(row.priority)
                .ok()
                .and_then(|place| Priority::ALL.get(place).copied())
                .ok_or_else(|| bad(id, format_args!("{} is no priority", row.priority)))?,
            course,
            status: word(id, &row.status)?,
            reason: row.reason.map(|text| Told { kind: row.reason_kind.unwrap_or_default(), text }),
            not_before_us: row.not_before_us,
            attempts: row.attempts,
            fence: row.fence,
            lease_until_us: row.lease_until_us,
            worker: row.worker,
            cancel_by: row.cancel_by,
            progress: Progress {
                phase: word(id, &row.phase)?,
                bytes_done: row.bytes_done,
                bytes_total: row.bytes_total,
                files_done: row.files_done,
                files_total: row.files_total,
                bytes_copied: row.bytes_copied,
                files_copied: row.files_copied,
            },
            progress_us: row.progress_us,
            created_us: row.created_us,
            started_us: row.started_us,
            begun_us: row.begun_us,
            published_us: row.published_us,
            ended_us: row.ended_us,
            result: row.result,
            choices: choices.map_err(|error| bad(id, error))?.unwrap_or_default(),
            decision: row.decision,
        })
    }
}

/// Selects whole jobs with the names of their reports, for [`Job::from_row`].
pub(super) fn select() -> SelectStatement {
    let report = Expr::col((Results::Table, Results::Id)).equals((Jobs::Table, Jobs::ResultId));
    records::select::<JobRow>()
        .column((Results::Table, Results::ResultsName))
        .left_join(Results::Table, report)
        .to_owned()
}

/// The job of this number.
pub(super) async fn read(tx: &mut Tx, id: i64) -> Result<Option<Job>> {
    let query = select().and_where(Expr::col((Jobs::Table, Jobs::Id)).eq(id)).to_owned();
    tx.first(&query).await?.as_ref().map(Job::from_row).transpose()
}

/// The row of a job that nobody else can change until the transaction ends; none: there is no such job.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Option<JobRow>> {
    let query = records::select::<JobRow>().and_where(Expr::col(Jobs::Id).eq(id)).lock_exclusive().to_owned();
    tx.first(&query).await?.as_ref().map(JobRow::read).transpose()
}

/// The same for a worker; none: it is not the worker's any more.
pub(super) async fn lock_held(tx: &mut Tx, ticket: Ticket) -> Result<Option<JobRow>> {
    let row = lock(tx, ticket.job).await?;
    Ok(row.filter(|row| row.fence == ticket.fence && row.status == JobStatus::Running.name()))
}

/// An update of one job.
pub(super) fn update(id: i64) -> sea_query::UpdateStatement {
    Query::update().table(Jobs::Table).and_where(Expr::col(Jobs::Id).eq(id)).to_owned()
}

pub(super) fn course_of(row: &JobRow) -> Result<Course> {
    course(row, &row.previous_state)
}

/// The way that this job takes a category from a state.
pub(super) fn course(row: &JobRow, from: &str) -> Result<Course> {
    let from = state_named(from, row.result_id)?;
    Course::new(word(row.id, &row.action)?, from).map_err(|error| bad(row.id, error))
}

pub(super) fn category_of(row: &JobRow) -> Result<Category> {
    let place = usize::try_from(row.category).ok().and_then(|at| Category::ALL.get(at).copied());
    place.ok_or_else(|| bad(row.id, format_args!("{} is no category", row.category)))
}

pub(super) fn status_of(row: &JobRow) -> Result<JobStatus> {
    word(row.id, &row.status)
}

fn word<T: FromStr<Err = UnknownWord>>(id: i64, text: &str) -> Result<T> {
    text.parse().map_err(|error| bad(id, error))
}

fn bad(id: i64, what: impl std::fmt::Display) -> CatalogError {
    CatalogError::Invalid(format!(
        "the catalog holds a bad job {id}: {what}; was it written by a later version?"
    ))
}
