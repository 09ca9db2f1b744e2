//! When archives were last read again, and what comes next.

use runstow_lifecycle::{Category, JobAction, JobStatus, Priority, State, Wholeness};
use sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::records::{self, VerificationRow};
use crate::stored_path::StoredPath;
use crate::tables::{CategoryStates, Jobs, Verifications};

/// The last verification of a category in an archive folder. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The report.
    pub report_id: i64,
    /// The category.
    pub category: Category,
    /// The archive folder.
    pub folder: StoredPath,
    /// The job.
    pub job_id: i64,
    /// When it ended.
    pub verified_us: i64,
    /// When all contents were last read; none: never, only samples.
    pub complete_us: Option<i64>,
    /// What the archive is.
    pub outcome: Wholeness,
    /// How many things are wrong.
    pub findings: i64,
    /// Files that were read.
    pub files: i64,
    /// Bytes of them.
    pub bytes: i64,
}

/// An archive that can be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// A report that shows it.
    pub report_id: i64,
    /// The category.
    pub category: Category,
    /// Where it is.
    pub folder: StoredPath,
    /// When all its contents were last read.
    pub complete_us: Option<i64>,
}

/// What the schedule has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleProgress {
    /// Archives there are.
    pub archives: u64,
    /// Verifications that the schedule asked for and that are queued or running.
    pub under_way: u64,
    /// When it last asked for one.
    pub last_asked_us: Option<i64>,
}

impl Catalog {
    /// What is known of the archives of a report, by category and folder.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verifications_of(&self, report_id: i64) -> Result<Vec<Verification>> {
        let query = records::select::<VerificationRow>()
            .and_where(Expr::col(Verifications::ResultId).eq(report_id))
            .order_by(Verifications::Category, Order::Asc)
            .order_by(Verifications::Folder, Order::Asc)
            .to_owned();
        let rows = records::read_all::<VerificationRow>(&self.db.all(&query).await?)?;
        rows.into_iter().map(read).collect()
    }

    /// Archives at rest, those first whose contents were not read for longest, then by report; so many, after the first
    /// `skip`. Several reports may show one archive.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn archives_by_age(&self, skip: u64, limit: u64) -> Result<Vec<Archived>> {
        let state = |column| (CategoryStates::Table, column);
        let read_us = Expr::col((Verifications::Table, Verifications::CompleteUs));
        let query = archives()
            .columns([
                state(CategoryStates::ResultId),
                state(CategoryStates::Category),
                state(CategoryStates::ArchivePath),
                state(CategoryStates::ArchivePathBytes),
            ])
            .column((Verifications::Table, Verifications::CompleteUs))
            .join(
                JoinType::LeftJoin,
                Verifications::Table,
                Expr::col((Verifications::Table, Verifications::ResultId))
                    .equals(state(CategoryStates::ResultId))
                    .and(
                        Expr::col((Verifications::Table, Verifications::Category))
                            .equals(state(CategoryStates::Category)),
                    )
                    .and(
                        Expr::col((Verifications::Table, Verifications::Folder))
                            .equals(state(CategoryStates::ArchivePath)),
                    ),
            )
            .order_by_expr(Func::coalesce([read_us, Expr::val(0_i64)]).into(), Order::Asc)
            .order_by(state(CategoryStates::ResultId), Order::Asc)
            .order_by(state(CategoryStates::Category), Order::Asc)
            .offset(skip)
            .limit(limit)
            .to_owned();
        let rows = self.db.all(&query).await?;
        let read = |row: &crate::db::Row| {
            let report_id = row.get(0)?;
            Ok(Archived {
                report_id,
                category: category_of(row.get(1)?, report_id)?,
                folder: StoredPath::from_columns(row.get(2)?, row.get(3)?),
                complete_us: row.get(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What the schedule needs to know to go on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schedule_progress(&self) -> Result<ScheduleProgress> {
        let state = |column| (CategoryStates::Table, column);
        let distinct = archives()
            .distinct()
            .columns([state(CategoryStates::Category), state(CategoryStates::ArchivePath)])
            .to_owned();
        let count = Query::select()
            .expr(Func::count(Expr::col(CategoryStates::Category)))
            .from_subquery(distinct, Alias::new("archives"))
            .to_owned();
        let own = |query: &mut SelectStatement| {
            query
                .from(Jobs::Table)
                .and_where(Expr::col(Jobs::Action).eq(JobAction::Verify.name()))
                .and_where(Expr::col(Jobs::Priority).eq(Priority::Automatic as i64))
                .to_owned()
        };
        let under_way = own(Query::select().expr(Func::count(Expr::col(Jobs::Id))))
            .and_where(
                Expr::col(Jobs::Status).is_in([JobStatus::Queued, JobStatus::Running].map(JobStatus::name)),
            )
            .to_owned();
        let last = own(Query::select().expr(Func::max(Expr::col(Jobs::CreatedUs))));
        let mut progress = ScheduleProgress::default();
        if let Some(row) = self.db.first(&count).await? {
            progress.archives = row.get::<i64>(0)?.unsigned_abs();
        }
        if let Some(row) = self.db.first(&under_way).await? {
            progress.under_way = row.get::<i64>(0)?.unsigned_abs();
        }
        if let Some(row) = self.db.first(&last).await? {
            progress.last_asked_us = row.get(0)?;
        }
        Ok(progress)
    }
}

/// Categories at rest that have an archive, also those that were restored from it: the archive stays.
fn archives() -> SelectStatement {
    let at_rest = State::ALL
        .into_iter()
        .filter(|state| state.at_rest_local() || *state == State::Archived)
        .map(State::code);
    let column = |column| Expr::col((CategoryStates::Table, column));
    Query::select()
        .from(CategoryStates::Table)
        .and_where(column(CategoryStates::ArchivePath).is_not_null())
        .and_where(column(CategoryStates::ArchivePath).ne(""))
        .and_where(column(CategoryStates::State).is_in(at_rest))
        .to_owned()
}

fn category_of(number: i64, report: i64) -> Result<Category> {
    let place = usize::try_from(number).ok().and_then(|at| Category::ALL.get(at).copied());
    place.ok_or_else(|| CatalogError::Invalid(format!("report {report} has a bad category {number}")))
}

pub(crate) fn outcome_of(row: &VerificationRow) -> Result<Wholeness> {
    row.outcome.parse().map_err(|error| {
        CatalogError::Invalid(format!("report {} has a bad verification: {error}", row.result_id))
    })
}

fn read(row: VerificationRow) -> Result<Verification> {
    let outcome = outcome_of(&row)?;
    let category = category_of(row.category, row.result_id)?;
    let VerificationRow { result_id, folder, folder_bytes, job_id, verified_us, complete_us, .. } = row;
    let VerificationRow { findings, files, bytes, .. } = row;
    Ok(Verification {
        report_id: result_id,
        category,
        folder: StoredPath::from_columns(folder, folder_bytes),
        job_id,
        verified_us,
        complete_us,
        outcome,
        findings,
        files,
        bytes,
    })
}
