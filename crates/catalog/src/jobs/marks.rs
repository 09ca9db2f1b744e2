//! The categories that a job holds, and the states that they show.

use std::collections::BTreeMap;

use runstow_lifecycle::{Category, Course, JobAction, JobStatus, State};
use sea_query::{Expr, ExprTrait, Order, Query};

use super::job::{category_of, course, course_of, status_of};
use crate::db::Tx;
use crate::error::Result;
use crate::events::{self, About};
use crate::records::{self, JobMarkRow, JobRow};
use crate::registry::state_named;
use crate::tables::{CategoryStates, JobMarks, Results};

/// Ids in one statement.
pub(super) const PART: usize = 4000;

/// A report that shows what becomes of the job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) report: i64,
    pub(super) course: Course,
}

impl Mark {
    fn row(&self, job: &JobRow) -> JobMarkRow {
        let previous_state = self.course.from().code().to_owned();
        JobMarkRow { result_id: self.report, category: job.category, job_id: job.id, previous_state }
    }
}

/// The marks of a job. Reports that have come since then and share its files get marks now.
pub(super) async fn of_job(tx: &mut Tx, row: &JobRow) -> Result<Vec<Mark>> {
    let query = records::select::<JobMarkRow>()
        .and_where(Expr::col(JobMarks::JobId).eq(row.id))
        .order_by(JobMarks::ResultId, Order::Asc)
        .to_owned();
    let mut marks = Vec::new();
    for mark in records::read_all::<JobMarkRow>(&tx.all(&query).await?)? {
        marks.push(Mark { report: mark.result_id, course: course(row, &mark.previous_state)? });
    }
    let joins = match category_of(row)? {
        Category::Sigproc => true,
        // Nobody has confirmed that a delete takes the files from these too: it does not begin.
        Category::Basecall => course_of(row)?.action() != JobAction::Delete || row.begun_us.is_some(),
        Category::Output | Category::Misc => false,
    };
    if joins {
        let new = newcomers(tx, row).await?;
        let rows: Vec<JobMarkRow> = new.iter().map(|mark| mark.row(row)).collect();
        records::insert(tx, &rows).await?;
        show(tx, row, &new, status_of(row)?, row.begun_us.is_some()).await?;
        marks.extend(new);
    }
    Ok(marks)
}

/// Reports that have come since the job was asked for and share its files: of the run for signal files, and for basecalling
/// input those that were analysed again from it.
pub(super) async fn newcomers(tx: &mut Tx, row: &JobRow) -> Result<Vec<Mark>> {
    let share = match category_of(row)? {
        Category::Sigproc => None,
        Category::Basecall if course_of(row)?.action().moves() => {
            Some(Expr::col((Results::Table, Results::ParentId)).eq(row.result_id))
        }
        _ => return Ok(Vec::new()),
    };
    let state = |column| Expr::col((CategoryStates::Table, column));
    let held = Query::select()
        .column(JobMarks::ResultId)
        .from(JobMarks::Table)
        .and_where(Expr::col(JobMarks::Category).eq(row.category))
        .to_owned();
    let query = Query::select()
        .columns([CategoryStates::ResultId, CategoryStates::State].map(|c| (CategoryStates::Table, c)))
        .from(CategoryStates::Table)
        .inner_join(
            Results::Table,
            Expr::col((Results::Table, Results::Id))
                .equals((CategoryStates::Table, CategoryStates::ResultId)),
        )
        .and_where(Expr::col((Results::Table, Results::ExperimentId)).eq(row.experiment_id))
        .and_where(state(CategoryStates::Category).eq(row.category))
        .and_where(state(CategoryStates::ResultId).not_in_subquery(held))
        .and_where_option(share)
        .to_owned();
    let whole = course_of(row)?;
    let mut new = Vec::new();
    for found in tx.all(&query).await? {
        let (report, code): (i64, String) = (found.get(0)?, found.get(1)?);
        let state = state_named(&code, report)?;
        // It took the state of a report of the run, when it came: in process, or the one before that.
        let previous = if state.in_process() || state == State::Error { whole.from() } else { state };
        let Ok(course) = Course::new(whole.action(), previous) else { continue };
        if previous.place() == whole.from().place() {
            new.push(Mark { report, course });
        }
    }
    Ok(new)
}

/// Writes the state that the marked categories show in a status.
pub(super) async fn show(
    tx: &mut Tx,
    row: &JobRow,
    marks: &[Mark],
    status: JobStatus,
    begun: bool,
) -> Result<()> {
    let states = marks.iter().filter(|mark| mark.course.action().moves());
    let states = states.map(|mark| (mark.report, mark.course.shown(status, begun)));
    write_states(tx, row.category, states).await
}

/// Writes states of one category.
pub(super) async fn write_states(
    tx: &mut Tx,
    category: i64,
    states: impl Iterator<Item = (i64, State)>,
) -> Result<()> {
    let mut by_state: BTreeMap<State, Vec<i64>> = BTreeMap::new();
    states.for_each(|(report, state)| by_state.entry(state).or_default().push(report));
    for (state, reports) in by_state {
        for part in reports.chunks(PART) {
            let query = Query::update()
                .table(CategoryStates::Table)
                .value(CategoryStates::State, state.code())
                .and_where(Expr::col(CategoryStates::Category).eq(category))
                .and_where(Expr::col(CategoryStates::ResultId).is_in(part.iter().copied()))
                .and_where(Expr::col(CategoryStates::State).ne(state.code()))
                .to_owned();
            tx.run(&query).await?;
        }
    }
    Ok(())
}

/// Lets go of the categories: other jobs may have them.
pub(super) async fn release(tx: &mut Tx, job: i64) -> Result<()> {
    let query =
        Query::delete().from_table(JobMarks::Table).and_where(Expr::col(JobMarks::JobId).eq(job)).to_owned();
    tx.run(&query).await.map(drop)
}

/// Adds an event to each marked report.
pub(super) async fn tell(tx: &mut Tx, marks: &[Mark], text: &str, by: &str) -> Result<()> {
    let events = marks.iter().map(|mark| (About::Result, mark.report, text.to_owned())).collect();
    events::add_all(tx, events, by).await.map(drop)
}

/// “Archive of Output Files”.
pub(super) fn title(row: &JobRow) -> Result<String> {
    Ok(format!("{} of {}", course_of(row)?.action().noun(), category_of(row)?.ts_name()))
}
