//! Reports with all that belongs to them.

use std::collections::HashMap;

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Query};

use super::super::ids_of;
use crate::db::Tx;
use crate::error::Result;
use crate::holds::{self, Hold, HoldOn};
use crate::keeps::{self, Keep, KeepDetails};
use crate::records::{self, CategoryRow, ExperimentRow, ResultRow};
use crate::registry::{Report, Run};
use crate::tables::{CategoryStates, Experiments, Results};

/// A report, its run, and what protects its files.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportEntry {
    /// The report.
    pub report: Report,
    /// Its run.
    pub run: Run,
    /// Keep of each category, in the order of [`Category::ALL`]; none without a record of the category.
    pub keeps: [Option<Keep>; 4],
    /// Holds on the run and on all its reports.
    holds: Vec<Hold>,
}

impl ReportEntry {
    /// The holds that concern a category: those on the run, and those on the report. Signal files are shared, so they
    /// are in use as long as any report of the run is.
    pub fn holds(&self, category: Category) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(move |hold| match hold.on {
            HoldOn::Run(_) => true,
            HoldOn::Report(report) => category == Category::Sigproc || report == self.report.id,
        })
    }
}

/// Reads the reports of these ids, in this order; those that lists do not show are passed over.
pub(super) async fn read(tx: &mut Tx, ids: &[i64]) -> Result<Vec<ReportEntry>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = ids_of(ids, tx.dialect());
    let mut query = records::select::<ResultRow>();
    query.and_where(Expr::col((Results::Table, Results::Id)).in_subquery(wanted.clone()));
    let mut reports: HashMap<i64, ResultRow> = records::read_all::<ResultRow>(&tx.all(&query).await?)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();

    let of_them = Query::select()
        .column(Results::ExperimentId)
        .from(Results::Table)
        .and_where(Expr::col(Results::Id).in_subquery(wanted.clone()))
        .to_owned();
    let mut query = records::select::<ExperimentRow>();
    query
        .and_where(Expr::col(Experiments::Id).in_subquery(of_them))
        .and_where(Expr::col(Experiments::ExpDir).ne(""));
    let runs: HashMap<i64, ExperimentRow> = records::read_all::<ExperimentRow>(&tx.all(&query).await?)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let run_ids: Vec<i64> = runs.keys().copied().collect();

    let mut query = records::select::<CategoryRow>();
    query.and_where(Expr::col(CategoryStates::ResultId).in_subquery(wanted));
    let mut states: HashMap<i64, Vec<CategoryRow>> = HashMap::new();
    for row in records::read_all::<CategoryRow>(&tx.all(&query).await?)? {
        states.entry(row.result_id).or_default().push(row);
    }

    let of_runs: HashMap<i64, KeepDetails> =
        keeps::of_runs(tx, &run_ids).await?.into_iter().map(|row| (row.experiment_id, row.into())).collect();
    let of_reports: HashMap<(i64, i64), KeepDetails> = keeps::of_reports(tx, ids)
        .await?
        .into_iter()
        .map(|row| ((row.result_id, row.category), row.into()))
        .collect();
    let all_holds = holds::of_runs(tx, &run_ids).await?;
    let siblings =
        if all_holds.is_empty() { HashMap::new() } else { runs_of_reports(tx, &all_holds).await? };

    let mut entries = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = reports.remove(id) else { continue };
        let Some(run) = runs.get(&row.experiment_id) else { continue };
        let states = states.remove(id).unwrap_or_default();
        let mut keeps = [const { None }; 4];
        for state in &states {
            let place = usize::try_from(state.category).ok().and_then(|at| Category::ALL.get(at));
            let Some(category) = place.copied() else { continue };
            let details = match category {
                Category::Sigproc => of_runs.get(&run.id),
                _ => of_reports.get(&(*id, state.category)),
            };
            keeps[category.index()] = Some(keeps::keep_of(category, run, state.keep, details.cloned()));
        }
        let holds = all_holds.iter().filter(|hold| match hold.on {
            HoldOn::Run(on) => on == run.id,
            HoldOn::Report(report) => siblings.get(&report) == Some(&run.id),
        });
        let holds = holds.cloned().collect();
        entries.push(ReportEntry {
            report: Report::from_rows(row, states)?,
            run: run.clone().into(),
            keeps,
            holds,
        });
    }
    Ok(entries)
}

/// The run of each report that a hold is on.
async fn runs_of_reports(tx: &mut Tx, holds: &[Hold]) -> Result<HashMap<i64, i64>> {
    let held = holds.iter().filter_map(|hold| match hold.on {
        HoldOn::Report(report) => Some(report),
        HoldOn::Run(_) => None,
    });
    let query = Query::select()
        .columns([Results::Id, Results::ExperimentId])
        .from(Results::Table)
        .and_where(Expr::col(Results::Id).is_in(held))
        .to_owned();
    tx.all(&query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
