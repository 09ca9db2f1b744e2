//! `/api/v1/reports`: the list, and one report with everything about it.

pub(super) mod category;
mod entry;
pub(super) mod explain;
pub(super) mod files;
pub(super) mod filter;
pub(super) mod history;
mod listing;
pub(super) mod verifications;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use entry::{Category, Keep, KeepBody};
use entry::{Report, ReportSummary};
use listing::Listing;

use super::caller::Caller;
use super::params::Query;
use super::path::Id;
use super::problem::Problem;
use super::tagged::tagged;
use crate::app::App;

/// One page of reports.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportPage {
    /// The reports, in the order asked for.
    items: Vec<ReportSummary>,
    /// For the parameter `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many there are altogether, when asked for with `count=true`.
    total: Option<u64>,
}

/// List reports
///
/// Pages go by cursor: reports that come or go while you page neither repeat nor hide others.
#[utoipa::path(get, path = "/api/v1/reports", operation_id = "listReports", tag = "reports",
    params(listing::Documented),
    responses((status = 200, description = "One page.", body = ReportPage)))]
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<ReportPage>, Problem> {
    let found = app.catalog().browse_reports(&listing.browse).await?;
    let total = if listing.count {
        Some(app.catalog().count_browsed(caller.version, &listing.browse).await?)
    } else {
        None
    };
    let next_cursor = found.next.as_ref().map(|key| listing.cursor(key));
    let items = found.entries.iter().map(ReportSummary::of).collect();
    Ok(Json(ReportPage { items, next_cursor, total }))
}

/// One report
///
/// With its run, its categories and what protects them.
#[utoipa::path(get, path = "/api/v1/reports/{id}", operation_id = "getReport", tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1)),
    responses((status = 200, description = "The report.", body = Report)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = app.catalog().report_entry(id).await?.ok_or_else(|| Problem::no_such("report", id))?;
    Ok(tagged(&headers, Report::of(&entry)))
}
