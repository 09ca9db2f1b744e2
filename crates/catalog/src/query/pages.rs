//! What the pages show beyond lists: how many there are, and everything about one report.

use sea_query::{Expr, ExprTrait, Func, Order, Query};

use crate::Catalog;
use crate::db::Row;
use crate::error::Result;
use crate::events::About;
use crate::records::{self, CategoryRow, ExperimentRow, Record as _, ResultRow};
use crate::tables::{CategoryStates, Events as EventTable, Experiments, Results};

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reports, as lists count them.
    pub reports: u64,
    /// Runs that have such reports.
    pub runs: u64,
}

/// Everything about one report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportDetail {
    /// Name of the chip, e.g. `540`.
    pub chip_type: String,
    /// PGM, Proton, S5, or empty.
    pub platform: String,
    /// The instrument's name, or empty.
    pub instrument: String,
    /// When the run was made: microseconds since 1970 UTC.
    pub run_date_us: i64,
    /// Whether the run is finished, and why that is believed.
    pub finished: (bool, String),
    /// Where the report's files are.
    pub report_dir: String,
    /// The report this one was re-analysed from.
    pub parent: Option<i64>,
    /// Version of the software that made the report.
    pub ts_version: Option<String>,
    /// Other reports of the same run, newest first, with their names.
    pub siblings: Vec<(i64, String)>,
    /// sigproc, basecall, output, misc.
    pub categories: [Option<CategoryDetail>; 4],
    /// What happened to it, newest first, at most as many as asked for.
    pub events: Vec<HistoryEntry>,
}

/// What only a report's own page shows of a category.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryDetail {
    /// Files counted by the last measurement.
    pub files: Option<i64>,
    /// Where the archive is.
    pub archive_path: Option<String>,
    /// Who uses the files.
    pub in_use: Option<String>,
    /// When it was measured: microseconds since 1970 UTC.
    pub measured_us: Option<i64>,
}

/// One event of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// When: microseconds since 1970 UTC.
    pub created_us: i64,
    /// Who.
    pub username: String,
    /// What.
    pub text: String,
}

impl Catalog {
    /// Counts what lists show.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        let query = Query::select()
            .expr(Func::count(Expr::col((Results::Table, Results::Id))))
            .expr(Func::count_distinct(Expr::col((Results::Table, Results::ExperimentId))))
            .from(Results::Table)
            .inner_join(Experiments::Table, of_its_run())
            .and_where(Expr::col((Experiments::Table, Experiments::ExpDir)).ne(""))
            .to_owned();
        let Some(row) = self.db.first(&query).await? else { return Ok(Counts::default()) };
        Ok(Counts { reports: row.get::<i64>(0)?.unsigned_abs(), runs: row.get::<i64>(1)?.unsigned_abs() })
    }

    /// Everything about a report, with at most `events` of its events; `None` when lists do not show it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn report_detail(&self, id: i64, events: u64) -> Result<Option<ReportDetail>> {
        let mut tx = self.db.snapshot().await?;
        let mut query = records::select::<ResultRow>();
        query
            .columns(ExperimentRow::COLUMNS.iter().map(|column| (Experiments::Table, *column)))
            .inner_join(Experiments::Table, of_its_run())
            .and_where(Expr::col((Results::Table, Results::Id)).eq(id))
            .and_where(Expr::col((Experiments::Table, Experiments::ExpDir)).ne(""));
        let Some(row) = tx.first(&query).await? else { return Ok(None) };
        let report = ResultRow::read(&row)?;
        let run = |column: Experiments| {
            let place = ExperimentRow::COLUMNS.iter().position(|known| *known == column);
            ResultRow::COLUMNS.len() + place.unwrap_or_default()
        };
        let siblings = Query::select()
            .columns([Results::Id, Results::ResultsName])
            .from(Results::Table)
            .and_where(Expr::col(Results::ExperimentId).eq(report.experiment_id))
            .and_where(Expr::col(Results::Id).ne(id))
            .order_by(Results::Id, Order::Desc)
            .to_owned();
        let siblings = tx.all(&siblings).await?;
        let mut categories = records::select::<CategoryRow>();
        categories.and_where(Expr::col(CategoryStates::ResultId).eq(id));
        let categories = tx.all(&categories).await?;
        let history = Query::select()
            .columns([EventTable::CreatedUs, EventTable::Username, EventTable::Text])
            .from(EventTable::Table)
            .and_where(Expr::col(EventTable::About).is_in([About::Result.name(), About::Record.name()]))
            .and_where(Expr::col(EventTable::ObjectPk).eq(id))
            .order_by(EventTable::CreatedUs, Order::Desc)
            .order_by(EventTable::Id, Order::Desc)
            .limit(events)
            .to_owned();
        let history = tx.all(&history).await?;
        tx.commit().await?;
        Ok(Some(ReportDetail {
            chip_type: row.get(run(Experiments::ChipType))?,
            platform: row.get(run(Experiments::Platform))?,
            instrument: row.get(run(Experiments::Instrument))?,
            run_date_us: row.get(run(Experiments::DateUs))?,
            finished: (row.get(run(Experiments::Finished))?, row.get(run(Experiments::FinishedReason))?),
            report_dir: report.report_dir,
            parent: report.parent_id,
            ts_version: report.ts_version,
            siblings: siblings.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?,
            categories: by_category(&categories)?,
            events: history.iter().map(entry).collect::<Result<_>>()?,
        }))
    }
}

fn of_its_run() -> Expr {
    Expr::col((Experiments::Table, Experiments::Id)).equals((Results::Table, Results::ExperimentId))
}

fn by_category(rows: &[Row]) -> Result<[Option<CategoryDetail>; 4]> {
    let mut categories = [None, None, None, None];
    for row in rows {
        let CategoryRow { category, files, archive_path, in_use, measured_us, .. } = CategoryRow::read(row)?;
        if let Some(slot) = usize::try_from(category).ok().and_then(|place| categories.get_mut(place)) {
            *slot = Some(CategoryDetail { files, archive_path, in_use, measured_us });
        }
    }
    Ok(categories)
}

fn entry(row: &Row) -> Result<HistoryEntry> {
    Ok(HistoryEntry { created_us: row.get(0)?, username: row.get(1)?, text: row.get(2)? })
}
