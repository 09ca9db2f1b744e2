//! Restore: back from an archive, or from the trash.

use std::path::{Path, PathBuf};

use runstow_catalog::{ArchivePlace, TrashChange};
use runstow_lifecycle::manifest::Origin;
use runstow_storage::transfer::Removal;
use runstow_storage::{Failure, Target, restore, trash};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Finished, InTrash, Of, Root, text};
use crate::moves::hand::Hand;

/// The order of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct RestoreOrder {
    /// Names the journals at the places that files go to.
    pub(in crate::moves) journal: Uuid,
    /// Where the files are.
    pub(in crate::moves) from: RestoreFrom,
    /// The report's directory.
    pub(in crate::moves) report_dir: Option<PathBuf>,
    /// The run's directory.
    pub(in crate::moves) run_dir: Option<PathBuf>,
    /// The storage roots of both.
    pub(in crate::moves) roots: Vec<Root>,
}

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::moves) enum RestoreFrom {
    /// In an archive.
    Archive {
        /// The folder of the category.
        folder: PathBuf,
        /// The root of the archive, where it is marked.
        root: Option<Root>,
    },
    /// In the trash.
    Trash {
        /// The job of the delete.
        delete: i64,
        /// Where.
        at: InTrash,
    },
}

impl RestoreOrder {
    /// The root of the archive, where it is marked.
    pub(super) fn archive_root(&self) -> Option<&Path> {
        match &self.from {
            RestoreFrom::Archive { root, .. } => root.as_ref().map(|root| root.path.as_path()),
            RestoreFrom::Trash { .. } => None,
        }
    }

    fn starts(&self) -> Vec<(Origin, &Path)> {
        let report = self.report_dir.as_deref().map(|dir| (Origin::Report, dir));
        report.into_iter().chain(self.run_dir.as_deref().map(|dir| (Origin::Run, dir))).collect()
    }

    pub(super) fn carry_out(&self, of: &Of<'_>) -> Result<Finished, Failure> {
        let Of { job, subject, hand, .. } = *of;
        match &self.from {
            RestoreFrom::Archive { folder, root } => {
                let classifier = of.classifier();
                let mut report = subject.selection(runstow_lifecycle::Action::Export, classifier).report;
                report.report_dir = self.report_dir.as_deref();
                let done = restore::run(
                    &restore::Restore {
                        job: &self.journal.to_string(),
                        fence: of.fence(),
                        from: folder,
                        archive: root.as_ref().map(|root| Target { root: &root.path, volume: root.volume }),
                        category: job.category,
                        whose: subject.whose(),
                        report,
                        run_dir: self.run_dir.as_deref(),
                        roots: &Root::targets(&self.roots),
                    },
                    hand,
                )?;
                let proof = if done.proven {
                    "each is equal to what was archived"
                } else {
                    "the archive has no list of Runstow, so nothing proves that they are what once was archived"
                };
                Ok(Finished {
                    archive: ArchivePlace::Unchanged,
                    trash: TrashChange::Unchanged,
                    result: json!({
                        "from": text(folder),
                        "into": done.into.iter().map(|dir| text(dir)).collect::<Vec<_>>(),
                        "files": done.files,
                        "bytes": done.bytes,
                        "compared_with_archive_list": done.proven,
                        "read_back_from_medium": done.from_medium,
                        "metadata_refused": done.lacking.sentences(),
                        "left_alone": done.left_alone,
                    }),
                    summary: format!("{} files, {} bytes; {proof}", done.files, done.bytes),
                })
            }
            RestoreFrom::Trash { delete, at } => {
                let others = hand.trash_of_run(job.run_id).map_err(Failure::NotRecorded)?;
                let others = others.iter().filter(|other| other.job != *delete);
                let mut others = others
                    .map(|other| serde_json::from_str(&other.options))
                    .collect::<Result<Vec<InTrash>, _>>()
                    .map_err(|error| Failure::NotRecorded(format!("another delete of the run: {error}")))?;
                // An archive holds copies, and its disk may be away.
                others.retain(|other| !other.archive && !other.emptied);
                let done =
                    at.beside(&others, &self.starts(), |place, beside| trash::back(place, beside, hand))?;
                let mut summary = format!("{} files, {} bytes, from the trash", done.files, done.bytes);
                if !done.elsewhere.is_empty() {
                    summary += &format!(
                        "; {} files that other reports or categories have too went with those, and come back with them",
                        done.elsewhere.len()
                    );
                }
                if !done.missing.is_empty() {
                    summary += &format!("; {} files were no longer in the trash", done.missing.len());
                }
                Ok(Finished {
                    archive: ArchivePlace::Unchanged,
                    trash: TrashChange::Gone(*delete),
                    result: json!({
                        "files": done.files,
                        "bytes": done.bytes,
                        "missing": done.missing,
                        "with_others": done.elsewhere,
                    }),
                    summary,
                })
            }
        }
    }

    pub(super) fn take_back(&self, hand: &Hand) -> Result<bool, Failure> {
        match &self.from {
            RestoreFrom::Archive { .. } => {
                restore::undo(&self.journal.to_string(), &self.starts(), &Root::targets(&self.roots))?;
                Ok(true)
            }
            RestoreFrom::Trash { at, .. } => {
                at.with(&self.starts(), |place| {
                    trash::put_again(place, Removal { tidy: at.tidy }, &hand.undoing())
                })?;
                Ok(true)
            }
        }
    }

    pub(super) fn forget(&self) -> Result<(), Failure> {
        match &self.from {
            RestoreFrom::Archive { .. } => {
                restore::forget(&self.journal.to_string(), &self.starts(), &Root::targets(&self.roots))
            }
            RestoreFrom::Trash { at, .. } => at.with(&[], trash::forget),
        }
    }
}
