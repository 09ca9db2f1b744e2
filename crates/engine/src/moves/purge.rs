//! Purge: what lies in the trash goes for good, because somebody says so, because its time is over, or because room is
//! needed.

mod clock;

use std::path::PathBuf;
use std::time::Duration;

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, TrashFilter, Trashed, VolumeKind, times};
use runstow_lifecycle::{JobAction, Priority};
use runstow_storage::{Volume, uptime};

use super::task::{InTrash, PurgeOrder};
use crate::{EngineError, blocking};
use clock::Clock;

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

/// What of the trash is meant. What is left out narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// What these jobs have deleted.
    pub deletes: Vec<i64>,
    /// Of these reports.
    pub reports: Vec<i64>,
    /// Deleted before this time, in microseconds since 1970 UTC.
    pub deleted_before_us: Option<i64>,
    /// Of what is meant then, only the oldest that make up this many bytes.
    pub bytes: Option<u64>,
}

/// Was it an archived copy that was deleted? Of what is not Local again it may be the only one.
#[must_use]
pub fn was_archived(entry: &Trashed) -> bool {
    serde_json::from_str::<InTrash>(&entry.options).is_ok_and(|at| at.archive)
}

/// Finds what is meant, oldest first.
///
/// # Errors
/// When the catalog does not answer.
pub async fn find(catalog: &Catalog, which: &Which) -> Result<Vec<Trashed>, EngineError> {
    let filter = TrashFilter { deleted_before_us: which.deleted_before_us, ..TrashFilter::default() };
    let mut entries = catalog.trash(filter).await?;
    entries.retain(|entry| {
        (which.deletes.is_empty() || which.deletes.contains(&entry.job))
            && (which.reports.is_empty() || which.reports.contains(&entry.report_id))
    });
    if let Some(bytes) = which.bytes {
        let count = oldest_for(&entries, bytes).len();
        entries.truncate(count);
    }
    Ok(entries)
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

/// When the trash is emptied by itself.
#[derive(Clone, Copy, Debug)]
pub struct TrashLimits {
    /// Days after which what was deleted goes for good; 0: never by time.
    pub keep_days: u32,
    /// How full a storage root may be, in percent, before the oldest goes; 0: never by need.
    pub full_percent: u8,
}

/// Between two looks into the trash.
const LOOKS_EVERY: Duration = Duration::from_mins(10);

/// Empties the trash by itself, until the task is aborted. By age only when the clock has gone evenly for an hour.
pub async fn empty_on_schedule(catalog: Catalog, limits: TrashLimits) {
    let (started, mut clock) = (uptime(), Clock::default());
    loop {
        let now_us = times::now_us();
        let by_age = clock.is_believed(now_us, uptime().saturating_sub(started));
        match purge_by_limits(&catalog, limits, by_age, now_us).await {
            Ok(0) => {}
            Ok(jobs) => tracing::info!(jobs, "what has lain in the trash goes for good"),
            Err(error) => tracing::warn!(%error, "the trash was not looked into; trying again"),
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

async fn purge_by_limits(
    catalog: &Catalog,
    limits: TrashLimits,
    by_age: bool,
    now_us: i64,
) -> Result<usize, EngineError> {
    let old = match limits.keep_days {
        days @ 1.. if by_age => purge_old(catalog, days, now_us).await?,
        // What was not to lie there at all goes whatever the clock says.
        _ => purge_due(catalog, now_us).await.map(|()| 0)?,
    };
    let needed =
        if limits.full_percent == 0 { 0 } else { purge_for_room(catalog, limits.full_percent).await? };
    Ok(old + needed)
}

/// Makes jobs for the oldest of what lies in the trash of each storage root that is fuller than this. Tells how many.
///
/// # Errors
/// As [`ask`].
pub async fn purge_for_room(catalog: &Catalog, full_percent: u8) -> Result<usize, EngineError> {
    let mut count = 0;
    // Archives are meant to be full: their trash goes by time, or when somebody says so.
    let volumes =
        catalog.volumes().await?.into_iter().filter(|volume| volume.facts.kind != VolumeKind::Archive);
    for volume in volumes {
        let entries =
            catalog.trash(TrashFilter { volume: Some(volume.id), ..TrashFilter::default() }).await?;
        if entries.is_empty() {
            continue;
        }
        let path = PathBuf::from(&volume.facts.path);
        // One that can not be looked at just now is not full, as far as anybody knows.
        let Ok(now) = blocking(move || Volume::look_at(&path)).await? else { continue };
        let needed = over(now.total_bytes, now.available_bytes, full_percent);
        let oldest = oldest_for(&entries, needed);
        if oldest.is_empty() {
            continue;
        }
        let comment = format!("{} is more than {full_percent} % full", volume.facts.path);
        let asked = ask(catalog, oldest, &comment, "runstow", Priority::Automatic).await?;
        count += asked.jobs.iter().filter(|job| job.is_ok()).count();
    }
    Ok(count)
}

/// Bytes that must become free so that no more than this is used.
fn over(total: u64, available: u64, full_percent: u8) -> u64 {
    let allowed = u128::from(total) * u128::from(full_percent.min(100)) / 100;
    let used = u128::from(total.saturating_sub(available));
    u64::try_from(used.saturating_sub(allowed)).unwrap_or(u64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_is_needed() {
        assert_eq!(over(1000, 100, 95), 0);
        assert_eq!(over(1000, 50, 95), 0);
        assert_eq!(over(1000, 20, 95), 30);
        assert_eq!(over(u64::MAX, 0, 50), u64::MAX - u64::MAX / 2);
        assert_eq!(over(0, 0, 95), 0);
    }
}
