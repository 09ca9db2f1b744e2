//! What the last scans did not find, and which of it somebody knows about.

use std::collections::HashMap;

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Query, SelectStatement};
use serde::{Deserialize, Serialize};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::stored_path::StoredPath;
use crate::tables::{Experiments, Results};

/// A run or report that no scan finds any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its directory.
    pub dir: StoredPath,
    /// When a scan first did not find it, in microseconds since 1970 UTC.
    pub since_us: i64,
}

/// Somebody knows that runs and reports of a storage root are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// In microseconds since 1970 UTC: what is missing since later is not covered.
    pub us: i64,
}

impl Catalog {
    /// The runs and reports that the last scan of their storage root did not find.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn missing(&self) -> Result<Vec<Missing>> {
        let mut found = Vec::new();
        for query in [missing_runs(), missing_reports()] {
            for row in self.db.all(&query).await? {
                let dir = StoredPath::from_columns(row.get(0)?, row.get(1)?);
                found.push(Missing { dir, since_us: row.get::<Option<i64>>(2)?.unwrap_or_default() });
            }
        }
        Ok(found)
    }

    /// The directories of all runs and reports that scans look for: those that still have files in their place.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn looked_for(&self) -> Result<Vec<StoredPath>> {
        let reports = self.all_reports().await?;
        let mut with_signals = HashMap::new();
        for report in &reports {
            let gone = report.category(Category::Sigproc).is_some_and(|category| category.state.disposed());
            with_signals.entry(report.experiment_id).and_modify(|any| *any |= !gone).or_insert(!gone);
        }
        let runs = self.all_runs().await?.into_iter();
        let mut dirs: Vec<StoredPath> = runs
            .filter(|run| with_signals.get(&run.id).copied().unwrap_or(true))
            .map(|run| run.exp_dir)
            .collect();
        let whole = |report: &&crate::registry::Report| {
            !report.categories.iter().flatten().all(|category| category.state.disposed())
        };
        dirs.extend(reports.iter().filter(whole).map(|report| report.report_dir.clone()));
        Ok(dirs)
    }

    /// Who knows that runs and reports of this storage root are missing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn missing_acknowledged(&self, volume: i64) -> Result<Option<Acknowledged>> {
        let Some(text) = self.setting(&acknowledged(volume)).await? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            CatalogError::Invalid(format!(
                "the catalog holds a bad acknowledgement of volume {volume}: {error}"
            ))
        })
    }

    /// Notes that somebody knows what is missing there since `until_us` or longer.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn acknowledge_missing(&self, volume: i64, by: &str, until_us: i64) -> Result<()> {
        let text = serde_json::to_string(&Acknowledged { by: by.to_owned(), us: until_us })
            .map_err(|error| CatalogError::Invalid(error.to_string()))?;
        self.set_setting(&acknowledged(volume), &text).await
    }
}

fn acknowledged(volume: i64) -> String {
    format!("missing.acknowledged.{volume}")
}

fn missing_runs() -> SelectStatement {
    Query::select()
        .columns([Experiments::ExpDir, Experiments::ExpDirBytes, Experiments::AbsentSinceUs])
        .from(Experiments::Table)
        .and_where(Expr::col(Experiments::AbsentScans).gt(0))
        .to_owned()
}

fn missing_reports() -> SelectStatement {
    Query::select()
        .columns([Results::ReportDir, Results::ReportDirBytes, Results::AbsentSinceUs])
        .from(Results::Table)
        .and_where(Expr::col(Results::AbsentScans).gt(0))
        .to_owned()
}
