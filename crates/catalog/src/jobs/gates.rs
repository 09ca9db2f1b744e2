//! Gates that were open when a job was asked for and may have shut since (lifecycle.md §3).

use runstow_lifecycle::{Category, JobAction, State};
use sea_query::{Expr, ExprTrait};

use super::job::{Told, category_of, course_of};
use super::marks;
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, CategoryRow, ExperimentRow, JobRow, Record as _};
use crate::registry::state_of;
use crate::tables::{CategoryStates, Experiments};

/// Why a job may not begin any more, though nothing of it has been done.
pub(super) async fn shut(tx: &mut Tx, row: &JobRow) -> Result<Option<Told>> {
    let course = course_of(row)?;
    // Only what takes files from their place; what is archived stays as it is whatever becomes of the run.
    if !course.action().needs_free_files() || course.from().place() != State::Local {
        return Ok(None);
    }
    match unfinished(tx, row).await? {
        Some(told) => Ok(Some(told)),
        None => linked(tx, row).await,
    }
}

/// Gate 2. Where the signal files are gone, so are the markers that would say that the run is finished.
async fn unfinished(tx: &mut Tx, row: &JobRow) -> Result<Option<Told>> {
    if row.unfinished_confirmed {
        return Ok(None);
    }
    let query = records::select::<ExperimentRow>()
        .and_where(Expr::col(Experiments::Id).eq(row.experiment_id))
        .to_owned();
    let Some(run) = tx.first(&query).await?.map(|row| ExperimentRow::read(&row)).transpose()? else {
        return Ok(None);
    };
    let signals = records::select::<CategoryRow>()
        .and_where(Expr::col(CategoryStates::ResultId).eq(row.result_id))
        .and_where(Expr::col(CategoryStates::Category).eq(Category::Sigproc.index() as i64))
        .to_owned();
    let signals = tx.first(&signals).await?.map(|row| CategoryRow::read(&row)).transpose()?;
    let disposed = signals.as_ref().map(state_of).transpose()?.is_some_and(State::disposed);
    Ok((!run.finished && !disposed).then(|| {
        let why = if run.finished_reason.is_empty() { "no scan has found its end" } else { &run.finished_reason };
        let text = format!(
            "nothing proves any more that run {} is finished ({why}), and nothing was done: plan again when it is",
            run.id
        );
        Told::new("unfinished", text)
    }))
}

/// Gate 4. Those that were there when it was asked for were confirmed.
async fn linked(tx: &mut Tx, row: &JobRow) -> Result<Option<Told>> {
    if course_of(row)?.action() != JobAction::Delete || category_of(row)? != Category::Basecall {
        return Ok(None);
    }
    let new: Vec<String> =
        marks::newcomers(tx, row).await?.iter().map(|mark| mark.report.to_string()).collect();
    Ok((!new.is_empty()).then(|| {
        let text = format!(
            "report {} came since this was asked for and uses these files too, and nothing was done: plan again",
            new.join(", ")
        );
        Told::new("linked", text)
    }))
}
