//! The file records of reports that are new or have come to another run.

use std::collections::{HashMap, HashSet};

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Order, Query};

use super::super::{IN_ONE_LIST, Slot};
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, CategoryRow, ExperimentRow, Record as _, ResultRow};
use crate::registry::{KEEP, state_of};
use crate::tables::{CategoryStates, Results};

const SIGPROC: i64 = Category::Sigproc.index() as i64;

/// Gives new reports four Local categories. Signal files belong to the run: their state is the run's, for new
/// reports and for those that have come from another run (lifecycle.md §2).
pub(super) async fn write(
    tx: &mut Tx,
    slots: &[Slot<ResultRow>],
    runs: &HashMap<i64, ExperimentRow>,
) -> Result<()> {
    let arrived = |slot: &&Slot<ResultRow>| {
        slot.before.as_ref().is_none_or(|before| before.experiment_id != slot.now.experiment_id)
    };
    let arrived: Vec<&Slot<ResultRow>> = slots.iter().filter(arrived).collect();
    let run_ids: HashSet<i64> = arrived.iter().map(|slot| slot.now.experiment_id).collect();
    // The slots hold all reports of these runs; the first one that stays speaks for the run.
    let staying = slots.iter().filter(|slot| {
        let before = slot.before.as_ref().map(|before| before.experiment_id);
        run_ids.contains(&slot.now.experiment_id) && before == Some(slot.now.experiment_id)
    });
    let staying: HashMap<i64, i64> = staying.map(|slot| (slot.now.id, slot.now.experiment_id)).collect();
    let spokesmen = sigproc_of_runs(tx, &staying).await?;

    let mut rows = Vec::new();
    for slot in arrived {
        let Some(run) = runs.get(&slot.now.experiment_id) else { continue };
        let sigproc = sigproc_row(slot.now.id, run, spokesmen.get(&run.id))?;
        if slot.before.is_none() {
            rows.extend(Category::ALL[1..].iter().map(|category| local_row(&slot.now, *category)));
            rows.push(sigproc);
        } else if spokesmen.contains_key(&run.id) {
            rows.push(sigproc);
        }
    }
    records::upsert(tx, &rows).await
}

/// The file records of a report that was just added to its run by a client: as those that a scan gives.
pub(crate) async fn of_new_report(
    tx: &mut Tx,
    report: &ResultRow,
    run: &ExperimentRow,
) -> Result<Vec<CategoryRow>> {
    let sibling = sigproc_of_run(tx, report, run).await?;
    let mut rows = vec![sigproc_row(report.id, run, sibling.as_ref())?];
    rows.extend(Category::ALL[1..].iter().map(|category| local_row(report, *category)));
    Ok(rows)
}

/// The file records of a report that was known without any. What its run knows of the signal files holds for it
/// too, their size included (api.md rule 46).
pub(crate) async fn of_untracked_report(
    tx: &mut Tx,
    report: &ResultRow,
    run: &ExperimentRow,
) -> Result<Vec<CategoryRow>> {
    let mut rows = of_new_report(tx, report, run).await?;
    if let Some(sibling) = sigproc_of_run(tx, report, run).await? {
        rows[0] = CategoryRow { result_id: report.id, ..sibling };
    }
    Ok(rows)
}

/// The signal files' record of another report of the run.
async fn sigproc_of_run(tx: &mut Tx, report: &ResultRow, run: &ExperimentRow) -> Result<Option<CategoryRow>> {
    let others = Query::select()
        .column(Results::Id)
        .from(Results::Table)
        .and_where(Expr::col(Results::ExperimentId).eq(run.id))
        .and_where(Expr::col(Results::Id).ne(report.id))
        .to_owned();
    let mut query = records::select::<CategoryRow>();
    query
        .and_where(Expr::col(CategoryStates::Category).eq(SIGPROC))
        .and_where(Expr::col(CategoryStates::ResultId).in_subquery(others))
        .order_by(CategoryStates::ResultId, Order::Asc)
        .limit(1);
    tx.first(&query).await?.map(|row| CategoryRow::read(&row)).transpose()
}

/// For each run, the signal files' record of its report with the lowest id.
async fn sigproc_of_runs(tx: &mut Tx, runs: &HashMap<i64, i64>) -> Result<HashMap<i64, CategoryRow>> {
    let mut reports: Vec<i64> = runs.keys().copied().collect();
    reports.sort_unstable();
    let mut found = HashMap::new();
    for part in reports.chunks(IN_ONE_LIST) {
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::Category).eq(SIGPROC))
            .and_where(Expr::col(CategoryStates::ResultId).is_in(part.iter().copied()))
            .order_by(CategoryStates::ResultId, Order::Asc)
            .to_owned();
        for row in records::read_all::<CategoryRow>(&tx.all(&query).await?)? {
            if let Some(run) = runs.get(&row.result_id) {
                found.entry(*run).or_insert(row);
            }
        }
    }
    Ok(found)
}

fn sigproc_row(result_id: i64, run: &ExperimentRow, sibling: Option<&CategoryRow>) -> Result<CategoryRow> {
    let mut row = empty_row(result_id, Category::Sigproc, run.date_us);
    row.keep = run.storage_options == KEEP;
    if let Some(sibling) = sibling {
        row.state.clone_from(&sibling.state);
        row.archive_path.clone_from(&sibling.archive_path);
        row.archive_path_bytes.clone_from(&sibling.archive_path_bytes);
        // What is archived or deleted can not be measured any more; the run's last measure is all there is.
        if state_of(sibling)?.disposed() {
            (row.diskspace, row.files) = (sibling.diskspace, sibling.files);
            (row.report_mb, row.run_mb, row.linked_mb) =
                (sibling.report_mb, sibling.run_mb, sibling.linked_mb);
            row.measured_us = sibling.measured_us;
        }
    }
    Ok(row)
}

fn local_row(report: &ResultRow, category: Category) -> CategoryRow {
    empty_row(report.id, category, report.time_stamp_us)
}

fn empty_row(result_id: i64, category: Category, created_us: i64) -> CategoryRow {
    CategoryRow {
        result_id,
        category: category.index() as i64,
        state: State::Local.code().to_owned(),
        keep: false,
        diskspace: None,
        report_mb: None,
        run_mb: None,
        linked_mb: None,
        files: None,
        archive_path: None,
        archive_path_bytes: None,
        in_use: None,
        created_us,
        measured_us: None,
    }
}
