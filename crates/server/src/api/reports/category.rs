//! `/api/v1/reports/{id}/categories/{category}`: one category of one report.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::super::codes::CategoryName;
use super::super::path::OfReport;
use super::super::problem::{Kind, Problem};
use super::super::tagged::tagged;
use super::Category;
use crate::app::App;

/// 404 for a category that a report does not have.
pub(in super::super) fn missing(place: &OfReport) -> Problem {
    let OfReport { report, category } = place;
    Problem::new(
        Kind::NotFound,
        format!("There is no report number {report} with files of category {category}."),
    )
}

/// One category of a report
#[utoipa::path(get, path = "/api/v1/reports/{id}/categories/{category}", operation_id = "getCategory",
    tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category.")),
    responses((status = 200, description = "The category.", body = Category)))]
pub(in super::super) async fn show(
    State(app): State<App>,
    place: OfReport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = app.catalog().report_entry(place.report).await?.ok_or_else(|| missing(&place))?;
    let category = Category::of(&entry, place.category).ok_or_else(|| missing(&place))?;
    Ok(tagged(&headers, category))
}
