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
        let done = self.at.with(|place| trash::empty(place, hand))?;
        let mut summary =
            format!("{} files, {} bytes removed from the trash for good", done.files, done.bytes);
        if !done.kept.is_empty() {
            summary += &format!(
                "; {} files were not what was deleted, stay in the folder of the trash and are listed no more: look at them",
                done.kept.len()
            );
        }
        Ok(Finished {
            archive: ArchivePlace::Unchanged,
            trash: TrashChange::Gone(self.delete),
            result: json!({ "files": done.files, "bytes": done.bytes, "kept": done.kept }),
            summary,
        })
    }
}
