//! `/api/v1/reports/{id}/categories/{category}/keep`: who keeps the files, and why.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use runstow_catalog::{self as catalog, Edit, KeepWish};

use super::body::{Faults, Json};
use super::caller::Caller;
use super::codes::CategoryName;
use super::path::OfReport;
use super::problem::{Kind, Problem};
use super::reports::category::missing;
use super::reports::{Keep, KeepBody};
use super::tagged::{IfMatch, changed, tag, tagged, with_tag};
use crate::app::App;

/// Keep of a category
///
/// That of signal files belongs to the run and shows on all its reports.
#[utoipa::path(get, path = "/api/v1/reports/{id}/categories/{category}/keep", operation_id = "getKeep", tag = "keep",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category.")),
    responses((status = 200, description = "Whether it is kept, and why.", body = Keep)))]
pub(super) async fn show(
    State(app): State<App>,
    place: OfReport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let keep = app.catalog().keep(place.report, place.category).await?.ok_or_else(|| missing(&place))?;
    Ok(tagged(&headers, Keep::of(&keep)))
}

/// Keep the files
///
/// Deleting is refused while Keep is set. Setting it again changes owner, reason and end.
#[utoipa::path(put, path = "/api/v1/reports/{id}/categories/{category}/keep", operation_id = "setKeep", tag = "keep",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category.")),
    request_body = KeepBody,
    responses((status = 200, description = "Kept.", body = Keep)))]
pub(super) async fn set(
    caller: Caller,
    State(app): State<App>,
    place: OfReport,
    seen: IfMatch,
    Json(body): Json<KeepBody>,
) -> Result<Response, Problem> {
    let by = caller.account()?.username.clone();
    let mut faults = Faults::default();
    faults.text("reason", &body.reason);
    if let Some(owner) = &body.owner {
        faults.text("owner", owner);
    }
    faults.none()?;
    let expires_us = body.expires.map(|expires| expires.in_future("expires")).transpose()?;
    let wish = KeepWish { owner: body.owner.unwrap_or_else(|| by.clone()), reason: body.reason, expires_us };
    let keep = change(&app, &place, Some(wish), &by, seen).await?;
    let keep = Keep::of(&keep);
    Ok(with_tag(&tag(&keep), axum::Json(keep)))
}

/// Keep the files no longer
#[utoipa::path(delete, path = "/api/v1/reports/{id}/categories/{category}/keep", operation_id = "clearKeep",
    tag = "keep",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category.")),
    responses((status = 204, description = "The flag is cleared.")))]
pub(super) async fn clear(
    caller: Caller,
    State(app): State<App>,
    place: OfReport,
    seen: IfMatch,
) -> Result<StatusCode, Problem> {
    let by = caller.account()?.username.clone();
    let keep = change(&app, &place, None, &by, seen).await?;
    if keep.marker {
        return Err(Problem::new(
            Kind::Conflict,
            "The flag is cleared, but a file .runstow-keep in the run's folder still keeps the signal files; remove it there.",
        ));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    app: &App,
    place: &OfReport,
    wish: Option<KeepWish>,
    by: &str,
    seen: IfMatch,
) -> Result<catalog::Keep, Problem> {
    let unchanged = |keep: &catalog::Keep| seen.holds(&Keep::of(keep));
    match app.catalog().change_keep(place.report, place.category, wish, by, unchanged).await? {
        Edit::Done(keep) => Ok(keep),
        Edit::NotThere => Err(missing(place)),
        Edit::Changed => Err(changed()),
        Edit::Refused(text) => Err(Problem::new(Kind::Conflict, text)),
    }
}
