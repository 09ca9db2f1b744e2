//! What is known of the reports that jobs are asked for.

use std::collections::{BTreeSet, HashMap};

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::super::marks::{Mark, PART};
use super::{NewJob, Refusal};
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, JobMarkRow};
use crate::registry::state_named;
use crate::tables::{CategoryStates, Experiments, JobMarks, Results};

/// Runs, states and holders of all reports that a request concerns.
#[derive(Default)]
pub(super) struct Facts {
    runs: HashMap<i64, i64>,
    reports_of: HashMap<i64, Vec<i64>>,
    states: HashMap<(i64, i64), State>,
    holders: HashMap<(i64, i64), i64>,
}

impl Facts {
    /// Reads them in a few statements, however many jobs there are.
    pub(super) async fn read(tx: &mut Tx, jobs: &[NewJob]) -> Result<Self> {
        let mut facts = Self::default();
        let named: BTreeSet<i64> =
            jobs.iter().flat_map(|job| job.also_marks.iter().copied().chain([job.report_id])).collect();
        facts.read_runs(tx, Results::Id, &named).await?;
        let signal = jobs.iter().filter(|job| job.category == Category::Sigproc);
        let runs: BTreeSet<i64> = signal.filter_map(|job| facts.runs.get(&job.report_id).copied()).collect();
        facts.read_runs(tx, Results::ExperimentId, &runs).await?;
        for (report, run) in &facts.runs {
            facts.reports_of.entry(*run).or_default().push(*report);
        }
        facts.reports_of.values_mut().for_each(|reports| reports.sort_unstable());

        let reports: Vec<i64> = facts.runs.keys().copied().collect();
        for part in reports.chunks(PART) {
            let query = Query::select()
                .columns([CategoryStates::ResultId, CategoryStates::Category])
                .column(CategoryStates::State)
                .from(CategoryStates::Table)
                .and_where(Expr::col(CategoryStates::ResultId).is_in(part.iter().copied()))
                .to_owned();
            for row in tx.all(&query).await? {
                let (report, category): (i64, i64) = (row.get(0)?, row.get(1)?);
                facts.states.insert((report, category), state_named(&row.get::<String>(2)?, report)?);
            }
            let query = records::select::<JobMarkRow>()
                .and_where(Expr::col(JobMarks::ResultId).is_in(part.iter().copied()))
                .to_owned();
            for mark in records::read_all::<JobMarkRow>(&tx.all(&query).await?)? {
                facts.holders.insert((mark.result_id, mark.category), mark.job_id);
            }
        }
        Ok(facts)
    }

    async fn read_runs(&mut self, tx: &mut Tx, by: Results, ids: &BTreeSet<i64>) -> Result<()> {
        let ids: Vec<i64> = ids.iter().copied().collect();
        for part in ids.chunks(PART) {
            for row in tx.all(&shown_reports(by, part)).await? {
                self.runs.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(())
    }

    /// The run of a report that is there.
    pub(super) fn run_of(&self, report: i64) -> i64 {
        self.runs.get(&report).copied().unwrap_or_default()
    }

    /// The state of a category.
    pub(super) fn state(&self, report: i64, category: Category) -> Result<State, Refusal> {
        if !self.runs.contains_key(&report) {
            return Err(Refusal::NoReport { report });
        }
        let state = self.states.get(&(report, category.index() as i64));
        state.copied().ok_or(Refusal::NoFiles { report, category })
    }

    /// The job that holds a category.
    pub(super) fn holder(&self, report: i64, category: Category) -> Option<i64> {
        self.holders.get(&(report, category.index() as i64)).copied()
    }

    /// The report of a job and all that share its files.
    pub(super) fn sharers(&self, job: &NewJob) -> Vec<i64> {
        let mut all: BTreeSet<i64> = job.also_marks.iter().copied().chain([job.report_id]).collect();
        if job.category == Category::Sigproc {
            all.extend(self.reports_of.get(&self.run_of(job.report_id)).into_iter().flatten());
        }
        all.into_iter().collect()
    }

    /// Notes that a job of this request holds these categories.
    pub(super) fn take(&mut self, marks: &[Mark], category: Category, job: i64) {
        for mark in marks {
            self.holders.insert((mark.report, category.index() as i64), job);
        }
    }
}

/// Reports with their runs, as lists show them (api.md rule 10).
fn shown_reports(by: Results, ids: &[i64]) -> SelectStatement {
    Query::select()
        .columns([(Results::Table, Results::Id), (Results::Table, Results::ExperimentId)])
        .from(Results::Table)
        .inner_join(
            Experiments::Table,
            Expr::col((Experiments::Table, Experiments::Id)).equals((Results::Table, Results::ExperimentId)),
        )
        .and_where(Expr::col((Experiments::Table, Experiments::ExpDir)).ne(""))
        .and_where(Expr::col((Results::Table, by)).is_in(ids.iter().copied()))
        .order_by((Results::Table, Results::Id), Order::Asc)
        .to_owned()
}
