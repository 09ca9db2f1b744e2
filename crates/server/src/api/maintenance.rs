//! `/api/v1/maintenance`: no job is begun while it is on; those that run come to their end.

use axum::Json;
use axum::extract::State;
use runstow_catalog::{self as catalog, times};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults};
use super::caller::Caller;
use super::instant::Instant;
use super::problem::Problem;
use crate::app::App;

/// Whether jobs are begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Maintenance {
    /// No job is begun.
    on: bool,
    /// Who has switched it on.
    by: Option<String>,
    /// Why; may be empty.
    reason: Option<String>,
    /// Since when.
    since: Option<Instant>,
}

/// Whether jobs are to be begun.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceBody {
    /// No job is to be begun.
    on: bool,
    /// Why, for everybody who waits.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    reason: Option<String>,
}

impl Maintenance {
    fn of(known: Option<catalog::Maintenance>) -> Self {
        let on = known.is_some();
        let (by, reason, since) = known
            .map(|m| (m.by, m.reason, Instant(m.since_us)))
            .map_or((None, None, None), |(by, reason, since)| (Some(by), Some(reason), Some(since)));
        Self { on, by, reason, since }
    }
}

/// Is maintenance on?
#[utoipa::path(get, path = "/api/v1/maintenance", operation_id = "getMaintenance", tag = "jobs",
    responses((status = 200, description = "Whether jobs are begun.", body = Maintenance)))]
pub(super) async fn show(State(app): State<App>) -> Result<Json<Maintenance>, Problem> {
    Ok(Json(Maintenance::of(app.catalog().maintenance().await?)))
}

/// Switch maintenance on or off
///
/// Once it is on no job is begun any more. Jobs can be asked for all the while; those that run come to their end.
#[utoipa::path(put, path = "/api/v1/maintenance", operation_id = "setMaintenance", tag = "jobs",
    request_body = MaintenanceBody,
    responses((status = 200, description = "As it is now.", body = Maintenance)))]
pub(super) async fn set(
    caller: Caller,
    State(app): State<App>,
    body::Json(body): body::Json<MaintenanceBody>,
) -> Result<Json<Maintenance>, Problem> {
    let mut faults = Faults::default();
    if let Some(reason) = &body.reason {
        faults.text("reason", reason);
    }
    faults.none()?;
    let by = caller.account()?.username.clone();
    let wanted = body.on.then(|| catalog::Maintenance {
        by,
        reason: body.reason.unwrap_or_default(),
        since_us: times::now_us(),
    });
    app.catalog().set_maintenance(wanted.as_ref()).await?;
    show(State(app)).await
}
