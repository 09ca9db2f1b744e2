//! Keep with its reasons, and holds.

use runstow_lifecycle::Category;

use super::super::scalars::{Id, StorageOptions, Time};
use super::super::shape::{HoldEntry, KeepEntry, RunKeepEntry};
use crate::records::{CategoryKeepRow, HoldRow, RunKeepRow};

pub(in crate::neutral) fn run_keep_row(experiment_id: i64, entry: RunKeepEntry) -> RunKeepRow {
    let RunKeepEntry { owner, reason, since, expires, former_options } = entry;
    RunKeepRow {
        experiment_id,
        owner,
        reason,
        since_us: since.0,
        expires_us: expires.map(|time| time.0),
        former_options: former_options.0,
    }
}

pub(in crate::neutral) fn run_keep_entry(row: RunKeepRow) -> RunKeepEntry {
    let RunKeepRow { experiment_id: _, owner, reason, since_us, expires_us, former_options } = row;
    let (since, expires) = (Time(since_us), expires_us.map(Time));
    RunKeepEntry { owner, reason, since, expires, former_options: StorageOptions(former_options) }
}

pub(in crate::neutral) fn category_keep_row(
    result_id: i64,
    category: Category,
    entry: KeepEntry,
) -> CategoryKeepRow {
    let KeepEntry { owner, reason, since, expires } = entry;
    let (category, expires_us) = (category.index() as i64, expires.map(|time| time.0));
    CategoryKeepRow { result_id, category, owner, reason, since_us: since.0, expires_us }
}

pub(in crate::neutral) fn keep_entry(row: CategoryKeepRow) -> KeepEntry {
    let CategoryKeepRow { result_id: _, category: _, owner, reason, since_us, expires_us } = row;
    KeepEntry { owner, reason, since: Time(since_us), expires: expires_us.map(Time) }
}

pub(in crate::neutral) fn hold_row(entry: HoldEntry) -> HoldRow {
    HoldRow {
        id: entry.id.0,
        result_id: entry.result.map(|id| id.0),
        experiment_id: entry.experiment.map(|id| id.0),
        who: entry.who,
        reason: entry.reason,
        since_us: entry.since.0,
        expires_us: entry.expires.map(|time| time.0),
    }
}

pub(in crate::neutral) fn hold_entry(row: HoldRow) -> HoldEntry {
    HoldEntry {
        id: Id(row.id),
        result: row.result_id.map(Id),
        experiment: row.experiment_id.map(Id),
        who: row.who,
        reason: row.reason,
        since: Time(row.since_us),
        expires: row.expires_us.map(Time),
    }
}
