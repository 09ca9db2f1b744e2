//! `/api/v1/trash`: what was deleted and can still be brought back, and how it goes for good.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use runstow_catalog::{self as catalog, TrashFilter, times};
use runstow_engine::moves::purge::{self, Which};
use runstow_lifecycle::{Megabytes, Priority};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults, Json};
use super::caller::Caller;
use super::codes::CategoryName;
use super::instant::Instant;
use super::jobs::{meant, sentence};
use super::problem::Problem;
use crate::app::App;

/// Microseconds of a day.
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// What one delete has put into the trash.
#[derive(Serialize, ToSchema)]
struct TrashEntry {
    /// The job of the delete.
    delete: i64,
    /// The report.
    report: i64,
    /// Its name when it was deleted.
    report_name: String,
    /// Its run.
    run: i64,
    /// The category.
    category: CategoryName,
    /// The volume whose room it takes.
    volume: Option<i64>,
    /// The folder in the trash.
    folder: String,
    /// Number of files.
    files: i64,
    /// Their size in bytes: what can be reclaimed.
    bytes: i64,
    /// When.
    deleted: Instant,
    /// Who asked for the delete.
    by: String,
    /// It was the archived copy of the category: unless that is Local again, it may be the only one.
    archived_copy: bool,
    /// It was not to stay, and goes for good at the next occasion.
    due: bool,
}

/// What lies in the trash.
#[derive(Serialize, ToSchema)]
pub(super) struct TrashList {
    /// Oldest first.
    items: Vec<TrashEntry>,
    /// Number of files in all of them.
    files: i64,
    /// What can be reclaimed, in bytes.
    bytes: i64,
}

impl TrashEntry {
    fn of(known: &catalog::Trashed) -> Self {
        Self {
            delete: known.job,
            report: known.report_id,
            report_name: known.report_name.clone(),
            run: known.experiment_id,
            category: CategoryName(known.category),
            volume: known.volume_id,
            folder: known.folder.text().into_owned(),
            files: known.files,
            bytes: known.bytes,
            deleted: Instant(known.deleted_us),
            by: known.user.clone(),
            archived_copy: purge::was_archived(known),
            due: known.due_us.is_some(),
        }
    }
}

/// List the trash
///
/// What was deleted and can still be restored. The room it takes becomes free when the trash is emptied.
#[utoipa::path(get, path = "/api/v1/trash", operation_id = "listTrash", tag = "storage",
    responses((status = 200, description = "What lies in the trash.", body = TrashList)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<TrashList>, Problem> {
    let entries = app.catalog().trash(TrashFilter::default()).await?;
    let (files, bytes) = sums(&entries);
    Ok(axum::Json(TrashList { items: entries.iter().map(TrashEntry::of).collect(), files, bytes }))
}

fn sums(entries: &[catalog::Trashed]) -> (i64, i64) {
    let sum = |each: fn(&catalog::Trashed) -> i64| entries.iter().map(each).fold(0, i64::saturating_add);
    (sum(|entry| entry.files), sum(|entry| entry.bytes))
}

/// What is to go for good.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmptyBody {
    /// Only what these jobs have deleted: the `delete` of entries.
    #[serde(default, deserialize_with = "body::wholes")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1)]
    deletes: Option<Vec<i64>>,
    /// Only of these reports.
    #[serde(default, deserialize_with = "body::wholes")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1)]
    reports: Option<Vec<i64>>,
    /// Only what was deleted more than this many days ago.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 0, maximum = 100_000)]
    older_than_days: Option<i64>,
    /// Only the oldest, as much as frees this many MB of 2^20 bytes.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 1)]
    need_mb: Option<i64>,
    /// Everything. Takes the place of all others: a request that names nothing is refused.
    #[serde(default)]
    all: bool,
    /// What to note in the history.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    comment: Option<String>,
    /// Only say what would go.
    #[serde(default)]
    dry_run: bool,
}

impl EmptyBody {
    fn which(&self) -> Result<Which, Problem> {
        let mut faults = Faults::default();
        for (field, named) in [("deletes", &self.deletes), ("reports", &self.reports)] {
            if named.as_ref().is_some_and(Vec::is_empty) {
                faults.add(field, "name at least one, or leave it out");
            }
        }
        if self.older_than_days.is_some_and(|days| !(0..=100_000).contains(&days)) {
            faults.add("older_than_days", "give 0 to 100,000 days");
        }
        if self.need_mb.is_some_and(|mb| mb < 1) {
            faults.add("need_mb", "give 1 or more");
        }
        if let Some(comment) = &self.comment {
            faults.text("comment", comment);
        }
        let narrowed = self.deletes.is_some()
            || self.reports.is_some()
            || self.older_than_days.is_some()
            || self.need_mb.is_some();
        if narrowed == self.all {
            faults.add("all", "say what is meant: deletes, reports, older_than_days, need_mb, or all of it");
        }
        faults.none()?;
        Ok(Which {
            deletes: self.deletes.clone().unwrap_or_default(),
            reports: self.reports.clone().unwrap_or_default(),
            deleted_before_us: self.older_than_days.map(|days| times::now_us() - days * DAY_US),
            bytes: self.need_mb.map(|mb| mb.unsigned_abs().saturating_mul(Megabytes::BYTES)),
        })
    }
}

/// One entry that goes for good.
#[derive(Serialize, ToSchema)]
struct EmptiedItem {
    /// What.
    entry: TrashEntry,
    /// The job that was queued for it.
    job: Option<i64>,
    /// Why no job was queued: the report has one already.
    refusal: Option<String>,
}

/// What goes for good.
#[derive(Serialize, ToSchema)]
pub(super) struct EmptiedTrash {
    /// Nothing was written.
    dry_run: bool,
    /// The number of the request; null when no job was queued.
    batch: Option<i64>,
    /// Number of files.
    files: i64,
    /// What becomes free, in bytes.
    bytes: i64,
    /// Each entry that is meant, oldest first.
    items: Vec<EmptiedItem>,
}

/// Empty the trash
///
/// Queues a job for each entry that is meant: its files are removed for good, and nobody can bring them back then. Entries of a
/// report that has another job at that time are listed with the reason and left.
#[utoipa::path(post, path = "/api/v1/trash/empty", operation_id = "emptyTrash", tag = "storage",
    request_body(content = EmptyBody, example = json!({"older_than_days": 30, "dry_run": true})),
    responses((status = 200, description = "What would go. No job was queued.", body = EmptiedTrash),
        (status = 201, description = "Jobs were queued.", body = EmptiedTrash,
            headers(("Location" = String, description = "The list of these jobs.")))))]
pub(super) async fn empty(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<EmptyBody>,
) -> Result<Response, Problem> {
    let entries = purge::find(app.catalog(), &body.which()?).await?;
    let (files, bytes) = sums(&entries);
    let items =
        entries.iter().map(|entry| EmptiedItem { entry: TrashEntry::of(entry), job: None, refusal: None });
    let mut emptied =
        EmptiedTrash { dry_run: body.dry_run, batch: None, files, bytes, items: items.collect() };
    if body.dry_run || entries.is_empty() {
        return Ok(axum::Json(emptied).into_response());
    }
    let comment = body.comment.as_deref().unwrap_or_default();
    let by = &caller.account()?.username;
    let queued = purge::ask(app.catalog(), &entries, comment, by, Priority::Manual).await?;
    for (item, outcome) in emptied.items.iter_mut().zip(queued.jobs) {
        match outcome {
            Ok(job) => item.job = Some(job),
            Err(refusal) => item.refusal = Some(sentence(&refusal.to_string())),
        }
    }
    emptied.batch = queued.batch_id;
    Ok(meant::answer(queued.batch_id, emptied))
}
