//! Delete: into the trash, from where it can be brought back.

use runstow_catalog::{ArchivePlace, NewTrash, StoredPath, TrashChange, times};
use runstow_lifecycle::Action;
use runstow_storage::Failure;
use runstow_storage::plan::{Agreed, Digest, Less};
use runstow_storage::transfer::Removal;
use runstow_storage::trash::{self, Delete};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Finished, InTrash, Of, Root, text};
use crate::moves::hand::Hand;

/// The order of a delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct DeleteOrder {
    /// Where it lies in the trash.
    pub(in crate::moves) at: InTrash,
    /// The plan that was agreed to.
    pub(in crate::moves) agreed: Option<Digest>,
    /// What other moves of the request may take first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) less: Option<Less>,
    /// It stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub(in crate::moves) stays_in_trash: bool,
}

impl DeleteOrder {
    pub(super) fn carry_out(&self, of: &Of<'_>) -> Result<Finished, Failure> {
        let Of { job, subject, hand, .. } = *of;
        let classifier = of.classifier();
        let name = self.at.journal.to_string();
        let done = trash::put(
            &Delete {
                job: &name,
                fence: of.fence(),
                home: &self.at.home,
                selection: subject.selection(Action::Delete, classifier),
                roots: &Root::targets(&self.at.roots),
                agreed: self.agreed.map(|digest| Agreed { digest, less: self.less.clone() }),
                removal: Removal { tidy: self.at.tidy },
            },
            hand,
        )?;
        let options =
            serde_json::to_string(&self.at).map_err(|error| Failure::NotRecorded(error.to_string()))?;
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
        self.at.with(|place| {
            if trash::is_planned(place)? {
                trash::back(place, &hand.undoing())?;
            }
            trash::forget(place)
        })?;
        Ok(true)
    }
}
