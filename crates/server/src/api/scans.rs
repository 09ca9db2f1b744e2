//! `/api/v1/scans`: what scans of the storage found, and what they warned of.

use axum::Json;
use axum::extract::State;
use runstow_catalog as catalog;
use serde::Serialize;
use utoipa::ToSchema;

use super::instant::Instant;
use super::params::{FromQuery, Params, Query};
use super::path::Id;
use super::problem::Problem;
use crate::app::App;

/// The catalog keeps this many.
const MOST: i64 = 100;

/// A scan.
#[derive(Serialize, ToSchema)]
pub(super) struct Scan {
    /// Its number.
    id: i64,
    /// When it started.
    started: Instant,
    /// When it ended; null while it runs.
    finished: Option<Instant>,
    /// `running`, `complete`, `partial`, `stopped` or `failed`.
    #[schema(pattern = "^(running|complete|partial|stopped|failed)$")]
    outcome: &'static str,
    /// How many warnings it gave.
    warnings: i64,
    /// What it did, in figures.
    #[schema(value_type = Object)]
    summary: serde_json::Value,
}

/// The last scans.
#[derive(Serialize, ToSchema)]
pub(super) struct Scans {
    /// Latest first.
    items: Vec<Scan>,
}

/// A scan with its warnings.
#[derive(Serialize, ToSchema)]
pub(super) struct ScanWithWarnings {
    /// The scan.
    scan: Scan,
    /// What it warned of.
    warnings: Vec<Warning>,
}

/// Something that a scan could not make sense of.
#[derive(Serialize, ToSchema)]
struct Warning {
    /// The file or folder.
    path: String,
    /// What is wrong with it and what became of it.
    message: String,
}

/// How many scans.
pub(super) struct Wanted {
    limit: u64,
}

impl FromQuery for Wanted {
    fn read(params: &mut Params) -> Self {
        Self { limit: params.limit(20, MOST) }
    }
}

impl Scan {
    fn of(scan: catalog::Scan) -> Self {
        let summary = serde_json::from_str(&scan.summary).ok().filter(serde_json::Value::is_object);
        Self {
            id: scan.id,
            started: Instant(scan.started_us),
            finished: scan.finished_us.map(Instant),
            outcome: scan.outcome.name(),
            warnings: scan.warnings,
            summary: summary.unwrap_or_else(|| serde_json::json!({})),
        }
    }
}

/// List the last scans
///
/// Latest first; the last 100 are kept.
#[utoipa::path(get, path = "/api/v1/scans", operation_id = "listScans", tag = "storage",
    params(("limit" = Option<i64>, Query, description = "How many.", minimum = 1, maximum = 100)),
    responses((status = 200, description = "The last scans.", body = Scans)))]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Scans>, Problem> {
    let scans = app.catalog().last_scans(wanted.limit).await?;
    Ok(Json(Scans { items: scans.into_iter().map(Scan::of).collect() }))
}

/// One scan with its warnings
#[utoipa::path(get, path = "/api/v1/scans/{id}", operation_id = "getScan", tag = "storage",
    params(("id" = i64, Path, description = "The scan's number.", minimum = 1)),
    responses((status = 200, description = "The scan.", body = ScanWithWarnings)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id) -> Result<Json<ScanWithWarnings>, Problem> {
    let scans = app.catalog().last_scans(MOST.unsigned_abs()).await?;
    let scan = scans.into_iter().find(|scan| scan.id == id).ok_or_else(|| Problem::no_such("scan", id))?;
    let warnings = app.catalog().scan_warnings(id).await?;
    let warnings =
        warnings.into_iter().map(|warning| Warning { path: warning.path, message: warning.message });
    Ok(Json(ScanWithWarnings { scan: Scan::of(scan), warnings: warnings.collect() }))
}
