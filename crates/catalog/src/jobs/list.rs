//! Looking at jobs.

use std::collections::BTreeMap;

use runstow_lifecycle::{Category, JobAction, JobStatus};
use sea_query::{Cond, Expr, ExprTrait, Func, Order, Query};

use super::job::{Job, select};
use super::live;
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::tables::{JobMarks, Jobs, Results};

/// Which jobs to list. Empty lists of statuses and actions narrow nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFilter {
    /// In one of these statuses.
    pub statuses: Vec<JobStatus>,
    /// With one of these actions.
    pub actions: Vec<JobAction>,
    /// On this report, or on signal files of its run.
    pub report: Option<i64>,
    /// On reports that belonged to this run.
    pub run: Option<i64>,
    /// That this user asked for.
    pub user: Option<String>,
    /// Of this request.
    pub batch: Option<i64>,
    /// With smaller numbers than this one.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u64,
}

impl Default for JobFilter {
    /// The newest hundred.
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            actions: Vec::new(),
            report: None,
            run: None,
            user: None,
            batch: None,
            after: None,
            limit: 100,
        }
    }
}

/// How many jobs there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// In each status; those without jobs are left out.
    pub by_status: BTreeMap<JobStatus, u64>,
    /// When the oldest job that is queued, and may begin by now, was asked for.
    pub oldest_queued_us: Option<i64>,
}

impl JobCounts {
    /// In a status.
    #[must_use]
    pub fn of(&self, status: JobStatus) -> u64 {
        self.by_status.get(&status).copied().unwrap_or_default()
    }
}

impl Catalog {
    /// The job of this number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn job(&self, id: i64) -> Result<Option<Job>> {
        let query = select().and_where(Expr::col((Jobs::Table, Jobs::Id)).eq(id)).to_owned();
        self.db.first(&query).await?.as_ref().map(Job::from_row).transpose()
    }

    /// Jobs, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>> {
        let column = |column| Expr::col((Jobs::Table, column));
        let names = |names: Vec<&'static str>| (!names.is_empty()).then_some(names);
        let statuses = names(filter.statuses.iter().map(|status| status.name()).collect());
        let actions = names(filter.actions.iter().map(|action| action.name()).collect());
        let narrowed = Cond::all()
            .add_option(statuses.map(|names| column(Jobs::Status).is_in(names)))
            .add_option(actions.map(|names| column(Jobs::Action).is_in(names)))
            .add_option(filter.report.map(of_report))
            .add_option(filter.run.map(|run| column(Jobs::ExperimentId).eq(run)))
            .add_option(filter.user.as_deref().map(|user| column(Jobs::Username).eq(user)))
            .add_option(filter.batch.map(|batch| column(Jobs::BatchId).eq(batch)))
            .add_option(filter.after.map(|after| column(Jobs::Id).lt(after)));
        let query = select()
            .cond_where(narrowed)
            .order_by((Jobs::Table, Jobs::Id), Order::Desc)
            .limit(filter.limit)
            .to_owned();
        self.db.all(&query).await?.iter().map(Job::from_row).collect()
    }

    /// How many jobs there are in each status, and since when the oldest is queued.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn job_counts(&self, now_us: i64) -> Result<JobCounts> {
        let mut counts = JobCounts::default();
        let query = Query::select()
            .column(Jobs::Status)
            .expr(Func::count(Expr::col(Jobs::Id)))
            .from(Jobs::Table)
            .group_by_col(Jobs::Status)
            .to_owned();
        for row in self.db.all(&query).await? {
            let name: String = row.get(0)?;
            if let Ok(status) = name.parse() {
                counts.by_status.insert(status, row.get::<i64>(1)?.unsigned_abs());
            }
        }
        let due = Expr::col(Jobs::NotBeforeUs).is_null().or(Expr::col(Jobs::NotBeforeUs).lte(now_us));
        let query = Query::select()
            .expr(Func::min(Expr::col(Jobs::CreatedUs)))
            .from(Jobs::Table)
            .and_where(Expr::col(Jobs::Status).eq(JobStatus::Queued.name()))
            .and_where(due)
            .to_owned();
        if let Some(row) = self.db.first(&query).await? {
            counts.oldest_queued_us = row.get(0)?;
        }
        Ok(counts)
    }

    /// The job that holds a category of a report and has not ended; for signal files that of the run.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn live_job_of(&self, report_id: i64, category: Category) -> Result<Option<Job>> {
        let holder = Query::select()
            .column(JobMarks::JobId)
            .from(JobMarks::Table)
            .and_where(Expr::col(JobMarks::ResultId).eq(report_id))
            .and_where(Expr::col(JobMarks::Category).eq(category.index() as i64))
            .to_owned();
        let query = select().and_where(Expr::col((Jobs::Table, Jobs::Id)).in_subquery(holder)).to_owned();
        self.db.first(&query).await?.as_ref().map(Job::from_row).transpose()
    }
}

fn of_report(report: i64) -> Cond {
    let column = |column| Expr::col((Jobs::Table, column));
    let run = Query::select()
        .column(Results::ExperimentId)
        .from(Results::Table)
        .and_where(Expr::col(Results::Id).eq(report))
        .to_owned();
    let of_run = column(Jobs::Category)
        .eq(Category::Sigproc.index() as i64)
        .and(column(Jobs::ExperimentId).in_subquery(run));
    Cond::any().add(column(Jobs::ResultId).eq(report)).add(of_run)
}

/// Refuses what would take the catalog from under jobs that have not ended.
pub(crate) async fn require_none_alive(tx: &mut Tx) -> Result<()> {
    let query = Query::select()
        .expr(Func::count(Expr::col(Jobs::Id)))
        .from(Jobs::Table)
        .and_where(Expr::col(Jobs::Status).is_in(live()))
        .to_owned();
    let alive: i64 = tx.first(&query).await?.map_or(Ok(0), |row| row.get(0))?;
    if alive == 0 {
        return Ok(());
    }
    Err(CatalogError::Conflict(format!(
        "{alive} jobs have not ended, and a load would take the records from under them; nothing was changed: let \
         them end, or cancel them, and load then"
    )))
}
