//! What lies in the trash.

use super::super::scalars::{Bytes, Count, Id, PathEntry, Time};
use super::super::shape::TrashEntry;
use crate::error::{CatalogError, Result};
use crate::jobs::Trashed;
use crate::records::TrashRow;

impl From<TrashEntry> for TrashRow {
    fn from(entry: TrashEntry) -> Self {
        let (folder, folder_bytes) = entry.folder.0.to_columns();
        Self {
            job_id: entry.job.0,
            result_id: entry.result.0,
            experiment_id: entry.experiment.0,
            category: entry.category.index() as i64,
            report_name: entry.report_name,
            volume_id: entry.volume.map(|id| id.0),
            folder,
            folder_bytes,
            options: entry.options,
            files: entry.files.0,
            bytes: entry.bytes.0,
            deleted_us: entry.deleted.0,
            due_us: entry.due.map(|time| time.0),
            username: entry.username,
        }
    }
}

impl TryFrom<TrashRow> for TrashEntry {
    type Error = CatalogError;

    fn try_from(row: TrashRow) -> Result<Self> {
        let trashed = Trashed::try_from(row)?;
        Ok(Self {
            job: Id(trashed.job),
            result: Id(trashed.report_id),
            experiment: Id(trashed.experiment_id),
            category: trashed.category,
            report_name: trashed.report_name,
            volume: trashed.volume_id.map(Id),
            folder: PathEntry(trashed.folder),
            options: trashed.options,
            files: Count(trashed.files),
            bytes: Bytes(trashed.bytes),
            deleted: Time(trashed.deleted_us),
            due: trashed.due_us.map(Time),
            username: trashed.user,
        })
    }
}
