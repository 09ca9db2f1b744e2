//! One report and its run, in the form that a dump gives them: what a record beside archived data holds.

use std::collections::HashMap;

use sea_query::{Expr, ExprTrait};
use serde_json::Value;

use super::{RunFacts, report_entry};
use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::neutral::rows::{experiment_entry, experiment_row, result_rows, run_keep_entry};
use crate::neutral::shape::{ExperimentEntry, ResultEntry};
use crate::records::{self, CategoryKeepRow, CategoryRow, ExperimentRow, Record as _, ResultRow, RunKeepRow};
use crate::registry;
use crate::stored_path::StoredPath;
use crate::tables::{CategoryKeeps, CategoryStates, Experiments, Results, RunKeeps};

/// A report and its run in the neutral JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// As in the list `experiments`.
    pub run: Value,
    /// As in the list `results`.
    pub report: Value,
}

impl Described {
    /// What a catalog is told to know them again: the report's and the run's facts.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] when it is no such description.
    pub fn facts(&self) -> Result<(registry::RunFacts, registry::ReportFacts)> {
        let bad = |what: &'static str| {
            move |error: serde_json::Error| CatalogError::Invalid(format!("the record's {what}: {error}"))
        };
        let run: ExperimentEntry = serde_json::from_value(self.run.clone()).map_err(bad("run"))?;
        let report: ResultEntry = serde_json::from_value(self.report.clone()).map_err(bad("report"))?;
        let run = experiment_row(run);
        let (report, _) = result_rows(report, run.date_us);
        let exp_dir = StoredPath::of_columns(Some(run.exp_dir), run.exp_dir_bytes).unwrap_or_default();
        let report_dir =
            StoredPath::of_columns(Some(report.report_dir), report.report_dir_bytes).unwrap_or_default();
        let facts = registry::ReportFacts {
            report_dir,
            moved_from: None,
            wanted_id: Some(report.id),
            run: registry::RunRef::Dir(exp_dir.clone()),
            results_name: report.results_name,
            time_stamp_us: report.time_stamp_us,
            thumbnail: report.thumbnail,
            parent_dir: None,
            ts_version: report.ts_version,
            fingerprint: None,
        };
        let run = registry::RunFacts {
            exp_dir,
            moved_from: None,
            wanted_id: Some(run.id),
            exp_name: run.exp_name,
            date_us: run.date_us,
            chip_type: run.chip_type,
            platform: run.platform,
            instrument: run.instrument,
            finished: run.finished,
            quiet: false,
            finished_reason: run.finished_reason,
            keep_marker: run.keep_marker,
            fingerprint: None,
        };
        Ok((run, facts))
    }
}

impl Catalog {
    /// A report and its run as [`Catalog::dump`] writes them. None when there is no such report.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn describe(&self, report_id: i64) -> Result<Option<Described>> {
        let mut tx = self.db.snapshot().await?;
        let query = records::select::<ResultRow>().and_where(Expr::col(Results::Id).eq(report_id)).to_owned();
        let Some(report) = tx.first(&query).await?.map(|row| ResultRow::read(&row)).transpose()? else {
            return Ok(None);
        };
        let run_id = report.experiment_id;
        let query =
            records::select::<ExperimentRow>().and_where(Expr::col(Experiments::Id).eq(run_id)).to_owned();
        let Some(run) = tx.first(&query).await?.map(|row| ExperimentRow::read(&row)).transpose()? else {
            return Ok(None);
        };
        let query = records::select::<RunKeepRow>()
            .and_where(Expr::col(RunKeeps::ExperimentId).eq(run_id))
            .to_owned();
        let kept = tx.first(&query).await?.map(|row| RunKeepRow::read(&row)).transpose()?;
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::ResultId).eq(report_id))
            .to_owned();
        let states: Vec<CategoryRow> = records::read_all(&tx.all(&query).await?)?;
        let query = records::select::<CategoryKeepRow>()
            .and_where(Expr::col(CategoryKeeps::ResultId).eq(report_id))
            .to_owned();
        let keeps: Vec<CategoryKeepRow> = records::read_all(&tx.all(&query).await?)?;
        let mut keeps: HashMap<_, _> =
            keeps.into_iter().map(|row| ((row.result_id, row.category), row)).collect();
        let facts = RunFacts { date_us: run.date_us, storage_options: run.storage_options.clone() };
        let json = |error: serde_json::Error| CatalogError::Invalid(error.to_string());
        let report = serde_json::to_value(report_entry(report, states, &mut keeps, &facts)?).map_err(json)?;
        let run = ExperimentEntry { kept: kept.map(run_keep_entry), ..experiment_entry(run) };
        Ok(Some(Described { run: serde_json::to_value(run).map_err(json)?, report }))
    }
}
