//! Delete: into the trash, from where it can be brought back.

use std::path::PathBuf;

use runstow_catalog::{ArchivePlace, Job, NewTrash, StoredPath, TrashChange, times};
use runstow_lifecycle::Action;
use runstow_storage::Failure;
use runstow_storage::plan::Digest;
use runstow_storage::transfer::Removal;
use runstow_storage::trash::{self, Delete};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Finished, InTrash, Root, text};
use crate::files::Classifiers;
use crate::moves::hand::Hand;
use crate::moves::subject::Subject;

/// The order of a delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct DeleteOrder {
    /// Names it in the trash.
    pub(in crate::moves) journal: Uuid,
    /// The folder whose trash holds the plan.
    pub(in crate::moves) home: PathBuf,
    /// The storage roots of the start folders.
    pub(in crate::moves) roots: Vec<Root>,
    /// The plan that was agreed to.
    pub(in crate::moves) agreed: Option<Digest>,
    /// Folders that become empty are removed.
    pub(in crate::moves) tidy: bool,
    /// It stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub(in crate::moves) stays_in_trash: bool,
}

impl DeleteOrder {
    fn in_trash(&self) -> InTrash {
        let Self { journal, home, roots, tidy, .. } = self;
        InTrash { journal: *journal, home: home.clone(), roots: roots.clone(), tidy: *tidy }
    }

    pub(super) fn carry_out(
        &self,
        job: &Job,
        subject: &Subject,
        classifiers: &Classifiers,
        hand: &Hand,
    ) -> Result<Finished, Failure> {
        let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
        let name = self.journal.to_string();
        let done = trash::put(
            &Delete {
                job: &name,
                fence: u64::try_from(job.fence).unwrap_or_default(),
                home: &self.home,
                selection: subject.selection(Action::Delete, classifier),
                roots: &Root::targets(&self.roots),
                agreed: self.agreed,
                removal: Removal { tidy: self.tidy },
            },
            hand,
        )?;
        let options = serde_json::to_string(&self.in_trash())
            .map_err(|error| Failure::NotRecorded(error.to_string()))?;
        let trash = NewTrash {
            folder: StoredPath::from(done.folder.as_path()),
            options,
            files: i64::try_from(done.files).unwrap_or(i64::MAX),
            bytes: i64::try_from(done.bytes).unwrap_or(i64::MAX),
            due_us: (!self.stays_in_trash).then(times::now_us),
        };
        let place = if self.stays_in_trash {
            format!(
                "{} files, {} bytes, in the trash until they are purged; `runstow restore {}` brings them back",
                done.files, done.bytes, job.report_id
            )
        } else {
            format!("{} files, {} bytes", done.files, done.bytes)
        };
        Ok(Finished {
            archive: ArchivePlace::Unchanged,
            trash: TrashChange::Put(trash),
            result: json!({
                "trash": text(&done.folder),
                "files": done.files,
                "bytes": done.bytes,
                "reclaimable_bytes": done.bytes,
                "kept": done.kept,
                "left_alone": done.left_alone,
            }),
            summary: place,
        })
    }

    /// Everything goes back to its place.
    pub(super) fn take_back(&self, hand: &Hand) -> Result<bool, Failure> {
        self.in_trash().with(|place| {
            if trash::is_planned(place)? {
                trash::back(place, &hand.undoing())?;
            }
            trash::forget(place)
        })?;
        Ok(true)
    }
}
