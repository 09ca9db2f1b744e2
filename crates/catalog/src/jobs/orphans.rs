//! Categories that say a job is at them when none is: a document from elsewhere, or from before dumps held jobs, brings
//! them along.

use std::collections::BTreeSet;

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};

use super::marks::write_states;
use crate::Catalog;
use crate::db::Tx;
use crate::edit::Edit;
use crate::error::{CatalogError, Result};
use crate::events::{self, About};
use crate::records::{self, CategoryRow};
use crate::registry::{state_named, state_of};
use crate::tables::{CategoryStates, JobMarks, Jobs, Results};

/// A category in process or in error without a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanedState {
    /// The report.
    pub report_id: i64,
    /// Its run.
    pub run_id: i64,
    /// The category.
    pub category: Category,
    /// What it says.
    pub state: State,
}

/// States in which a job must be at the category.
fn needs_job(state: State) -> bool {
    state.in_process() || state == State::Error
}

impl Catalog {
    /// Categories that are pending, running or in error though no job is at them, by report.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn orphaned_states(&self) -> Result<Vec<OrphanedState>> {
        let rows = self.db.all(&orphans()).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        // A report that has come to a run since shares its signal files, and the job that is at them.
        let mut shared = BTreeSet::new();
        for row in self.db.all(&runs_with_a_job()).await? {
            shared.insert(row.get::<i64>(0)?);
        }
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let (report_id, category): (i64, i64) = (row.get(0)?, row.get(1)?);
            let place = usize::try_from(category).ok().and_then(|at| Category::ALL.get(at).copied());
            let category = place.ok_or_else(|| {
                CatalogError::Invalid(format!("report {report_id} has a bad category {category}"))
            })?;
            let state = state_named(&row.get::<String>(2)?, report_id)?;
            let run_id = row.get(3)?;
            if category != Category::Sigproc || !shared.contains(&run_id) {
                all.push(OrphanedState { report_id, run_id, category, state });
            }
        }
        Ok(all)
    }

    /// Says where the files of a category are that no job is at: Local, Archived or Deleted. For what is orphaned, and
    /// for signal files about which the reports of a run contradict each other; then it shows on all of them, and each
    /// gets an event. Gives how many that were.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn settle_orphan(
        &self,
        report_id: i64,
        category: Category,
        state: State,
        by: &str,
    ) -> Result<Edit<usize>> {
        if !matches!(state, State::Local | State::Archived | State::Deleted) {
            let text = format!("files can not be left {} ({state}): say L, AD or DD", state.label());
            return Ok(Edit::Refused(text));
        }
        let mut tx = self.db.write().await?;
        let rows = sharers(&mut tx, report_id, category).await?;
        let Some(own) = rows.iter().find(|row| row.result_id == report_id) else { return Ok(Edit::NotThere) };
        if let Some(job) = holder(&mut tx, &rows).await? {
            return Ok(Edit::Refused(format!("job {job} is at these files: let it end or cancel it")));
        }
        let states = rows.iter().map(state_of).collect::<Result<Vec<_>>>()?;
        let places: BTreeSet<State> = states.iter().map(|state| state.place()).collect();
        if !states.iter().any(|state| needs_job(*state)) && places.len() == 1 {
            let own = state_of(own)?;
            return Ok(Edit::Refused(format!("it is {} ({own}) and needs no settling", own.label())));
        }
        let path = |row: &&CategoryRow| row.archive_path.as_ref().is_some_and(|path| !path.is_empty());
        if state == State::Archived && !rows.iter().any(|row| path(&row)) {
            return Ok(Edit::Refused("it can not be Archived (AD): no archive path is known".into()));
        }
        if let (State::Archived, Some(known)) = (state, rows.iter().find(path)) {
            let mut pathless: Vec<CategoryRow> = rows.iter().filter(|row| !path(row)).cloned().collect();
            for row in &mut pathless {
                row.archive_path.clone_from(&known.archive_path);
                row.archive_path_bytes.clone_from(&known.archive_path_bytes);
            }
            records::upsert(&mut tx, &pathless).await?;
        }
        write_states(&mut tx, own.category, rows.iter().map(|row| (row.result_id, state))).await?;
        let told = format!("{} settled: {} ({state})", category.ts_name(), state.label());
        let events = rows.iter().map(|row| (About::Result, row.result_id, told.clone())).collect();
        events::add_all(&mut tx, events, by).await?;
        tx.commit().await?;
        Ok(Edit::Done(rows.len()))
    }
}

fn orphans() -> SelectStatement {
    let column = |column| Expr::col((CategoryStates::Table, column));
    let mark = |column| Expr::col((JobMarks::Table, column));
    let same = mark(JobMarks::ResultId)
        .equals((CategoryStates::Table, CategoryStates::ResultId))
        .and(mark(JobMarks::Category).equals((CategoryStates::Table, CategoryStates::Category)));
    let codes = State::ALL.into_iter().filter(|state| needs_job(*state)).map(State::code);
    Query::select()
        .columns([CategoryStates::ResultId, CategoryStates::Category].map(|c| (CategoryStates::Table, c)))
        .column((CategoryStates::Table, CategoryStates::State))
        .column((Results::Table, Results::ExperimentId))
        .from(CategoryStates::Table)
        .inner_join(
            Results::Table,
            Expr::col((Results::Table, Results::Id))
                .equals((CategoryStates::Table, CategoryStates::ResultId)),
        )
        .join(JoinType::LeftJoin, JobMarks::Table, same)
        .and_where(column(CategoryStates::State).is_in(codes))
        .and_where(mark(JobMarks::JobId).is_null())
        .order_by((CategoryStates::Table, CategoryStates::ResultId), Order::Asc)
        .order_by((CategoryStates::Table, CategoryStates::Category), Order::Asc)
        .to_owned()
}

/// Runs with a job at their signal files.
fn runs_with_a_job() -> SelectStatement {
    Query::select()
        .column(Jobs::ExperimentId)
        .from(Jobs::Table)
        .and_where(Expr::col(Jobs::Category).eq(Category::Sigproc.index() as i64))
        .and_where(Expr::col(Jobs::Status).is_in(super::live()))
        .to_owned()
}

/// The records of a category of a report, and of the run's other reports when they share it.
async fn sharers(tx: &mut Tx, report_id: i64, category: Category) -> Result<Vec<CategoryRow>> {
    let mut query = records::select::<CategoryRow>();
    query.and_where(Expr::col(CategoryStates::Category).eq(category.index() as i64));
    if category == Category::Sigproc {
        let run = Query::select()
            .column(Results::ExperimentId)
            .from(Results::Table)
            .and_where(Expr::col(Results::Id).eq(report_id))
            .to_owned();
        let reports = Query::select()
            .column(Results::Id)
            .from(Results::Table)
            .and_where(Expr::col(Results::ExperimentId).in_subquery(run))
            .to_owned();
        query.and_where(Expr::col(CategoryStates::ResultId).in_subquery(reports));
    } else {
        query.and_where(Expr::col(CategoryStates::ResultId).eq(report_id));
    }
    records::read_all(&tx.all(&query).await?)
}

async fn holder(tx: &mut Tx, rows: &[CategoryRow]) -> Result<Option<i64>> {
    let Some(category) = rows.first().map(|row| row.category) else { return Ok(None) };
    let query = Query::select()
        .column(JobMarks::JobId)
        .from(JobMarks::Table)
        .and_where(Expr::col(JobMarks::Category).eq(category))
        .and_where(Expr::col(JobMarks::ResultId).is_in(rows.iter().map(|row| row.result_id)))
        .to_owned();
    tx.first(&query).await?.map(|row| row.get(0)).transpose()
}
