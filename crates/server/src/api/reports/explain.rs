//! `/api/v1/reports/{id}/categories/{category}/explain`: every gate before an action, open and closed.

use axum::Json;
use axum::extract::State;
use runstow_engine::moves::{self, Request};
use runstow_lifecycle::JobAction;

use super::super::caller::Caller;
use super::super::codes::{CategoryName, JobActionName};
use super::super::jobs::planned::{Planned, Planning};
use super::super::params::{FromQuery, Params, Query};
use super::super::path::OfReport;
use super::super::problem::Problem;
use super::category::missing;
use crate::app::App;

/// What is asked about.
pub(in super::super) struct Wanted {
    action: JobAction,
    destination: Option<String>,
    files: bool,
}

impl FromQuery for Wanted {
    fn read(params: &mut Params) -> Self {
        let action = params.choice("action", &JobAction::ALL.map(|action| (action.name(), action)));
        let destination = params.text("destination");
        Self {
            action: action.unwrap_or(JobAction::Archive),
            destination,
            files: params.flag("files").unwrap_or(false),
        }
    }
}

/// Explain what speaks against an action
///
/// Every gate with its verdict and reason, and when that changes. Without `files=true` the files are not looked at, and the sums are
/// those of the last scan. Without a destination the gates about it stay open. Nothing is written.
#[utoipa::path(get, path = "/api/v1/reports/{id}/categories/{category}/explain", operation_id = "explainAction",
    tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category."),
        ("action" = Option<JobActionName>, Query, description = "What would be done; `archive` by default."),
        ("destination" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "Name or path of a configured destination; any other path takes the right `storage`."),
        ("files" = Option<bool>, Query, description = "`true` looks at the files.")),
    responses((status = 200, description = "The gates.", body = Planned)))]
pub(in super::super) async fn explain(
    caller: Caller,
    State(app): State<App>,
    place: OfReport,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Planned>, Problem> {
    let entry = app.catalog().report_entry(place.report).await?.ok_or_else(|| missing(&place))?;
    if entry.report.category(place.category).is_none() {
        return Err(missing(&place));
    }
    let planning = Planning::new(&app, &caller);
    planning.able(wanted.action)?;
    let destination = match &wanted.destination {
        Some(text) => Some(planning.destination(text, false).await?),
        None => None,
    };
    let request = Request { destination, ..Request::new(wanted.action, place.report, place.category) };
    let classifiers = app.api.classifiers()?;
    let plan = if wanted.files {
        let turn = app.api.turn().await;
        let hold = move |_: &runstow_engine::moves::PlannedEntry| {
            let _ = &turn;
        };
        moves::plan(app.catalog(), &classifiers, request, hold).await?
    } else {
        moves::outline(app.catalog(), &classifiers, request).await?
    };
    plan.as_ref().map(|plan| Json(Planned::of(plan))).ok_or_else(|| missing(&place))
}
