//! The step from pending to running, with the gates that the catalog knows.

use runstow_lifecycle::{Category, JobAction, JobStatus};
use sea_query::{Expr, ExprTrait, Query};

use super::gates;
use super::job::{self, Ticket, Told, category_of, course_of};
use super::marks::{self, Mark, PART};
use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::holds::{self, HoldOn};
use crate::records::{self, CategoryRow, ExperimentRow, JobRow, Record as _};
use crate::registry::{KEEP, Run, state_of};
use crate::tables::{CategoryStates, Experiments, Jobs, Results};

/// Whether a job may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It may: its category shows the running state. `resumed`: an earlier worker had begun it.
    Begun {
        /// Look at the journal first.
        resumed: bool,
    },
    /// A user wants it cancelled; see [`super::Lease::CancelAsked`].
    CancelAsked,
    /// The files are in use; to be told to [`Catalog::wait_job`].
    Wait(Told),
    /// It may not any more; to be told to [`Catalog::fail_job`], after undoing what an earlier worker has done.
    Refused(Told),
    /// It is not this worker's job any more.
    Lost,
}

impl Catalog {
    /// Begins a job, or goes on with it: checks once more that nobody has cancelled it, that its category is as it was
    /// left, that nobody holds the files (archive, export, delete), that they are not kept (delete, and archive unless
    /// confirmed), that its run is still finished and nobody has come to need the files (before it first begins), and moves the category to the running state, all in one transaction. A Keep or hold whose time is
    /// over counts until [`Catalog::end_expired`] has ended it, except that holds end by themselves.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn begin_job(&self, ticket: Ticket, now_us: i64) -> Result<Start> {
        let mut tx = self.db.write().await?;
        let start = begin(&mut tx, ticket, now_us).await?;
        match start {
            Start::Begun { .. } => tx.commit().await?,
            _ => tx.abandon().await?,
        }
        Ok(start)
    }
}

async fn begin(tx: &mut Tx, ticket: Ticket, now_us: i64) -> Result<Start> {
    let Some(row) = job::lock_held(tx, ticket).await? else { return Ok(Start::Lost) };
    if row.cancel_by.is_some() {
        return Ok(Start::CancelAsked);
    }
    let marks = marks::of_job(tx, &row).await?;
    if let Some(told) = changed(tx, &row, &marks).await? {
        return Ok(Start::Refused(told));
    }
    let course = course_of(&row)?;
    if course.action().needs_free_files()
        && let Some(told) = in_use(tx, &row, &marks).await?
    {
        return Ok(Start::Wait(told));
    }
    let heeds_keep = match course.action() {
        JobAction::Delete => true,
        JobAction::Archive => !row.kept_confirmed,
        _ => false,
    };
    if heeds_keep && let Some(told) = kept(tx, &row, &marks).await? {
        return Ok(Start::Refused(told));
    }
    let resumed = row.begun_us.is_some();
    if !resumed && let Some(told) = gates::shut(tx, &row).await? {
        return Ok(Start::Refused(told));
    }
    marks::show(tx, &row, &marks, JobStatus::Running, true).await?;
    if !resumed {
        tx.run(job::update(row.id).value(Jobs::BegunUs, now_us)).await?;
        let text = format!("{} begun", marks::title(&row)?);
        marks::tell(tx, &marks, &text, &row.username).await?;
    }
    Ok(Start::Begun { resumed })
}

/// Is the category gone, or another than the job has left it?
async fn changed(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Option<Told>> {
    let rows = categories(tx, row, marks).await?;
    if !rows.iter().any(|category| category.result_id == row.result_id) {
        let text = format!("report {} is not in the catalog any more, and nothing was done", row.result_id);
        return Ok(Some(Told::new("gone", text)));
    }
    for mark in marks {
        let Some(category) = rows.iter().find(|category| category.result_id == mark.report) else { continue };
        let (state, expected) =
            (state_of(category)?, mark.course.shown(JobStatus::Queued, row.begun_us.is_some()));
        // What moves nothing may begin whatever has been announced meanwhile.
        let same =
            if mark.course.action().moves() { state == expected } else { state.place() == expected.place() };
        if !same {
            let text = format!(
                "report {} is {} ({state}) now, where this job had left it {} ({expected}): somebody has \
                 changed the catalog meanwhile; ask again if the action is still wanted",
                mark.report,
                state.label(),
                expected.label()
            );
            return Ok(Some(Told::new("changed", text)));
        }
    }
    Ok(None)
}

/// Gate 2, as far as holds go. Signal files are in use as long as any report of the run is.
pub(super) async fn in_use(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Option<Told>> {
    let runs = runs_of(tx, row, marks).await?;
    let concerns = |on| match on {
        HoldOn::Run(_) => true,
        HoldOn::Report(report) => {
            row.category == Category::Sigproc.index() as i64 || marks.iter().any(|mark| mark.report == report)
        }
    };
    let holds = holds::of_runs(tx, &runs).await?;
    Ok(holds.into_iter().find(|hold| concerns(hold.on)).map(|hold| {
        let what = match hold.on {
            HoldOn::Run(run) => format!("run {run}"),
            HoldOn::Report(report) => format!("report {report}"),
        };
        let text = format!("{what} is in use by {} ({}), hold {}", hold.who, hold.reason, hold.id);
        Told::new("in-use", text)
    }))
}

/// Gate 3.
pub(super) async fn kept(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Option<Told>> {
    let category = category_of(row)?;
    if category == Category::Sigproc {
        let query = records::select::<ExperimentRow>()
            .and_where(Expr::col(Experiments::Id).eq(row.experiment_id))
            .to_owned();
        let run = tx.first(&query).await?.map(|row| ExperimentRow::read(&row)).transpose()?.map(Run::from);
        return Ok(run.filter(Run::is_kept).map(|run| {
            let how = if run.storage_options == KEEP { "Keep is set" } else { ".runstow-keep lies there" };
            Told::new("kept", format!("the signal files of run {} are kept: {how}", run.id))
        }));
    }
    let rows = categories(tx, row, marks).await?;
    Ok(rows.into_iter().find(|row| row.keep).map(|row| {
        let text = format!("{} of report {} are kept: Keep is set", category.ts_name(), row.result_id);
        Told::new("kept", text)
    }))
}

/// The records of the marked categories.
pub(super) async fn categories(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Vec<CategoryRow>> {
    let ids: Vec<i64> = marks.iter().map(|mark| mark.report).collect();
    let mut rows = Vec::new();
    for part in ids.chunks(PART) {
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::Category).eq(row.category))
            .and_where(Expr::col(CategoryStates::ResultId).is_in(part.iter().copied()))
            .to_owned();
        rows.extend(records::read_all::<CategoryRow>(&tx.all(&query).await?)?);
    }
    Ok(rows)
}

async fn runs_of(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Vec<i64>> {
    let query = Query::select()
        .distinct()
        .column(Results::ExperimentId)
        .from(Results::Table)
        .and_where(Expr::col(Results::Id).is_in(marks.iter().map(|mark| mark.report)))
        .to_owned();
    let mut runs = vec![row.experiment_id];
    for found in tx.all(&query).await? {
        runs.push(found.get(0)?);
    }
    runs.sort_unstable();
    runs.dedup();
    Ok(runs)
}
