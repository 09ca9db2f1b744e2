//! What a job is to do, in the engine's words: its part of the job, in JSON, from the request to the end.

mod copy;
mod delete;
mod purge;
mod restore;

use std::path::{Path, PathBuf};

use runstow_catalog::{ArchivePlace, Job, TrashChange, Trashed};
use runstow_lifecycle::manifest::Origin;
use runstow_lifecycle::{Classifier, JobAction};
use runstow_storage::{Failure, Target};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hand::Hand;
use super::subject::Subject;
use crate::files::Classifiers;
pub(super) use copy::{ArchivedAt, CopyOrder};
pub(super) use delete::DeleteOrder;
pub(super) use purge::PurgeOrder;
pub(super) use restore::{RestoreFrom, RestoreOrder};

/// The order of a job.
pub(super) enum Task {
    /// Archive or export.
    Copy(CopyOrder),
    /// Into the trash.
    Delete(DeleteOrder),
    /// Back from the archive or the trash.
    Restore(RestoreOrder),
    /// Out of the trash for good.
    Purge(PurgeOrder),
}

/// What a task is carried out for and with.
pub(super) struct Of<'a> {
    pub(super) job: &'a Job,
    pub(super) subject: &'a Subject,
    pub(super) classifiers: &'a Classifiers,
    pub(super) hand: &'a Hand,
}

impl Of<'_> {
    /// The fence of this attempt.
    fn fence(&self) -> u64 {
        u64::try_from(self.job.fence).unwrap_or_default()
    }

    /// The file set of the report.
    fn classifier(&self) -> &Classifier {
        self.classifiers.for_version(self.subject.found.report.ts_version.as_deref())
    }
}

/// How a task that has come to its end is told.
pub(super) struct Finished {
    pub(super) archive: ArchivePlace,
    pub(super) trash: TrashChange,
    /// For people and programs: counts, and what was left.
    pub(super) result: serde_json::Value,
    /// In one line, such as `412 files, 3200 bytes`.
    pub(super) summary: String,
}

/// A storage root as an order remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    pub(super) volume: Option<Uuid>,
}

impl Root {
    pub(super) fn all_of(subject: &Subject) -> Vec<Self> {
        let roots = subject.roots().into_iter();
        roots.map(|target| Self { path: target.root.to_owned(), volume: target.volume }).collect()
    }

    pub(super) fn targets(all: &[Self]) -> Vec<Target<'_>> {
        all.iter().map(|root| Target { root: &root.path, volume: root.volume }).collect()
    }
}

/// Where the plan of a delete is: one delete in the trash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InTrash {
    /// Names the delete among all that use this trash.
    pub(super) journal: Uuid,
    /// The folder whose trash holds the plan.
    pub(super) home: PathBuf,
    /// The storage roots of the start folders.
    pub(super) roots: Vec<Root>,
    /// Folders that became empty were removed.
    pub(super) tidy: bool,
    /// What lies there was an archived copy, and is an archive by itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) archive: bool,
    /// It was emptied; what is left was changed there, and nothing can be restored from it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) emptied: bool,
}

impl InTrash {
    /// Can what lies there be restored? What is not understood says so when it is asked for.
    pub(super) fn is_whole(trashed: &Trashed) -> bool {
        serde_json::from_str::<Self>(&trashed.options).map_or(true, |at| !at.emptied)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl InTrash {
    /// Shows it to storage, with other deletes of the run.
    pub(super) fn beside<T>(
        &self,
        others: &[Self],
        now: &[(Origin, &Path)],
        act: impl FnOnce(&runstow_storage::trash::Place<'_>, &[runstow_storage::trash::Place<'_>]) -> T,
    ) -> T {
        // They may be of other reports, but of the same run.
        let run: Vec<_> = now.iter().copied().filter(|(origin, _)| *origin == Origin::Run).collect();
        let names: Vec<String> = others.iter().map(|other| other.journal.to_string()).collect();
        let roots: Vec<Vec<Target<'_>>> = others.iter().map(|other| Root::targets(&other.roots)).collect();
        let places: Vec<_> = others
            .iter()
            .zip(names.iter().zip(&roots))
            .map(|(other, (job, roots))| runstow_storage::trash::Place {
                job,
                home: &other.home,
                roots,
                now: &run,
            })
            .collect();
        self.with(now, |place| act(place, &places))
    }

    /// Shows it to storage. `now`: where start folders are by now, as far as that may be another place.
    pub(super) fn with<T>(
        &self,
        now: &[(Origin, &Path)],
        act: impl FnOnce(&runstow_storage::trash::Place<'_>) -> T,
    ) -> T {
        let job = self.journal.to_string();
        let roots = Root::targets(&self.roots);
        act(&runstow_storage::trash::Place { job: &job, home: &self.home, roots: &roots, now })
    }
}

impl Task {
    /// Reads the order of a job.
    ///
    /// # Errors
    /// When another version of Runstow has written it.
    pub(super) fn of(job: &Job) -> Result<Self, serde_json::Error> {
        match job.action {
            JobAction::Archive | JobAction::Export => serde_json::from_str(&job.options).map(Self::Copy),
            JobAction::Delete => serde_json::from_str(&job.options).map(Self::Delete),
            JobAction::Restore => serde_json::from_str(&job.options).map(Self::Restore),
            JobAction::Purge => serde_json::from_str(&job.options).map(Self::Purge),
            JobAction::Verify => Err(serde::de::Error::custom("verify is not known")),
        }
    }

    /// The root of the archive that it copies to or from.
    pub(super) fn elsewhere(&self) -> Option<&Path> {
        match self {
            Self::Copy(order) => Some(&order.destination.root),
            Self::Restore(order) => order.archive_root(),
            Self::Delete(order) => order.archive_root(),
            Self::Purge(_) => None,
        }
    }

    /// Does it, on a thread that may wait for disks.
    pub(super) fn carry_out(&self, of: &Of<'_>) -> Result<Finished, Failure> {
        match self {
            Self::Copy(order) => order.carry_out(of),
            Self::Delete(order) => order.carry_out(of),
            Self::Restore(order) => order.carry_out(of),
            Self::Purge(order) => order.carry_out(of.hand),
        }
    }

    /// Takes back what was begun. False: there is no way back, only forward, and nothing was touched.
    /// `subject`: what it is about, as far as the catalog still knows.
    pub(super) fn take_back(
        &self,
        job: &Job,
        subject: Option<&Subject>,
        hand: &Hand,
    ) -> Result<bool, Failure> {
        match self {
            Self::Copy(order) => order.take_back(job, hand),
            Self::Delete(order) => order.take_back(subject, hand),
            Self::Restore(order) => order.take_back(hand),
            // What is gone for good can not be taken back.
            Self::Purge(_) => Ok(job.begun_us.is_none()),
        }
    }

    /// Forgets what was noted on disks for the way, once the end is recorded. What stays does no harm.
    pub(super) fn forget(&self) -> Result<(), Failure> {
        match self {
            Self::Copy(order) => order.forget(),
            // The trash is the result.
            Self::Delete(_) | Self::Purge(_) => Ok(()),
            Self::Restore(order) => order.forget(),
        }
    }
}

/// A file or folder, as text.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
