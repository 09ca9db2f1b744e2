//! New reports, registered by a client (api.md D9).

use sea_query::{Expr, ExprTrait, Query};

use super::{RecordEditor, Stored as _, history};
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::query::Reports;
use crate::records::{self, ExperimentRow, Record as _, ResultRow};
use crate::registry::{self, RunFacts};
use crate::stored_path::StoredPath;
use crate::tables::{CategoryStates, Experiments, Results};
use crate::times::{now_us, original_text};

/// A report to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReport {
    /// Its name.
    pub results_name: String,
    /// Directory of its run, which is added where it is not known.
    pub exp_dir: StoredPath,
    /// Name of a run that is added; otherwise the last part of its directory.
    pub exp_name: Option<String>,
    /// When the analysis was made, in microseconds since 1970 UTC; otherwise now. A run that is added gets the
    /// same date, until a scan reads the true one.
    pub time_stamp_us: Option<i64>,
    /// The report's own MB of 2^20 bytes, until it is measured.
    pub diskusage: Option<i64>,
    /// Where its files are, if known.
    pub report_dir: Option<StoredPath>,
}

impl RecordEditor {
    /// Registers a report with four Local categories of unknown size; signal files have the state that they have
    /// in the run's other reports. A scan that finds its directories measures it. Gives its id, as
    /// [`RecordEditor::create`] does.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when the id or the report directory is taken.
    pub async fn register_report(&mut self, id: Option<i64>, new: NewReport, told: String) -> Result<i64> {
        let now_us = now_us();
        let time_us = new.time_stamp_us.unwrap_or(now_us);
        if let Some(dir) = &new.report_dir {
            self.require_unused(dir).await?;
        }
        let name = new.exp_name.unwrap_or_else(|| {
            let last = new.exp_dir.to_path().file_name().map(|name| name.to_string_lossy().into_owned());
            last.unwrap_or_default()
        });
        let facts =
            RunFacts { exp_dir: new.exp_dir, exp_name: name, date_us: time_us, ..RunFacts::default() };
        let run = registry::run_in_dir_or_new(&mut self.tx, &facts, now_us).await?;
        let (report_dir, report_dir_bytes) = new.report_dir.unwrap_or_default().to_columns();
        let report = ResultRow {
            id: self.id_for::<Reports>(id).await?,
            results_name: without_nul(&new.results_name),
            time_stamp_us: time_us,
            time_stamp_text: original_text(time_us),
            diskusage: new.diskusage,
            report_dir,
            report_dir_bytes,
            seen_us: Some(now_us),
            ..registry::new_report(run.id)
        };
        records::insert(&mut self.tx, std::slice::from_ref(&report)).await?;
        let categories = registry::of_new_report(&mut self.tx, &report, &run).await?;
        records::insert(&mut self.tx, &categories).await?;
        self.told.push(history::Entry { about: Reports::ABOUT, id: report.id, text: told });
        Ok(report.id)
    }

    async fn require_unused(&mut self, dir: &StoredPath) -> Result<()> {
        let (text, bytes) = dir.to_columns();
        let query =
            records::select::<ResultRow>().and_where(Expr::col(Results::ReportDir).eq(text)).to_owned();
        let same = records::read_all::<ResultRow>(&self.tx.all(&query).await?)?
            .into_iter()
            .find(|row| row.report_dir_bytes == bytes);
        match same {
            Some(row) => {
                Err(CatalogError::Conflict(format!("the report in {dir} is registered as {}", row.id)))
            }
            None => Ok(()),
        }
    }
}

/// Gives a report that has no file records its four (api.md rule 46).
pub(super) async fn categories_where_none(tx: &mut Tx, id: i64) -> Result<()> {
    let any = Query::select()
        .expr(Expr::val(1))
        .from(CategoryStates::Table)
        .and_where(Expr::col(CategoryStates::ResultId).eq(id))
        .limit(1)
        .to_owned();
    if tx.first(&any).await?.is_some() {
        return Ok(());
    }
    let query = records::select::<ResultRow>().and_where(Expr::col(Results::Id).eq(id)).to_owned();
    let Some(row) = tx.first(&query).await? else { return Ok(()) };
    let report = ResultRow::read(&row)?;
    let query = records::select::<ExperimentRow>()
        .and_where(Expr::col(Experiments::Id).eq(report.experiment_id))
        .to_owned();
    let Some(row) = tx.first(&query).await? else { return Ok(()) };
    let run = ExperimentRow::read(&row)?;
    let categories = registry::of_untracked_report(tx, &report, &run).await?;
    records::insert(tx, &categories).await
}
