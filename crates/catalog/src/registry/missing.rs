//! What the last scans did not find, and which of it somebody knows about.

use runstow_lifecycle::{Category, State};
use sea_query::{Cond, Expr, ExprTrait, Query, SelectStatement};
use serde::{Deserialize, Serialize};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::stored_path::StoredPath;
use crate::tables::{CategoryStates, Experiments, Results};

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
        let mut dirs = Vec::new();
        for query in [runs_with_signals(), reports_with_files()] {
            for row in self.db.all(&query).await? {
                dirs.push(StoredPath::from_columns(row.get(0)?, row.get(1)?));
            }
        }
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

/// Runs of which a report still has the signal files in their place, or of which no report is known.
fn runs_with_signals() -> SelectStatement {
    let of_run = || {
        Query::select()
            .expr(Expr::val(1))
            .from(Results::Table)
            .and_where(
                Expr::col((Results::Table, Results::ExperimentId))
                    .equals((Experiments::Table, Experiments::Id)),
            )
            .to_owned()
    };
    let mut local = of_run();
    let signals = Expr::col((CategoryStates::Table, CategoryStates::Category));
    let gone = categories_of_report()
        .and_where(disposed())
        .and_where(signals.eq(Category::Sigproc.index() as i64))
        .to_owned();
    local.and_where(Expr::exists(gone).not());
    Query::select()
        .columns([Experiments::ExpDir, Experiments::ExpDirBytes])
        .from(Experiments::Table)
        .cond_where(Cond::any().add(Expr::exists(of_run()).not()).add(Expr::exists(local)))
        .to_owned()
}

/// Reports of which a category still has its files in their place.
fn reports_with_files() -> SelectStatement {
    let local = categories_of_report().and_where(disposed().not()).to_owned();
    Query::select()
        .columns([Results::ReportDir, Results::ReportDirBytes])
        .from(Results::Table)
        .and_where(Expr::exists(local))
        .to_owned()
}

/// The categories of the report of the query around it.
fn categories_of_report() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(CategoryStates::Table)
        .and_where(
            Expr::col((CategoryStates::Table, CategoryStates::ResultId))
                .equals((Results::Table, Results::Id)),
        )
        .to_owned()
}

/// The category's files are not in their place.
fn disposed() -> Expr {
    let codes = State::ALL.into_iter().filter(|state| state.disposed()).map(State::code);
    Expr::col((CategoryStates::Table, CategoryStates::State)).is_in(codes)
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
