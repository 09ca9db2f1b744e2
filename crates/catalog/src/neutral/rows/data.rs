//! Runs, reports and categories.

use runstow_lifecycle::{Category, State};

use super::super::scalars::{Count, Id, Mb, Number, PathEntry, StorageOptions, Time};
use super::super::shape::{CategoryEntries, CategoryEntry, ExperimentEntry, ResultEntry};
use crate::error::{CatalogError, Result};
use crate::records::{CategoryRow, ExperimentRow, ResultRow};
use crate::stored_path::StoredPath;
use crate::times::original_text;

pub(in crate::neutral) fn experiment_row(entry: ExperimentEntry) -> ExperimentRow {
    let (exp_dir, exp_dir_bytes) = entry.exp_dir.0.to_columns();
    ExperimentRow {
        id: entry.id.0,
        exp_name: entry.exp_name,
        exp_dir,
        exp_dir_bytes,
        date_us: entry.date.0,
        chip_type: entry.chip_type,
        platform: entry.platform,
        instrument: entry.instrument,
        storage_options: entry.storage_options.0,
        diskusage: entry.diskusage.map(|mb| mb.0),
        finished: entry.finished,
        finished_reason: entry.finished_reason,
        absent_scans: entry.absent_scans.0,
        absent_since_us: entry.absent_since.map(|time| time.0),
        seen_us: entry.seen.map(|time| time.0),
        fingerprint: entry.fingerprint,
        keep_marker: entry.keep_marker,
    }
}

pub(in crate::neutral) fn experiment_entry(row: ExperimentRow) -> ExperimentEntry {
    ExperimentEntry {
        id: Id(row.id),
        exp_name: row.exp_name,
        exp_dir: PathEntry(StoredPath::from_columns(row.exp_dir, row.exp_dir_bytes)),
        date: Time(row.date_us),
        chip_type: row.chip_type,
        storage_options: StorageOptions(row.storage_options),
        diskusage: row.diskusage.map(Count),
        platform: row.platform,
        instrument: row.instrument,
        finished: row.finished,
        finished_reason: row.finished_reason,
        keep_marker: row.keep_marker,
        absent_scans: Count(row.absent_scans),
        absent_since: row.absent_since_us.map(Time),
        seen: row.seen_us.map(Time),
        fingerprint: row.fingerprint,
        kept: None,
    }
}

/// When a category's age starts: the run's date for signal files, the report's time for the others
/// (lifecycle.md §6).
fn default_created(category: Category, run_us: i64, report_us: i64) -> i64 {
    if category == Category::Sigproc { run_us } else { report_us }
}

pub(in crate::neutral) fn result_rows(entry: ResultEntry, run_us: i64) -> (ResultRow, Vec<CategoryRow>) {
    let (report_dir, report_dir_bytes) = entry.report_dir.0.to_columns();
    let (id, report_us) = (entry.id.0, entry.time_stamp.0);
    let CategoryEntries { sigproc, basecall, output, misc } = entry.categories;
    let categories = Category::ALL.into_iter().zip([sigproc, basecall, output, misc]);
    let categories = categories
        .filter_map(|(category, entry)| {
            let created_us = default_created(category, run_us, report_us);
            Some(category_row(entry?, id, category, created_us))
        })
        .collect();
    let result = ResultRow {
        id,
        experiment_id: entry.experiment.0,
        results_name: entry.results_name,
        time_stamp_us: report_us,
        time_stamp_text: original_text(report_us),
        diskusage: entry.diskusage.map(|mb| mb.0),
        thumbnail: entry.thumbnail,
        report_dir,
        report_dir_bytes,
        parent_id: entry.parent.map(|id| id.0),
        ts_version: entry.ts_version,
        absent_scans: entry.absent_scans.0,
        absent_since_us: entry.absent_since.map(|time| time.0),
        seen_us: entry.seen.map(|time| time.0),
        fingerprint: entry.fingerprint,
    };
    (result, categories)
}

fn category_row(entry: CategoryEntry, result_id: i64, category: Category, created_us: i64) -> CategoryRow {
    let (archive_path, archive_path_bytes) =
        StoredPath::columns_of(entry.archive_path.map(|path| path.0).as_ref());
    CategoryRow {
        result_id,
        category: category.index() as i64,
        state: entry.state.code().to_owned(),
        keep: entry.keep,
        diskspace: entry.diskspace.map(|mb| mb.0),
        report_mb: entry.report_mb.map(|mb| mb.0),
        run_mb: entry.run_mb.map(|mb| mb.0),
        linked_mb: entry.linked_mb.map(|mb| mb.0),
        files: entry.files.map(|files| files.0),
        archive_path,
        archive_path_bytes,
        in_use: entry.in_use,
        created_us: entry.created.map_or(created_us, |time| time.0),
        measured_us: entry.measured.map(|time| time.0),
    }
}

/// The report as it is written. `storage_options` is the run's, whose word on Keep counts for signal files.
pub(in crate::neutral) fn result_entry(
    row: ResultRow,
    mut categories: [Option<CategoryEntry>; 4],
    storage_options: &str,
) -> ResultEntry {
    if let Some(sigproc) = &mut categories[Category::Sigproc.index()] {
        sigproc.keep = storage_options == "KI";
    }
    let [sigproc, basecall, output, misc] = categories;
    ResultEntry {
        id: Id(row.id),
        experiment: Id(row.experiment_id),
        results_name: row.results_name,
        time_stamp: Time(row.time_stamp_us),
        diskusage: row.diskusage.map(Number),
        thumbnail: row.thumbnail,
        report_dir: PathEntry(StoredPath::from_columns(row.report_dir, row.report_dir_bytes)),
        parent: row.parent_id.map(Id),
        ts_version: row.ts_version,
        absent_scans: Count(row.absent_scans),
        absent_since: row.absent_since_us.map(Time),
        seen: row.seen_us.map(Time),
        fingerprint: row.fingerprint,
        categories: CategoryEntries { sigproc, basecall, output, misc },
    }
}

pub(in crate::neutral) fn category_entry(
    row: CategoryRow,
    category: Category,
    run_us: i64,
    report_us: i64,
) -> Result<CategoryEntry> {
    let state: State = row.state.parse().map_err(|error| {
        CatalogError::Invalid(format!("the catalog holds a bad state for report {}: {error}", row.result_id))
    })?;
    let default_us = default_created(category, run_us, report_us);
    Ok(CategoryEntry {
        state,
        keep: row.keep,
        diskspace: row.diskspace.map(Mb),
        report_mb: row.report_mb.map(Mb),
        run_mb: row.run_mb.map(Mb),
        linked_mb: row.linked_mb.map(Mb),
        files: row.files.map(Count),
        archive_path: StoredPath::of_columns(row.archive_path, row.archive_path_bytes).map(PathEntry),
        in_use: row.in_use,
        created: (row.created_us != default_us).then_some(Time(row.created_us)),
        measured: row.measured_us.map(Time),
        kept: None,
    })
}
