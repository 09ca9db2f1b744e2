//! Purge: out of the trash for good.

use runstow_catalog::{ArchivePlace, TrashChange};
use runstow_storage::{Failure, trash};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Finished, InTrash};
use crate::moves::hand::Hand;

/// The order of a purge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct PurgeOrder {
    /// The job of the delete.
    pub(in crate::moves) delete: i64,
    /// Where its files are.
    pub(in crate::moves) at: InTrash,
}

impl PurgeOrder {
    pub(super) fn carry_out(&self, hand: &Hand) -> Result<Finished, Failure> {
        hand.pass_the_point_of_return();
        let done = self.at.with(&[], |place| trash::empty(place, hand))?;
        let mut summary =
            format!("{} files, {} bytes removed from the trash for good", done.files, done.bytes);
        let mut trash = TrashChange::Gone(self.delete);
        if !done.kept.is_empty() {
            summary +=
                &format!("; {} files are no longer what was deleted and stay in the trash", done.kept.len());
            let at = InTrash { emptied: true, ..self.at.clone() };
            let options =
                serde_json::to_string(&at).map_err(|error| Failure::NotRecorded(error.to_string()))?;
            trash = TrashChange::Left {
                delete: self.delete,
                options,
                files: i64::try_from(done.kept.len()).unwrap_or(i64::MAX),
                bytes: i64::try_from(done.kept_bytes).unwrap_or(i64::MAX),
            };
        }
        Ok(Finished {
            archive: ArchivePlace::Unchanged,
            trash,
            result: json!({ "files": done.files, "bytes": done.bytes, "kept": done.kept }),
            summary,
        })
    }
}
