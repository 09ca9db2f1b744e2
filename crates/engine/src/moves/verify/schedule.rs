//! Each archive is read again within a number of days, one after the other, the one that waited longest first.
//!
//! The archives are spread evenly over nine tenths of the time, so that one that takes long or a server that stood still for a
//! while makes nobody late. One whose time is over comes at once. Few are asked for at a time: a category that is being
//! verified can not be moved meanwhile. Workers of moves do not take these jobs, so nobody waits behind them.

use std::time::Duration;

use runstow_catalog::{Archived, Catalog, ScheduleProgress, StoredPath, times};
use runstow_lifecycle::{Category, Priority};
use runstow_storage::verify::Choice;

use super::ask::ask_at;
use super::{VerifyOrder, VerifyWish};
use crate::{EngineError, blocking};

/// Longest pause between two looks whether an archive's turn has come: one may be overdue, or there again.
const LONGEST: Duration = Duration::from_mins(5);

/// Shortest pause, however many archives there are.
const SHORTEST: Duration = Duration::from_secs(10);

/// Pause while an archive whose successor has its turn is still being read, where the turns are further apart.
const WHILE_READING: Duration = Duration::from_secs(60);

/// Archives read from the catalog at once.
const PAGE: u64 = 200;

/// Scratch space in front of tapes has this file at its root (lifecycle.md §3, gate 6): reading would fetch each tape.
const NO_SIZE_CHECK: &str = ".no_size_check";

/// Who the history names.
const WHO: &str = "schedule";

/// Asks for verifications so that each archive is read within `every`, until the task is aborted.
pub async fn verify_on_schedule(catalog: Catalog, every: Duration) {
    loop {
        match ask_due(&catalog, every, times::now_us()).await {
            Ok(jobs) if jobs.is_empty() => {}
            Ok(jobs) => tracing::info!(?jobs, "verifications asked for by the schedule"),
            Err(error) => {
                tracing::warn!(%error, "the schedule of verifications could not go on; trying again")
            }
        }
        let pause = match catalog.schedule_progress().await {
            Ok(progress) => pause(progress, every, times::now_us()),
            Err(_) => LONGEST,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Asks for what is due at a time; gives the numbers of the jobs. What is not there, or was asked for already, is left for
/// another time, and the next one comes in its place.
///
/// # Errors
/// When the catalog does not answer.
pub async fn ask_due(catalog: &Catalog, every: Duration, now_us: i64) -> Result<Vec<i64>, EngineError> {
    let progress = catalog.schedule_progress().await?;
    let mut asked = Vec::new();
    let mut left = due(progress, every, now_us);
    let overdue_before = now_us.saturating_sub(micros(every));
    let (mut skip, mut seen) = (0, std::collections::HashSet::new());
    loop {
        let page = catalog.archives_by_age(skip, PAGE).await?;
        let Some(last) = page.len().checked_sub(1) else { return Ok(asked) };
        skip += last as u64 + 1;
        for archive in page {
            let overdue = archive.complete_us.is_some_and(|read| read < overdue_before);
            if left == 0 && !(overdue && asked.is_empty() && progress.under_way == 0) {
                return Ok(asked);
            }
            if !seen.insert((archive.category, archive.folder.clone()))
                || !is_there(catalog, &archive).await?
            {
                continue;
            }
            let wish = VerifyWish { sample: None, comment: "", user: WHO, priority: Priority::Automatic };
            let wanted = ask_at(catalog, &[(archive.report_id, archive.category)], wish, now_us).await?;
            if let Some(Ok(job)) = wanted.into_iter().next().map(|wanted| wanted.job) {
                asked.push(job);
                left = left.saturating_sub(1);
            }
        }
    }
}

/// Is the archive there, on the volume that it was put on, and worth reading without being asked?
async fn is_there(catalog: &Catalog, archive: &Archived) -> Result<bool, EngineError> {
    let (report, category): (i64, Category) = (archive.report_id, archive.category);
    let folder: StoredPath = archive.folder.clone();
    let order = VerifyOrder::of(catalog, report, category, Some(folder), Choice::All).await?;
    let Some(order) = order else { return Ok(false) };
    blocking(move || {
        let folder = order.path();
        let proven = order.on.as_ref().map(|on| on.target().prove().is_ok());
        // A folder that is gone from a volume that is there is a finding.
        let there = proven.unwrap_or_else(|| folder.is_dir());
        there && !folder.ancestors().any(|above| above.join(NO_SIZE_CHECK).exists())
    })
    .await
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Microseconds from one turn to the next, at least one.
fn spacing(progress: ScheduleProgress, every: Duration) -> i64 {
    let archives = i64::try_from(progress.archives).unwrap_or(i64::MAX).max(1);
    (micros(every) / 10 * 9 / archives).max(1)
}

/// How many archives have their turn now.
fn due(progress: ScheduleProgress, every: Duration, now_us: i64) -> u64 {
    if progress.archives == 0 {
        return 0;
    }
    let spacing = spacing(progress, every);
    // One, unless the next turns come before the next look.
    let at_once = u64::try_from(micros(SHORTEST) / spacing).unwrap_or_default() + 1;
    let came = progress.last_asked_us.is_none_or(|last| now_us.saturating_sub(last) >= spacing);
    if came { at_once.saturating_sub(progress.under_way) } else { 0 }
}

/// Until the next turn.
fn pause(progress: ScheduleProgress, every: Duration, now_us: i64) -> Duration {
    let spacing = spacing(progress, every);
    let next = progress.last_asked_us.map_or(now_us, |last| last.saturating_add(spacing));
    let duration = |micros| Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    let left = next.saturating_sub(now_us);
    if left > 0 {
        return duration(left).clamp(SHORTEST, LONGEST);
    }
    // Its turn has come, and the one before is still being read: nobody need look all the time.
    duration(spacing).clamp(SHORTEST, WHILE_READING)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn of(archives: u64, under_way: u64, days_since: Option<f64>) -> u64 {
        let now = 1000 * DAY;
        let last_asked_us = days_since.map(|days| now - (days * DAY as f64) as i64);
        due(ScheduleProgress { archives, under_way, last_asked_us }, Duration::from_hours(90 * 24), now)
    }

    #[test]
    fn archives_are_spread_evenly() {
        assert_eq!(of(0, 0, None), 0);
        assert_eq!(of(9, 0, None), 1, "the first at once");
        assert_eq!(of(9, 0, Some(8.9)), 0);
        assert_eq!(of(9, 0, Some(9.1)), 1);
        assert_eq!(of(9, 1, Some(50.0)), 0, "one at a time");
        assert_eq!(of(9, 0, Some(50.0)), 1, "no burst after a pause");
    }

    #[test]
    fn very_many_archives_come_several_at_a_look() {
        // 1,000,000 in 81 days: one each 7 seconds.
        let look = Some(SHORTEST.as_secs_f64() / 86_400.0);
        assert_eq!(of(1_000_000, 0, look), 2);
        assert_eq!(of(1_000_000, 1, look), 1);
        assert_eq!(of(1_000_000, 2, look), 0);
    }

    #[test]
    fn within_the_days_each_archive_has_had_its_turn_and_not_much_before() {
        for archives in [1, 7, 400, 7751, 30_000, 1_000_000] {
            let every = Duration::from_hours(30 * 24);
            let (mut last, mut turns, mut now) = (None, 0, 0);
            while now < 30 * DAY {
                let progress = ScheduleProgress { archives, under_way: 0, last_asked_us: last };
                let due = due(progress, every, now);
                if due > 0 {
                    (last, turns) = (Some(now), turns + due);
                }
                now += micros(pause(ScheduleProgress { last_asked_us: last, ..progress }, every, now));
            }
            assert!(turns >= archives && turns <= archives * 3 / 2 + 1, "{turns} of {archives}");
        }
    }
}
