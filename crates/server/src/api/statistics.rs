//! `/api/v1/statistics`: how much there is of each category in each state.

use axum::Json;
use axum::extract::State;
use runstow_lifecycle::Category;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::codes::{CategoryName, StateCode};
use super::problem::Problem;
use crate::app::App;

/// The catalog in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct Statistics {
    /// How many reports there are.
    reports: u64,
    /// How many runs have reports.
    runs: u64,
    /// Each category.
    categories: Vec<CategoryStatistics>,
}

/// One category of all reports.
#[derive(Serialize, ToSchema)]
struct CategoryStatistics {
    /// Which.
    category: CategoryName,
    /// What people call it.
    name: &'static str,
    /// Each state that any report is in.
    states: Vec<StateStatistics>,
}

/// Reports of one category in one state.
#[derive(Serialize, ToSchema)]
struct StateStatistics {
    /// The state.
    state: StateCode,
    /// How many reports.
    reports: i64,
    /// How many of them have been measured.
    measured: i64,
    /// MB of 2^20 bytes; what reports share counts once.
    size_mb: f64,
}

/// Statistics per category
#[utoipa::path(get, path = "/api/v1/statistics", operation_id = "getStatistics", tag = "storage",
    responses((status = 200, description = "The catalog in figures.", body = Statistics)))]
pub(super) async fn show(caller: Caller, State(app): State<App>) -> Result<Json<Statistics>, Problem> {
    let overview = app.overviews().at(&app, caller.version).await?;
    let categories = Category::ALL.map(|category| {
        let totals = overview.totals.iter().filter(|total| total.category == category);
        let states = totals.map(|total| StateStatistics {
            state: StateCode(total.state),
            reports: total.reports,
            measured: total.measured,
            size_mb: total.mb,
        });
        let category_name = CategoryName(category);
        CategoryStatistics { category: category_name, name: category.ts_name(), states: states.collect() }
    });
    let (reports, runs) = (overview.counts.reports, overview.counts.runs);
    Ok(Json(Statistics { reports, runs, categories: categories.into() }))
}
