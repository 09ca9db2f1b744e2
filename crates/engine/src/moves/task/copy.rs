//! Archive and export.

use std::path::{Path, PathBuf};

use runstow_catalog::{ArchivePlace, Job, Sources, StoredPath, TrashChange};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Action, JobAction};
use runstow_storage::plan::{Agreed, Digest, Less};
use runstow_storage::transfer::{self, Archived, Description, Removal, Transfer};
use runstow_storage::walk::StartError;
use runstow_storage::{ArchiveFolder, Failure, Target};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Finished, Of, Root, text};
use crate::keep_file;
use crate::moves::Destination;
use crate::moves::hand::Hand;
use crate::moves::subject::Subject;

/// The order of an archive or export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct CopyOrder {
    /// Names the journal at the destination, among those of all catalogs that use it.
    pub(in crate::moves) journal: Uuid,
    /// Where copies go.
    pub(in crate::moves) destination: Destination,
    /// The folder below its root.
    pub(in crate::moves) folder: String,
    /// The plan that was agreed to.
    pub(in crate::moves) agreed: Option<Digest>,
    /// What other moves of the request may take first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) less: Option<Less>,
    /// How contents are hashed.
    pub(in crate::moves) hash: HashKind,
    /// How much was to be copied when it was asked for, in bytes: kept free for it at the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) bytes: Option<u64>,
    /// Files and links that it brings; none in orders of a version that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) files: Option<u64>,
    /// The archive that is copied, instead of the files in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::moves) from: Option<ArchivedAt>,
}

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct ArchivedAt {
    /// The folder of the category.
    pub(in crate::moves) folder: PathBuf,
    /// The root of the archive, where it is marked.
    pub(in crate::moves) root: Option<Root>,
}

impl CopyOrder {
    pub(super) fn carry_out(&self, of: &Of<'_>) -> Result<Finished, Failure> {
        let Of { job, subject, hand, .. } = *of;
        if let Some(from) = &self.from {
            return self.export_archived(from, of);
        }
        let action = if job.action == JobAction::Export { Action::Export } else { Action::Archive };
        let classifier = of.classifier();
        let tidy = classifier.file_set().rules(job.category).defaults.remove_empty_dirs;
        let journal = self.journal.to_string();
        // Without its journal a plan would be made of what is left, and be taken for the whole.
        if job.published() && !transfer::is_complete(&self.destination.target(), &journal)? {
            return Err(Failure::PlanChanged { what: "the journal of this job is gone".into() });
        }
        // Whatever somebody has come to want since then comes too late.
        let forward = job.published() || transfer::may_have_removed(&self.destination.target(), &journal)?;
        let sources = if forward { Sources::MayBeGone } else { Sources::Untouched };
        if forward {
            hand.pass_the_point_of_return();
        }
        let transfer = Transfer {
            job: &journal,
            fence: of.fence(),
            selection: subject.selection(action, classifier),
            roots: &subject.roots(),
            target: self.destination.target(),
            folder: &self.folder,
            agreed: self.agreed.map(|digest| Agreed { digest, less: self.less.clone() }),
            hash: self.hash,
            description: description(subject, action),
            removal: (action == Action::Archive).then_some(Removal { tidy }),
        };
        let roots: Vec<i64> = subject.root_ids().collect();
        let done = transfer::run(&transfer, hand, &mut |done| {
            if action == Action::Archive {
                // Copying takes hours, and much may have gone meanwhile.
                hand.nothing_vanished(&roots)?;
                if !forward && !job.kept_confirmed && subject.has_keep_file() {
                    let text = subject.dirs().1.map_or_else(String::new, |dir| keep_file::reason(&dir));
                    return Err(Failure::Refused { kind: "kept".into(), text, for_good: true });
                }
                hand.publish(&StoredPath::from(done.folder.as_path()), sources)?;
            }
            // All copies are proven and in their place: from here on the way is forward, if the job is still ours.
            hand.pass_the_point_of_return();
            Ok(hand.ask()?)
        });
        let done = done.map_err(|failure| if forward { failure } else { or_moved(failure, subject) })?;
        Ok(finished(job, &done))
    }

    fn export_archived(&self, from: &ArchivedAt, of: &Of<'_>) -> Result<Finished, Failure> {
        let archived = Archived {
            job: &self.journal.to_string(),
            fence: of.fence(),
            from: &from.folder,
            archive: from.root.as_ref().map(|root| Target { root: &root.path, volume: root.volume }),
            category: of.job.category,
            target: self.destination.target(),
            folder: &self.folder,
            agreed: self.agreed,
            description: description(of.subject, Action::Export),
        };
        transfer::export(&archived, of.hand).map(|done| finished(of.job, &done))
    }

    /// Where the copies are.
    pub(in crate::moves) fn place(&self) -> PathBuf {
        self.destination.root.join(&self.folder)
    }

    /// Ends it though the journal that would prove it is gone, as a person has decided: all files were archived before
    /// the first was removed.
    pub(in crate::moves) fn call_archived(&self, subject: &Subject) -> Result<Finished, Failure> {
        self.destination.target().prove()?;
        let folder = self.place();
        let recorded = ArchiveFolder::open(&folder)?.category(subject.category, subject.whose())?;
        let Some(recorded) = recorded else {
            let why = "it has no record of this category".to_owned();
            return Err(Failure::BadRecord { path: folder, why });
        };
        let (files, bytes) = (recorded.category.files, recorded.category.bytes);
        Ok(Finished {
            archive: ArchivePlace::At(StoredPath::from(folder.as_path())),
            trash: TrashChange::Unchanged,
            result: json!({"folder": text(&folder), "files": files, "bytes": bytes, "decided": true}),
            summary: format!(
                "{files} files, {bytes} bytes, as was decided; some may still be in their place"
            ),
        })
    }

    /// Where an archive is published, sources may be gone, whatever became of the journal.
    pub(super) fn take_back(&self, job: &Job, hand: &Hand) -> Result<bool, Failure> {
        if job.published() || hand.has_published() {
            return Ok(false);
        }
        transfer::undo(&self.destination.target(), &self.journal.to_string(), &self.folder)
    }

    pub(super) fn forget(&self) -> Result<(), Failure> {
        transfer::forget(&self.destination.target(), &self.journal.to_string())
    }
}

/// A folder that is not there is waited for. Not so where the catalog knows by now that its run was moved.
fn or_moved(failure: Failure, subject: &Subject) -> Failure {
    let Failure::Start(StartError::Missing { path }) = &failure else { return failure };
    match moved_to(path, subject.folders()) {
        Some(folder) => {
            Failure::PlanChanged { what: format!("{} was moved to {}", path.display(), folder.display()) }
        }
        None => failure,
    }
}

/// Where a start folder is by now. None: it is still said to be where it was, or nobody knows.
fn moved_to<'f>(path: &Path, mut now: impl Iterator<Item = &'f PathBuf> + Clone) -> Option<&'f PathBuf> {
    if now.clone().any(|folder| folder == path) {
        return None;
    }
    now.find(|folder| folder.file_name() == path.file_name())
}

fn description(subject: &Subject, action: Action) -> Description<'_> {
    Description {
        name: &subject.found.report.results_name,
        report: &subject.described.report,
        run: &subject.described.run,
        action: action.name(),
        keep: subject.is_kept(),
    }
}

fn finished(job: &Job, done: &transfer::Done) -> Finished {
    let counted = format!("{} files, {} bytes", done.totals.files, done.totals.bytes);
    // The event names the place of an archive itself, and of an export only the root: the folder may be that of another report.
    let (archive, summary) = match job.action {
        JobAction::Archive => (ArchivePlace::At(StoredPath::from(done.folder.as_path())), counted),
        _ => (ArchivePlace::Unchanged, format!("{counted}, in {}", done.folder.display())),
    };
    Finished {
        archive,
        trash: TrashChange::Unchanged,
        result: json!({
            "folder": text(&done.folder),
            "files": done.totals.files,
            "links": done.totals.links,
            "bytes": done.totals.bytes,
            "stayed_files": done.totals.stay_files,
            "removed": done.removed,
            "removed_bytes": done.removed_bytes,
            "gone_before": done.gone_before,
            "read_back_from_medium": done.from_medium,
            "metadata_refused": done.lacking.sentences(),
            "kept": done.kept,
            "left_alone": done.left_alone,
        }),
        summary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report that is called as its run was taken for the run that had been moved, when the run's disk was away.
    #[test]
    fn a_folder_whose_disk_is_away_was_not_moved() {
        let now = ["/home/R_1", "/results/R_1"].map(PathBuf::from);
        assert_eq!(moved_to(Path::new("/results/R_1"), now.iter()), None);
        let now = ["/home/report", "/results/OLD/R_1"].map(PathBuf::from);
        assert_eq!(moved_to(Path::new("/results/R_1"), now.iter()), Some(&now[1]));
        assert_eq!(moved_to(Path::new("/results/R_2"), now.iter()), None);
    }
}
