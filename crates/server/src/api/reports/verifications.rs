//! `/api/v1/reports/{id}/verifications`: when the archives of a report were last read again, and what was found.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use runstow_catalog as catalog;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::codes::{CategoryName, WholenessName};
use super::super::instant::Instant;
use super::super::path::Id;
use super::super::problem::Problem;
use super::super::tagged::tagged;
use crate::app::App;

/// The last verification of a category in an archive folder.
#[derive(Serialize, ToSchema)]
struct Verification {
    /// The category.
    category: CategoryName,
    /// The archive folder.
    folder: String,
    /// What the archive is.
    outcome: WholenessName,
    /// When it was last read, all of it or a sample.
    verified: Instant,
    /// When all contents were last read; null: never, only samples.
    all_read: Option<Instant>,
    /// How many things are wrong. What they are is in the job's `result`.
    findings: i64,
    /// Files that were read.
    files: i64,
    /// Bytes of them.
    bytes: i64,
    /// The job.
    job: i64,
}

/// The verifications of a report.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Verifications {
    /// By category and folder. Archives that were never read again are not among them.
    items: Vec<Verification>,
}

impl Verification {
    fn of(known: catalog::Verification) -> Self {
        Self {
            category: CategoryName(known.category),
            folder: known.folder.text().into_owned(),
            outcome: WholenessName(known.outcome),
            verified: Instant(known.verified_us),
            all_read: known.complete_us.map(Instant),
            findings: known.findings,
            files: known.files,
            bytes: known.bytes,
            job: known.job_id,
        }
    }
}

/// A report's verifications
///
/// When each of its archives was last read again, and what was found.
#[utoipa::path(get, path = "/api/v1/reports/{id}/verifications", operation_id = "listReportVerifications",
    tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1)),
    responses((status = 200, description = "The verifications.", body = Verifications)))]
pub(in super::super) async fn list(
    State(app): State<App>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.catalog().report_entry(id).await?.ok_or_else(|| Problem::no_such("report", id))?;
    let items = app.catalog().verifications_of(id).await?.into_iter().map(Verification::of).collect();
    Ok(tagged(&headers, Verifications { items }))
}
