//! `/api/v1/reports/{id}/categories/{category}/acknowledge`: agreeing to an announced delete.

use axum::Json;
use axum::extract::State;
use runstow_catalog::Acknowledgement;

use super::caller::Caller;
use super::codes::CategoryName;
use super::path::OfReport;
use super::problem::{Kind, Problem};
use super::reports::Category;
use super::reports::category::missing;
use crate::app::App;

/// Agree to an announced delete
///
/// Moves the category from Notified to Acknowledged; from any other state it is refused with 409.
/// Signal files belong to the run: the move shows on all its reports.
#[utoipa::path(post, path = "/api/v1/reports/{id}/categories/{category}/acknowledge", operation_id = "acknowledge",
    tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category.")),
    responses((status = 200, description = "Acknowledged.", body = Category)))]
pub(super) async fn acknowledge(
    caller: Caller,
    State(app): State<App>,
    place: OfReport,
) -> Result<Json<Category>, Problem> {
    let by = &caller.account()?.username;
    match app.catalog().acknowledge(place.report, place.category, by).await? {
        Acknowledgement::Done => {}
        Acknowledgement::NotThere => return Err(missing(&place)),
        Acknowledgement::Illegal(text) => return Err(Problem::new(Kind::IllegalMove, text)),
    }
    let entry = app.catalog().report_entry(place.report).await?.ok_or_else(|| missing(&place))?;
    Category::of(&entry, place.category).map(Json).ok_or_else(|| missing(&place))
}
