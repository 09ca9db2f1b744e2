//! How much there is of each category in each state, with what reports share counted once.

use std::collections::BTreeMap;

use runstow_lifecycle::{Category, State};
use sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, IntoColumnRef as _, Query, SelectStatement};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::query::hidden_runs;
use crate::tables::{CategoryStates, Results};

/// All records of one category in one state, over the reports that the compatible API shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoryTotal {
    /// The category.
    pub category: Category,
    /// The state.
    pub state: State,
    /// Reports with a record of the category in the state.
    pub reports: i64,
    /// Those of them that have been measured.
    pub measured: i64,
    /// MB of 2^20 bytes. What lies in the run directory counts once for each run, and what lies behind a link to
    /// another report counts there.
    pub mb: f64,
}

impl Catalog {
    /// Totals by category and state; combinations without a report are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn totals(&self) -> Result<Vec<CategoryTotal>> {
        let mut tx = self.db.snapshot().await?;
        let mut totals: BTreeMap<(Category, State), CategoryTotal> = BTreeMap::new();
        for row in tx.all(&own()).await? {
            let (category, state) = key(row.get(0)?, &row.get::<String>(1)?)?;
            let total = CategoryTotal {
                category,
                state,
                reports: row.get(2)?,
                measured: row.get(3)?,
                mb: row.get(4)?,
            };
            totals.insert((category, state), total);
        }
        for row in tx.all(&shared()).await? {
            if let Some(total) = totals.get_mut(&key(row.get(0)?, &row.get::<String>(1)?)?) {
                total.mb += row.get::<f64>(2)?;
            }
        }
        Ok(totals.into_values().collect())
    }
}

/// Counts, and the MB that belong to one report each.
fn own() -> SelectStatement {
    let measured = Func::count(state(CategoryStates::Diskspace));
    let mut query = visible();
    query
        .expr(Func::count(state(CategoryStates::ResultId)))
        .expr(measured)
        .expr(number(Func::sum(zero_if_null(own_mb().into())).into()));
    query
}

/// The MB that the reports of a run share: the largest that any of them has seen.
fn shared() -> SelectStatement {
    let (run, largest) = (Alias::new("run"), Alias::new("largest"));
    let (category, code) = (Alias::new("category"), Alias::new("state"));
    let shares: Expr = shared_mb().into();
    let mut by_run = visible();
    by_run
        .expr_as(Expr::col((Results::Table, Results::ExperimentId)), run)
        .expr_as(Func::max(shared_mb()), largest.clone())
        .inner_join(
            Results::Table,
            Expr::col((Results::Table, Results::Id))
                .equals((CategoryStates::Table, CategoryStates::ResultId)),
        )
        // Most records share nothing; grouping them all by run takes longer than all the rest.
        .and_where(shares.gt(Expr::value(0.0)))
        .add_group_by([Expr::col((Results::Table, Results::ExperimentId))]);
    Query::select()
        .columns([category.clone(), code.clone()])
        .expr(number(Func::sum(Expr::col(largest)).into()))
        .from_subquery(by_run, Alias::new("by_run"))
        .group_by_col(category)
        .group_by_col(code)
        .to_owned()
}

/// The records of reports that the compatible API shows (api.md rule 10), by category and state.
fn visible() -> SelectStatement {
    let hidden = Query::select()
        .column(Results::Id)
        .from(Results::Table)
        .and_where(Expr::col(Results::ExperimentId).in_subquery(hidden_runs()))
        .to_owned();
    Query::select()
        .columns([
            (CategoryStates::Table, CategoryStates::Category),
            (CategoryStates::Table, CategoryStates::State),
        ])
        .from(CategoryStates::Table)
        .and_where(state(CategoryStates::ResultId).not_in_subquery(hidden))
        .group_by_col((CategoryStates::Table, CategoryStates::Category))
        .group_by_col((CategoryStates::Table, CategoryStates::State))
        .to_owned()
}

/// The report's own part. A record that was loaded has only its sum: signal files belong to the run, the rest
/// to the report.
fn own_mb() -> CaseStatement {
    CaseStatement::new()
        .case(state(CategoryStates::ReportMb).is_not_null(), state(CategoryStates::ReportMb))
        .case(state(CategoryStates::Category).ne(SIGPROC), state(CategoryStates::Diskspace))
        .finally(Expr::value(0.0))
}

fn shared_mb() -> CaseStatement {
    CaseStatement::new()
        .case(state(CategoryStates::ReportMb).is_not_null(), state(CategoryStates::RunMb))
        .case(state(CategoryStates::Category).eq(SIGPROC), state(CategoryStates::Diskspace))
        .finally(Expr::value(0.0))
}

const SIGPROC: i64 = Category::Sigproc.index() as i64;

fn state(column: CategoryStates) -> Expr {
    Expr::col((CategoryStates::Table, column).into_column_ref())
}

fn zero_if_null(value: Expr) -> Expr {
    Func::coalesce([value, Expr::value(0.0)]).into()
}

/// SQLite gives a sum of nothing but integers as an integer.
fn number(value: Expr) -> Expr {
    value.cast_as(Alias::new("DOUBLE PRECISION"))
}

fn key(category: i64, state: &str) -> Result<(Category, State)> {
    let found = usize::try_from(category).ok().and_then(|at| Category::ALL.get(at).copied());
    match (found, state.parse()) {
        (Some(category), Ok(state)) => Ok((category, state)),
        _ => Err(CatalogError::Invalid(format!("the catalog holds category {category} in state {state:?}"))),
    }
}
