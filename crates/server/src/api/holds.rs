//! `/api/v1/holds`: who uses a report or a run, so that no action touches the files.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use runstow_catalog::{self as catalog, HoldNarrowing, HoldOn, NewHold};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults};
use super::caller::Caller;
use super::cursor;
use super::instant::Instant;
use super::params::{FromQuery, Params, Query};
use super::path::Id;
use super::problem::Problem;
use super::tagged::tagged;
use crate::app::App;

/// A hold.
#[derive(Serialize, ToSchema)]
pub(super) struct Hold {
    /// Its number.
    id: i64,
    /// The report in use; null when it is on a whole run.
    report: Option<i64>,
    /// The run in use; null when it is on a report.
    run: Option<i64>,
    /// Who uses it.
    who: String,
    /// What for.
    reason: String,
    /// Since when.
    since: Instant,
    /// When it ends by itself; null: when it is released.
    expires: Option<Instant>,
}

/// One page of holds.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldPage {
    /// The holds, oldest first.
    items: Vec<Hold>,
    /// For the parameter `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// A hold to be registered: on a report, or on a run with all its reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldBody {
    /// The report in use. Either this or `run` is given.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 1)]
    report: Option<i64>,
    /// The run in use.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 1)]
    run: Option<i64>,
    /// What for.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("variant calling")
    )]
    reason: String,
    /// Who uses it, such as the name of a pipeline; you, when left out.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    who: Option<String>,
    /// When it ends by itself; when it is released, when left out.
    #[serde(default)]
    expires: Option<Instant>,
}

/// Which holds.
pub(super) struct Wanted {
    which: HoldNarrowing,
    after: i64,
    limit: u64,
}

impl FromQuery for Wanted {
    fn read(params: &mut Params) -> Self {
        let which = HoldNarrowing {
            report: params.number("report", 1..=i64::MAX),
            run: params.number("run", 1..=i64::MAX),
        };
        let after = cursor::read(params, &list_of(which)).unwrap_or_default();
        Self { which, after, limit: params.limit(100, 500) }
    }
}

fn list_of(which: HoldNarrowing) -> (&'static str, Option<i64>, Option<i64>) {
    ("holds", which.report, which.run)
}

impl Hold {
    fn of(hold: catalog::Hold) -> Self {
        let (report, run) = match hold.on {
            HoldOn::Report(report) => (Some(report), None),
            HoldOn::Run(run) => (None, Some(run)),
        };
        let (since, expires) = (Instant(hold.since_us), hold.expires_us.map(Instant));
        Self { id: hold.id, report, run, who: hold.who, reason: hold.reason, since, expires }
    }
}

/// List holds
///
/// Those that have not ended, oldest first.
#[utoipa::path(get, path = "/api/v1/holds", operation_id = "listHolds", tag = "holds",
    params(("report" = Option<i64>, Query, description = "Only those on this report itself.", minimum = 1),
        ("run" = Option<i64>, Query, description = "Only those on this run itself.", minimum = 1),
        ("limit" = Option<i64>, Query, description = "How many on a page.", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")),
    responses((status = 200, description = "One page.", body = HoldPage)))]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<HoldPage>, Problem> {
    let mut found = app.catalog().holds(wanted.which, wanted.after, wanted.limit + 1).await?;
    let more = found.len() as u64 > wanted.limit;
    found.truncate(usize::try_from(wanted.limit).unwrap_or(usize::MAX));
    let last = found.last().filter(|_| more).map(|hold| hold.id);
    let next_cursor = last.map(|last| cursor::make(&list_of(wanted.which), last));
    Ok(Json(HoldPage { items: found.into_iter().map(Hold::of).collect(), next_cursor }))
}

/// Register a hold
///
/// Until it ends, no action touches the files. Send an `Idempotency-Key`, so that a retry makes no second one.
#[utoipa::path(post, path = "/api/v1/holds", operation_id = "createHold", tag = "holds",
    request_body = HoldBody,
    responses((status = 201, description = "Registered.", body = Hold,
        headers(("Location" = String, description = "Where it is.")))))]
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    body::Json(body): body::Json<HoldBody>,
) -> Result<Response, Problem> {
    let by = caller.account()?.username.clone();
    let mut faults = Faults::default();
    let on = match (body.report, body.run) {
        (Some(report), None) => HoldOn::Report(report),
        (None, Some(run)) => HoldOn::Run(run),
        _ => {
            faults.add("report", "give either report or run");
            HoldOn::Report(0)
        }
    };
    faults.text("reason", &body.reason);
    if let Some(who) = &body.who {
        faults.text("who", who);
    }
    faults.none()?;
    let expires_us = body.expires.map(|expires| expires.in_future("expires")).transpose()?;
    let who = body.who.unwrap_or_else(|| by.clone());
    let new = NewHold { on, who, reason: body.reason, expires_us };
    let missing = || match on {
        HoldOn::Report(report) => Problem::no_such("report", report).about("report"),
        HoldOn::Run(run) => Problem::no_such("run", run).about("run"),
    };
    let hold = app.catalog().add_hold(new, &by).await?.ok_or_else(missing)?;
    let location = format!("/api/v1/holds/{}", hold.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(Hold::of(hold))).into_response())
}

/// One hold
#[utoipa::path(get, path = "/api/v1/holds/{id}", operation_id = "getHold", tag = "holds",
    params(("id" = i64, Path, description = "The hold's number.", minimum = 1)),
    responses((status = 200, description = "The hold.", body = Hold)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let hold = app.catalog().hold(id).await?.ok_or_else(|| Problem::no_such("hold", id))?;
    Ok(tagged(&headers, Hold::of(hold)))
}

/// Release a hold
#[utoipa::path(delete, path = "/api/v1/holds/{id}", operation_id = "releaseHold", tag = "holds",
    params(("id" = i64, Path, description = "The hold's number.", minimum = 1)),
    responses((status = 204, description = "Released.")))]
pub(super) async fn release(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    if app.catalog().release_hold(id, &caller.account()?.username).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::no_such("hold", id))
}
