//! Delete: into the trash, from where it can be brought back.

use std::path::{Path, PathBuf};

use runstow_catalog::{ArchivePlace, NewTrash, StoredPath, TrashChange, times};
use runstow_lifecycle::Action;
use runstow_lifecycle::manifest::Origin;
use runstow_storage::Failure;
use runstow_storage::plan::{Agreed, Digest, Less};
use runstow_storage::transfer::Removal;
use runstow_storage::trash::{self, Delete, DeleteArchived, Trashed};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Finished, InTrash, Of, Root, text};
use crate::moves::hand::Hand;
use crate::moves::subject::Subject;

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
    /// Other reports that use the files, which was confirmed; none in orders of a version that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) linked: Option<Vec<i64>>,
    /// The archive folder, when it is the archived copy that is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) from: Option<PathBuf>,
    /// It stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub(in crate::moves) stays_in_trash: bool,
}

impl DeleteOrder {
    pub(super) fn carry_out(&self, of: &Of<'_>) -> Result<Finished, Failure> {
        let job = of.job;
        of.hand.ask_before_first_removal();
        let done = match &self.from {
            None => self.put(of)?,
            Some(folder) => self.put_archived(of, folder)?,
        };
        let options =
            serde_json::to_string(&self.at).map_err(|error| Failure::NotRecorded(error.to_string()))?;
        let trash = NewTrash {
            folder: StoredPath::from(done.folder.as_path()),
            options,
            files: i64::try_from(done.files).unwrap_or(i64::MAX),
            bytes: i64::try_from(done.bytes).unwrap_or(i64::MAX),
            due_us: (!self.stays_in_trash).then(times::now_us),
        };
        let what = if self.from.is_some() { " of the archive" } else { "" };
        let place = if self.stays_in_trash {
            format!(
                "{} files{what}, {} bytes, in the trash until they are purged; `runstow restore {}` brings them back",
                done.files, done.bytes, job.report_id
            )
        } else {
            format!("{} files{what}, {} bytes", done.files, done.bytes)
        };
        let mut result = json!({
            "files": done.files,
            "bytes": done.bytes,
            "kept": done.kept,
            "left_alone": done.left_alone,
        });
        if self.from.is_some() {
            result["not_as_listed"] = done.not_as_listed.into();
        }
        if self.stays_in_trash {
            result["trash"] = text(&done.folder).into();
            result["reclaimable_bytes"] = done.bytes.into();
        } else {
            result["goes_for_good"] = true.into();
        }
        Ok(Finished {
            archive: if self.from.is_some() { ArchivePlace::Forgotten } else { ArchivePlace::Unchanged },
            trash: TrashChange::Put(trash),
            result,
            summary: place,
        })
    }

    /// The files in their place.
    fn put(&self, of: &Of<'_>) -> Result<Trashed, Failure> {
        let delete = Delete {
            job: &self.at.journal.to_string(),
            fence: of.fence(),
            home: &self.at.home,
            selection: of.subject.selection(Action::Delete, of.classifier()),
            roots: &Root::targets(&self.at.roots),
            agreed: self.agreed.map(|digest| Agreed { digest, less: self.less.clone() }),
            removal: Removal { tidy: self.at.tidy },
        };
        of.hand.heed_keep_file(of.subject);
        trash::put(&delete, of.hand)
    }

    /// The archived copy.
    fn put_archived(&self, of: &Of<'_>, folder: &Path) -> Result<Trashed, Failure> {
        let delete = DeleteArchived {
            job: &self.at.journal.to_string(),
            fence: of.fence(),
            home: &self.at.home,
            from: folder,
            category: of.job.category,
            whose: of.subject.whose(),
            roots: &Root::targets(&self.at.roots),
            agreed: self.agreed,
        };
        trash::put_archived(&delete, of.hand)
    }

    /// The root of the archive, where it is marked.
    pub(super) fn archive_root(&self) -> Option<&Path> {
        self.from.as_ref().and_then(|_| self.at.roots.first()).map(|root| root.path.as_path())
    }

    /// Everything goes back to its place, which is where run and report are now.
    pub(super) fn take_back(&self, subject: Option<&Subject>, hand: &Hand) -> Result<bool, Failure> {
        let (report, run) = subject.filter(|_| self.from.is_none()).map(Subject::dirs).unwrap_or_default();
        let report = report.as_deref().map(|dir| (Origin::Report, dir));
        let now: Vec<_> = report.into_iter().chain(run.as_deref().map(|dir| (Origin::Run, dir))).collect();
        self.at.with(&now, |place| {
            if trash::is_planned(place)? {
                trash::back(place, &[], &hand.undoing())?;
            }
            trash::forget(place)
        })?;
        Ok(true)
    }
}
