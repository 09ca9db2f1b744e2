//! Keeping what was measured.

use std::collections::{HashMap, HashSet};

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Order, Query};

use super::state_of;
use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, CategoryRow, ResultRow};
use crate::tables::{CategoryStates, Experiments, Results};
use crate::times::now_us;

/// Reports read at once.
const PART: usize = 2000;

/// The size of one category of one report. Sizes are MB of 2^20 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The report.
    pub report_id: i64,
    /// The category.
    pub category: Category,
    /// What lies below the report directory.
    pub report_mb: f64,
    /// What lies below the run directory, and is shared by the run's reports.
    pub run_mb: f64,
    /// What lies behind the link to the parent report.
    pub linked_mb: f64,
    /// Files selected.
    pub files: u64,
}

impl Catalog {
    /// Keeps measures, and from them the MB that the compatible API shows for reports and runs. A category whose
    /// files are archived or deleted, or on the way there, keeps its last measure; a measure that is known already
    /// is not written; one of a report or category that is not in the catalog is left out.
    ///
    /// Gives the number of categories that were written.
    ///
    /// # Errors
    /// When the catalog can not be written; then none is kept.
    pub async fn record_measures(&self, measures: &[Measure]) -> Result<usize> {
        let mut by_report: HashMap<i64, Vec<&Measure>> = HashMap::new();
        for measure in measures {
            by_report.entry(measure.report_id).or_default().push(measure);
        }
        let mut ids: Vec<i64> = by_report.keys().copied().collect();
        ids.sort_unstable();
        let now_us = now_us();
        let mut written = 0;
        let mut signal_changed = HashSet::new();
        let mut tx = self.db.write().await?;
        for part in ids.chunks(PART) {
            written += record_part(&mut tx, part, &by_report, now_us, &mut signal_changed).await?;
        }
        update_runs(&mut tx, &signal_changed).await?;
        tx.commit().await?;
        Ok(written)
    }
}

impl Measure {
    /// Writes the sizes into a record.
    pub(crate) fn write(&self, row: &mut CategoryRow) {
        (row.report_mb, row.run_mb) = (Some(self.report_mb), Some(self.run_mb));
        row.linked_mb = Some(self.linked_mb);
        row.diskspace = Some(self.report_mb + self.run_mb + self.linked_mb);
        row.files = Some(i64::try_from(self.files).unwrap_or(i64::MAX));
    }
}

/// Brings the MB of reports and their runs up to date after states have changed.
pub(crate) async fn sum_up(tx: &mut Tx, report_ids: &[i64]) -> Result<()> {
    for part in report_ids.chunks(PART) {
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::ResultId).is_in(part.iter().copied()))
            .to_owned();
        let known: Vec<CategoryRow> = records::read_all(&tx.all(&query).await?)?;
        update_reports(tx, &part.iter().copied().collect(), &known).await?;
    }
    update_runs(tx, &report_ids.iter().copied().collect()).await
}

async fn record_part(
    tx: &mut Tx,
    ids: &[i64],
    measures: &HashMap<i64, Vec<&Measure>>,
    now_us: i64,
    signal_changed: &mut HashSet<i64>,
) -> Result<usize> {
    let query = records::select::<CategoryRow>()
        .and_where(Expr::col(CategoryStates::ResultId).is_in(ids.iter().copied()))
        .to_owned();
    let mut known: Vec<CategoryRow> = records::read_all(&tx.all(&query).await?)?;
    let mut changed = Vec::new();
    for row in &mut known {
        let mut of_report = measures.get(&row.result_id).into_iter().flatten();
        let Some(measure) = of_report.find(|measure| measure.category.index() as i64 == row.category) else {
            continue;
        };
        if state_of(row)?.disposed() {
            continue;
        }
        let before = row.clone();
        measure.write(row);
        if *row != before {
            row.measured_us = Some(now_us);
            changed.push(row.clone());
        }
    }
    records::upsert(tx, &changed).await?;
    let touched: HashSet<i64> = changed.iter().map(|row| row.result_id).collect();
    update_reports(tx, &touched, &known).await?;
    let signal = Category::Sigproc.index() as i64;
    signal_changed.extend(changed.iter().filter(|row| row.category == signal).map(|row| row.result_id));
    Ok(changed.len())
}

/// A report's own MB: basecall, output and misc, as far as measured and still there.
async fn update_reports(tx: &mut Tx, touched: &HashSet<i64>, states: &[CategoryRow]) -> Result<()> {
    let mut sums: HashMap<i64, f64> = HashMap::new();
    for row in states {
        if row.category == Category::Sigproc.index() as i64 || !touched.contains(&row.result_id) {
            continue;
        }
        if let Some(mb) = row.diskspace {
            *sums.entry(row.result_id).or_default() += if is_gone(row) { 0.0 } else { mb };
        }
    }
    if sums.is_empty() {
        return Ok(());
    }
    let query = records::select::<ResultRow>()
        .and_where(Expr::col(Results::Id).is_in(sums.keys().copied()))
        .to_owned();
    let mut rows: Vec<ResultRow> = records::read_all(&tx.all(&query).await?)?;
    rows.retain_mut(|row| {
        let mb = sums.get(&row.id).map(|mb| whole(*mb));
        let news = row.diskusage != mb;
        row.diskusage = mb;
        news
    });
    records::upsert(tx, &rows).await
}

/// A run's MB: its signal files, which every report of the run measures; a thumbnail report sees part of them.
async fn update_runs(tx: &mut Tx, reports: &HashSet<i64>) -> Result<()> {
    let mut ids: Vec<i64> = reports.iter().copied().collect();
    ids.sort_unstable();
    for part in ids.chunks(PART) {
        let runs = Query::select()
            .column(Results::ExperimentId)
            .from(Results::Table)
            .and_where(Expr::col(Results::Id).is_in(part.iter().copied()))
            .to_owned();
        let query = Query::select()
            .column((Results::Table, Results::ExperimentId))
            .column((CategoryStates::Table, CategoryStates::State))
            .column((CategoryStates::Table, CategoryStates::Diskspace))
            .column((Experiments::Table, Experiments::Diskusage))
            .from(Results::Table)
            .inner_join(
                CategoryStates::Table,
                Expr::col((CategoryStates::Table, CategoryStates::ResultId))
                    .equals((Results::Table, Results::Id)),
            )
            .inner_join(
                Experiments::Table,
                Expr::col((Experiments::Table, Experiments::Id))
                    .equals((Results::Table, Results::ExperimentId)),
            )
            .and_where(
                Expr::col((CategoryStates::Table, CategoryStates::Category))
                    .eq(Category::Sigproc.index() as i64),
            )
            .and_where(Expr::col((Results::Table, Results::ExperimentId)).in_subquery(runs))
            .order_by((Results::Table, Results::ExperimentId), Order::Asc)
            .to_owned();
        let mut largest: HashMap<i64, (Option<i64>, f64)> = HashMap::new();
        for row in tx.all(&query).await? {
            let (run, state) = (row.get::<i64>(0)?, row.get::<String>(1)?);
            let Some(mb) = row.get::<Option<f64>>(2)? else { continue };
            let mb = if GONE.contains(&state.as_str()) { 0.0 } else { mb };
            let entry = largest.entry(run).or_insert((row.get(3)?, mb));
            entry.1 = entry.1.max(mb);
        }
        for (run, (known, mb)) in largest {
            if known == Some(whole(mb)) {
                continue;
            }
            let query = Query::update()
                .table(Experiments::Table)
                .value(Experiments::Diskusage, whole(mb))
                .and_where(Expr::col(Experiments::Id).eq(run))
                .to_owned();
            tx.run(&query).await?;
        }
    }
    Ok(())
}

/// Codes of the states in which no file is left in its place.
const GONE: [&str; 2] = [State::Archived.code(), State::Deleted.code()];

fn is_gone(row: &CategoryRow) -> bool {
    GONE.contains(&row.state.as_str())
}

/// Whole MB, as the original's integer columns hold them.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, far beyond any disk")]
fn whole(mb: f64) -> i64 {
    mb.round() as i64
}
