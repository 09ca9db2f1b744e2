//! `/api/v1/volumes`: storage roots, how full they are, and how much of them is kept.

use axum::Json;
use axum::extract::State;
use runstow_catalog::{self as catalog, KeptOnVolume};
use runstow_engine::moves::{Vanished, vanished};
use runstow_lifecycle::Megabytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::instant::Instant;
use super::path::Id;
use super::problem::Problem;
use crate::app::App;

/// A storage root.
#[derive(Serialize, ToSchema)]
pub(super) struct Volume {
    /// Its number.
    id: i64,
    /// What people call it.
    name: String,
    /// What it holds: `runs`, `reports` or `archive`.
    #[schema(pattern = "^(runs|reports|archive)$")]
    kind: &'static str,
    /// Where it is mounted.
    path: String,
    /// `ready`, `missing` or `unproven`.
    #[schema(pattern = "^(ready|missing|unproven)$")]
    status: &'static str,
    /// Why it is not ready; empty when it is.
    status_reason: String,
    /// Its size in bytes.
    total_bytes: Option<u64>,
    /// Bytes that can still be written.
    available_bytes: Option<u64>,
    /// How full it is, in percent.
    used_percent: Option<f64>,
    /// MB of 2^20 bytes of kept files on it, as far as measured.
    kept_mb: f64,
    /// How much of the used part is kept, in percent.
    kept_percent: Option<f64>,
    /// Why nothing is removed there: much of it vanished at once, and no admin has said that it is right so.
    vanished: Option<String>,
    /// When it was last examined.
    checked: Option<Instant>,
}

/// All storage roots.
#[derive(Serialize, ToSchema)]
pub(super) struct Volumes {
    /// By number.
    items: Vec<Volume>,
}

impl Volume {
    fn of(volume: catalog::Volume, kept: KeptOnVolume, vanished: Option<&Vanished>) -> Self {
        let catalog::Volume { id, facts, checked_us } = volume;
        let used =
            facts.total_bytes.zip(facts.available_bytes).map(|(all, free)| (all, all.saturating_sub(free)));
        let percent = |part: f64, all: u64| (all > 0).then(|| part / Megabytes::from_bytes(all).0 * 100.0);
        Self {
            id,
            kind: facts.kind.name(),
            status: facts.status.name(),
            used_percent: used.and_then(|(all, used)| percent(Megabytes::from_bytes(used).0, all)),
            kept_mb: kept.mb,
            kept_percent: used.and_then(|(_, used)| percent(kept.mb, used)),
            name: facts.name,
            path: facts.path,
            status_reason: facts.status_reason,
            vanished: vanished.map(Vanished::reason),
            total_bytes: facts.total_bytes,
            available_bytes: facts.available_bytes,
            checked: checked_us.map(Instant),
        }
    }
}

async fn all(app: &App, version: i64) -> Result<Vec<Volume>, Problem> {
    let kept = app.api.kept(app, version).await?;
    let volumes = app.catalog().volumes().await?;
    let gone = vanished(app.catalog()).await?;
    let with_kept = |volume: catalog::Volume| {
        let kept = kept.get(&volume.id).copied().unwrap_or_default();
        let gone = gone.get(&volume.id);
        Volume::of(volume, kept, gone)
    };
    Ok(volumes.into_iter().map(with_kept).collect())
}

/// List storage volumes
#[utoipa::path(get, path = "/api/v1/volumes", operation_id = "listVolumes", tag = "storage",
    responses((status = 200, description = "All storage roots.", body = Volumes)))]
pub(super) async fn list(caller: Caller, State(app): State<App>) -> Result<Json<Volumes>, Problem> {
    Ok(Json(Volumes { items: all(&app, caller.version).await? }))
}

/// One storage volume
#[utoipa::path(get, path = "/api/v1/volumes/{id}", operation_id = "getVolume", tag = "storage",
    params(("id" = i64, Path, description = "The volume's number.", minimum = 1)),
    responses((status = 200, description = "The storage root.", body = Volume)))]
pub(super) async fn show(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<Volume>, Problem> {
    let found = all(&app, caller.version).await?.into_iter().find(|volume| volume.id == id);
    found.map(Json).ok_or_else(|| Problem::no_such("volume", id))
}

/// Acknowledge what is missing
///
/// Where more than one in a hundred of a volume's runs and reports is missing, nothing is removed until a scan finds them again or
/// somebody says that it is right so. This says so for what is missing now; what vanishes later is not covered.
#[utoipa::path(post, path = "/api/v1/volumes/{id}/acknowledge-missing", operation_id = "acknowledgeMissing", tag = "storage",
    params(("id" = i64, Path, description = "The volume's number.", minimum = 1)),
    responses((status = 200, description = "Acknowledged.", body = Volume)))]
pub(super) async fn acknowledge_missing(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<Volume>, Problem> {
    let there = app.catalog().volumes().await?.iter().any(|volume| volume.id == id);
    if there {
        // What a scan does not find from now on is not covered.
        let missing = app.catalog().missing().await?;
        if let Some(newest) = missing.iter().map(|lost| lost.since_us).max() {
            app.catalog().acknowledge_missing(id, &caller.account()?.username, newest).await?;
        }
    }
    show(caller, State(app), Id(id)).await
}
