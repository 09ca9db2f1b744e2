//! Finding runs and reports.

use std::collections::HashMap;

use sea_query::{Expr, ExprTrait, Order, SelectStatement};

use super::{Report, Run};
use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::records::{self, CategoryRow, ExperimentRow, Record as _, ResultRow};
use crate::stored_path::StoredPath;
use crate::tables::{CategoryStates, Experiments, Results};

/// A report and the run it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportWithRun {
    /// The report.
    pub report: Report,
    /// Its run.
    pub run: Run,
}

impl Catalog {
    /// All runs, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn all_runs(&self) -> Result<Vec<Run>> {
        self.select_runs(records::select::<ExperimentRow>()).await
    }

    /// The run of this number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run(&self, id: i64) -> Result<Option<Run>> {
        let query =
            records::select::<ExperimentRow>().and_where(Expr::col(Experiments::Id).eq(id)).to_owned();
        Ok(self.select_runs(query).await?.pop())
    }

    /// The run in this directory; the first one registered if there are several.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_by_dir(&self, dir: &StoredPath) -> Result<Option<Run>> {
        let (text, _) = dir.to_columns();
        let query =
            records::select::<ExperimentRow>().and_where(Expr::col(Experiments::ExpDir).eq(text)).to_owned();
        // Different paths that are not UTF-8 may have the same text.
        Ok(self.select_runs(query).await?.into_iter().find(|run| run.exp_dir == *dir))
    }

    /// All runs of this name, by id: where to look for the former place of a run that has moved.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn runs_by_name(&self, exp_name: &str) -> Result<Vec<Run>> {
        let query = records::select::<ExperimentRow>()
            .and_where(Expr::col(Experiments::ExpName).eq(exp_name))
            .to_owned();
        self.select_runs(query).await
    }

    /// All reports, by id. [`Catalog::reports_after`] gives them in pages.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn all_reports(&self) -> Result<Vec<Report>> {
        let mut all = Vec::new();
        loop {
            let page =
                self.reports_after(all.last().map_or(i64::MIN, |report: &Report| report.id), 5000).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The next reports after this id, by id; none are left when the answer is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports_after(&self, id: i64, limit: u64) -> Result<Vec<Report>> {
        let query =
            records::select::<ResultRow>().and_where(Expr::col(Results::Id).gt(id)).limit(limit).to_owned();
        self.select_reports(query).await
    }

    /// The reports of a run, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports_of_run(&self, run_id: i64) -> Result<Vec<Report>> {
        let query =
            records::select::<ResultRow>().and_where(Expr::col(Results::ExperimentId).eq(run_id)).to_owned();
        self.select_reports(query).await
    }

    /// The report of this number with its run.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn report_with_run(&self, id: i64) -> Result<Option<ReportWithRun>> {
        let query = records::select::<ResultRow>().and_where(Expr::col(Results::Id).eq(id)).to_owned();
        let Some(report) = self.select_reports(query).await?.pop() else { return Ok(None) };
        Ok(self.run(report.experiment_id).await?.map(|run| ReportWithRun { report, run }))
    }

    /// The report that a person means: by number, otherwise by its whole name.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when several reports have the name; the text lists their numbers.
    pub async fn find_report(&self, name_or_id: &str) -> Result<Option<Report>> {
        if let Ok(id) = name_or_id.parse::<i64>() {
            let query = records::select::<ResultRow>().and_where(Expr::col(Results::Id).eq(id)).to_owned();
            if let Some(report) = self.select_reports(query).await?.pop() {
                return Ok(Some(report));
            }
        }
        if name_or_id.contains('\0') {
            return Ok(None);
        }
        let query = records::select::<ResultRow>()
            .and_where(Expr::col(Results::ResultsName).eq(name_or_id))
            .to_owned();
        let mut found = self.select_reports(query).await?;
        if found.len() > 1 {
            let ids: Vec<String> = found.iter().map(|report| report.id.to_string()).collect();
            let ids = ids.join(", ");
            return Err(CatalogError::Conflict(format!(
                "several reports are named {name_or_id:?}: use one of {ids}"
            )));
        }
        Ok(found.pop())
    }

    async fn select_runs(&self, mut query: SelectStatement) -> Result<Vec<Run>> {
        let rows = self.db.all(query.order_by((Experiments::Table, Experiments::Id), Order::Asc)).await?;
        rows.iter().map(|row| Ok(ExperimentRow::read(row)?.into())).collect()
    }

    /// Reports with their categories, by id, in two statements that see the same state of the catalog.
    pub(super) async fn select_reports(&self, mut query: SelectStatement) -> Result<Vec<Report>> {
        let mut tx = self.db.snapshot().await?;
        let rows = tx.all(query.order_by((Results::Table, Results::Id), Order::Asc)).await?;
        let rows: Vec<ResultRow> = records::read_all(&rows)?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
        let mut states = records::select::<CategoryRow>();
        if last.id - first.id < 2 * rows.len() as i64 {
            states.and_where(Expr::col(CategoryStates::ResultId).between(first.id, last.id));
        } else {
            states.and_where(Expr::col(CategoryStates::ResultId).is_in(rows.iter().map(|row| row.id)));
        }
        let mut by_report: HashMap<i64, Vec<CategoryRow>> = HashMap::new();
        for state in records::read_all::<CategoryRow>(&tx.all(&states).await?)? {
            by_report.entry(state.result_id).or_default().push(state);
        }
        rows.into_iter()
            .map(|row| {
                let states = by_report.remove(&row.id).unwrap_or_default();
                Report::from_rows(row, states)
            })
            .collect()
    }
}
