//! Purge: what lies in the trash goes for good, because somebody says so, because its time is over, or because room is
//! needed.

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, TrashFilter, Trashed};
use runstow_lifecycle::{JobAction, Priority};

use super::task::{InTrash, PurgeOrder};
use crate::EngineError;

/// Makes jobs that empty these entries of the trash.
///
/// # Errors
/// When the catalog can not be written, or an entry was written by another version.
pub async fn ask(
    catalog: &Catalog,
    entries: &[Trashed],
    comment: &str,
    user: &str,
    priority: Priority,
) -> Result<Enqueued, EngineError> {
    let mut jobs = Vec::new();
    for entry in entries {
        let at: InTrash = serde_json::from_str(&entry.options).map_err(|error| {
            EngineError::Broken(format!(
                "the trash of job {} was written by another version: {error}",
                entry.job
            ))
        })?;
        let order = PurgeOrder { delete: entry.job, at };
        let mut job = NewJob::new(entry.report_id, entry.category);
        job.options =
            serde_json::to_string(&order).map_err(|error| EngineError::Broken(error.to_string()))?;
        job.volume_id = entry.volume_id;
        jobs.push(job);
    }
    let batch =
        NewBatch { action: JobAction::Purge, comment: comment.to_owned(), user: user.to_owned(), priority };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}

/// The oldest entries that make up this many bytes together.
#[must_use]
pub fn oldest_for(entries: &[Trashed], bytes: u64) -> &[Trashed] {
    let mut sum = 0;
    let count = entries.iter().take_while(|entry| {
        let before = sum;
        sum += u64::try_from(entry.bytes).unwrap_or(0);
        before < bytes
    });
    &entries[..count.count()]
}

/// Makes jobs for what was not to stay in the trash at all.
///
/// # Errors
/// As [`ask`].
pub(super) async fn purge_due(catalog: &Catalog, now_us: i64) -> Result<(), EngineError> {
    let due = catalog.trash(TrashFilter { due_us: Some(now_us), ..TrashFilter::default() }).await?;
    if !due.is_empty() {
        ask(catalog, &due, "not to stay in the trash", "runstow", Priority::Manual).await?;
    }
    Ok(())
}

/// Makes jobs for what is due or has lain in the trash for this many days. Tells how many.
///
/// # Errors
/// As [`ask`].
pub async fn purge_old(catalog: &Catalog, days: u32, now_us: i64) -> Result<usize, EngineError> {
    purge_due(catalog, now_us).await?;
    let before = now_us.saturating_sub(i64::from(days) * 24 * 3600 * 1_000_000);
    let old =
        catalog.trash(TrashFilter { deleted_before_us: Some(before), ..TrashFilter::default() }).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let comment = format!("{days} days in the trash");
    let asked = ask(catalog, &old, &comment, "runstow", Priority::Automatic).await?;
    Ok(asked.jobs.iter().filter(|job| job.is_ok()).count())
}
