//! Reports with their run and the state of their four file categories.

mod flat;

use sea_query::{
    Alias, CaseStatement, Condition as Where, Expr, ExprTrait, JoinType, Query, SelectStatement,
};

use super::resource::stored::{Listed, Sql, StoredColumn};
use super::{Column, ColumnKind, Resource, predicate};
use crate::pattern::Pattern;
use crate::registry::KEEP;
use crate::tables::{CategoryStates, Experiments, Results};
use flat::FlatReport;

/// The kind of record: a report (result), shown with its run (experiment).
#[derive(Clone, Copy, Debug)]
pub enum Reports {}

/// A report's columns; the names are those of the compatible API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportColumn {
    /// The report's id.
    Id,
    /// The report's name.
    ResultsName,
    /// When the analysis was made.
    TimeStamp,
    /// The report's own disk use in MB of 2^20 bytes, without its run.
    Diskusage,
    /// Directory of the run.
    ExpDir,
    /// Name of the run.
    ExpName,
}

/// What a list of reports can be narrowed by, beyond its columns.
#[derive(Clone, Debug, Default)]
pub struct ReportNarrowing {
    /// The run's or the report's name matches (api.md rule 30).
    pub name: Option<Pattern>,
    /// For sigproc, basecall, output, misc: what the category's record must be like (api.md rule 31).
    pub categories: [Option<CategoryFilter>; 4],
}

/// What one category's record must be like; a report without that record never passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryFilter {
    /// One of these state codes; `None`: any.
    pub states: Option<Vec<String>>,
    /// Keep is set: on the run for sigproc, on the record for the others.
    pub kept: bool,
}

/// A report as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRow {
    /// The report's id.
    pub id: i64,
    /// The report's name.
    pub results_name: String,
    /// When the analysis was made: microseconds since 1970 UTC.
    pub time_stamp_us: i64,
    /// The report's own disk use in MB of 2^20 bytes; `None` while unknown.
    pub diskusage: Option<i64>,
    /// Whether only a thumbnail of the chip was analysed.
    pub thumbnail: bool,
    /// Name of the run.
    pub exp_name: String,
    /// Directory of the run.
    pub exp_dir: String,
    /// The run's disk use in MB of 2^20 bytes; `None` while unknown.
    pub exp_diskusage: Option<i64>,
    /// `KI` keep, `A` archive, `D` delete raw data.
    pub storage_options: String,
    /// sigproc, basecall, output, misc; `None` without a record of the category.
    pub categories: [Option<CategoryRow>; 4],
}

/// One category of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryRow {
    /// State code, e.g. `L`.
    pub state: String,
    /// The record's own Keep flag. For sigproc the run's flag counts instead: [`ReportRow::kept`].
    pub keep: bool,
    /// MB of 2^20 bytes; `None` while unmeasured.
    pub diskspace: Option<f64>,
}

impl ReportRow {
    /// Whether Keep is set for a category (0 sigproc, 1 basecall, 2 output, 3 misc); `None` without a record.
    pub fn kept(&self, category: usize) -> Option<bool> {
        let row = self.categories.get(category)?.as_ref()?;
        Some(if category == 0 { self.storage_options == "KI" } else { row.keep })
    }
}

/// The run's storage option; a `.runstow-keep` file in the run means Keep, whatever is stored (lifecycle.md §2).
fn storage_options() -> Expr {
    CaseStatement::new()
        .case(Expr::col((Experiments::Table, Experiments::KeepMarker)), KEEP)
        .finally(Expr::col((Experiments::Table, Experiments::StorageOptions)))
        .into()
}

impl Resource for Reports {
    type Column = ReportColumn;
    type Narrowing = ReportNarrowing;
    type Row = ReportRow;
}

impl Column for ReportColumn {
    fn kind(self) -> ColumnKind {
        match self {
            Self::Id | Self::Diskusage => ColumnKind::Integer,
            Self::TimeStamp => ColumnKind::Time,
            Self::ResultsName | Self::ExpDir | Self::ExpName => ColumnKind::Text,
        }
    }
}

impl StoredColumn for ReportColumn {
    fn value(self) -> Expr {
        match self {
            Self::Id => Expr::col((Results::Table, Results::Id)),
            Self::ResultsName => Expr::col((Results::Table, Results::ResultsName)),
            Self::TimeStamp => Expr::col((Results::Table, Results::TimeStampUs)),
            Self::Diskusage => Expr::col((Results::Table, Results::Diskusage)),
            Self::ExpDir => Expr::col((Experiments::Table, Experiments::ExpDir)),
            Self::ExpName => Expr::col((Experiments::Table, Experiments::ExpName)),
        }
    }

    fn time_text(self) -> Option<Expr> {
        (self == Self::TimeStamp).then(|| Expr::col((Results::Table, Results::TimeStampText)))
    }

    fn nullable(self) -> bool {
        self == Self::Diskusage
    }
}

impl Listed for Reports {
    type Record = ReportRow;
    type Extra = ReportNarrowing;
    type Flat = FlatReport;

    const NAME: &'static str = "reports";

    fn id() -> Expr {
        Expr::col((Results::Table, Results::Id))
    }

    fn find(select: &mut SelectStatement) {
        find_alone(select);
        let of_its_run =
            Expr::col((Experiments::Table, Experiments::Id)).equals((Results::Table, Results::ExperimentId));
        select.inner_join(Experiments::Table, of_its_run);
    }

    fn join(select: &mut SelectStatement) {
        for category in 0..4_i64 {
            let record = category_alias(category);
            let of_the_report = Where::all()
                .add(
                    Expr::col((record.clone(), CategoryStates::ResultId))
                        .equals((Results::Table, Results::Id)),
                )
                .add(Expr::col((record.clone(), CategoryStates::Category)).eq(category));
            select.join_as(JoinType::LeftJoin, CategoryStates::Table, record, of_the_report);
        }
    }

    fn columns() -> Vec<Expr> {
        let report =
            [Results::Id, Results::ResultsName, Results::TimeStampUs, Results::Diskusage, Results::Thumbnail];
        let run = [Experiments::ExpName, Experiments::ExpDir, Experiments::Diskusage];
        let category = [CategoryStates::State, CategoryStates::Keep, CategoryStates::Diskspace];
        let mut all: Vec<Expr> =
            report.into_iter().map(|column| Expr::col((Results::Table, column))).collect();
        all.extend(run.into_iter().map(|column| Expr::col((Experiments::Table, column))));
        all.push(storage_options());
        for number in 0..4 {
            all.extend(category.into_iter().map(|column| Expr::col((category_alias(number), column))));
        }
        all
    }

    fn record(flat: FlatReport) -> (i64, ReportRow) {
        (flat.id, flat.into())
    }

    fn narrow(extra: &ReportNarrowing, sql: Sql) -> Where {
        let mut all = Where::all();
        if let Some(pattern) = &extra.name {
            all = all.add(
                Where::any()
                    .add(predicate::matches(ReportColumn::ExpName.value(), pattern, sql.0))
                    .add(predicate::matches(ReportColumn::ResultsName.value(), pattern, sql.0)),
            );
        }
        for (category, filter) in (0_i64..).zip(&extra.categories) {
            if let Some(filter) = filter {
                all = all.add(Expr::exists(records_of(category, filter)));
                if filter.kept && category == 0 {
                    all = all.add(storage_options().eq(KEEP));
                }
            }
        }
        all
    }
}

impl ReportNarrowing {
    /// Whether its conditions name columns of the run.
    pub(super) fn asks_run(&self) -> bool {
        self.name.is_some() || self.categories[0].as_ref().is_some_and(|filter| filter.kept)
    }
}

/// Adds the reports, without their runs: a table that is not there can not tempt SQLite to read all of it.
pub(super) fn find_alone(select: &mut SelectStatement) {
    select
        .from(Results::Table)
        .and_where(Expr::col((Results::Table, Results::ExperimentId)).not_in_subquery(hidden_runs()));
}

/// Runs whose reports do not exist for lists (api.md rule 10). Asked the other way round, `exp_dir <> ''`, SQLite would
/// read all runs into a Bloom filter for each page of twenty reports.
pub(crate) fn hidden_runs() -> SelectStatement {
    Query::select()
        .column(Experiments::Id)
        .from(Experiments::Table)
        .and_where(Expr::col(Experiments::ExpDir).eq(""))
        .to_owned()
}

/// The name under which a category's record is joined.
fn category_alias(category: i64) -> Alias {
    Alias::new(format!("c{category}"))
}

/// The report's records of a category that pass the filter.
fn records_of(category: i64, filter: &CategoryFilter) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr(Expr::val(1))
        .from(CategoryStates::Table)
        .and_where(
            Expr::col((CategoryStates::Table, CategoryStates::ResultId))
                .equals((Results::Table, Results::Id)),
        )
        .and_where(Expr::col((CategoryStates::Table, CategoryStates::Category)).eq(category));
    if let Some(states) = &filter.states {
        select.and_where(
            Expr::col((CategoryStates::Table, CategoryStates::State))
                .is_in(states.iter().map(String::as_str)),
        );
    }
    if filter.kept && category != 0 {
        select.and_where(Expr::col((CategoryStates::Table, CategoryStates::Keep)).eq(true));
    }
    select
}
