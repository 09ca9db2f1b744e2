//! What is the same for all moves of one request, and is looked at once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use runstow_catalog::{Catalog, Hold, HoldNarrowing, HoldOn, JobFilter};
use runstow_lifecycle::{Category, JobAction, JobStatus};
use runstow_storage::Target;

use super::destination::{Destination, Looked};
use super::folders::{FilesOf, Folders};
use super::lookups::Lookups;
use super::room::Need;
use super::subject::Subject;
use super::task::CopyOrder;
use super::vanished::{Vanished, vanished};
use crate::{EngineError, blocking};

/// Found once for a request.
pub(super) struct Circumstances {
    holds: Vec<Hold>,
    pub(super) destination: Option<Looked>,
    /// What jobs will bring there that were asked for before.
    pub(super) promised: Need,
    /// Which folders there are chosen already.
    pub(super) folders: Folders,
    /// Volumes of which much vanished.
    pub(super) vanished: HashMap<i64, Vanished>,
    pub(super) lookups: Lookups,
    roots: Mutex<HashMap<PathBuf, Option<String>>>,
}

impl Circumstances {
    pub(super) async fn look(
        catalog: &Catalog,
        destination: Option<&Destination>,
    ) -> Result<Self, EngineError> {
        let every = i64::MAX.unsigned_abs();
        let holds = catalog.holds(HoldNarrowing::default(), 0, every).await?;
        let (promised, folders) = match destination {
            Some(destination) => promised(catalog, destination).await?,
            None => (Need::default(), Folders::default()),
        };
        let vanished = vanished(catalog).await?;
        let lookups = Lookups::default();
        let known = lookups.volumes(catalog).await?;
        let destination = destination.cloned();
        let looked = blocking(move || destination.map(|destination| destination.look_again(&known)));
        let destination = looked.await?;
        Ok(Self { holds, destination, promised, folders, vanished, lookups, roots: Mutex::default() })
    }

    /// Does the storage root prove that it is the right volume? Why not.
    pub(super) fn unproven(&self, root: &Target<'_>) -> Option<String> {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = roots.entry(root.root.to_owned());
        known.or_insert_with(|| root.prove().err().map(|failure| failure.to_string())).clone()
    }

    /// The holds on the files of a subject: those on the run, on the report, and on those that share its files.
    pub(super) fn holds_on<'s>(&'s self, subject: &'s Subject) -> impl Iterator<Item = &'s Hold> {
        self.holds.iter().filter(move |hold| match hold.on {
            HoldOn::Run(run) => run == subject.found.run.id,
            HoldOn::Report(report) => {
                report == subject.found.report.id
                    || subject.also.contains(&report)
                    || (subject.category == Category::Sigproc && subject.siblings.contains(&report))
            }
        })
    }
}

/// What jobs which have not ended have still to bring to a destination, and to which folders there.
async fn promised(catalog: &Catalog, destination: &Destination) -> Result<(Need, Folders), EngineError> {
    let filter = JobFilter {
        statuses: JobStatus::ALL.into_iter().filter(|status| status.live()).collect(),
        actions: vec![JobAction::Archive, JobAction::Export],
        limit: i64::MAX.unsigned_abs(),
        ..JobFilter::default()
    };
    let (mut sum, folders) = (Need::default(), Folders::default());
    for job in catalog.jobs(&filter).await? {
        let Ok(order) = serde_json::from_str::<CopyOrder>(&job.options) else { continue };
        if order.destination.root != destination.root {
            continue;
        }
        folders.take(&order.folder, FilesOf::category(job.category, job.run_id, job.report_id));
        if job.published() {
            continue;
        }
        let left =
            |all: Option<u64>, done: i64| all.unwrap_or_default().saturating_sub(done.max(0).unsigned_abs());
        // Where copies are, room is used already, whatever phase is shown: copying and proving overlap.
        let (bytes, files) = (job.progress.bytes_copied, job.progress.files_copied);
        sum = sum.and(Need { bytes: left(order.bytes, bytes), files: left(order.files, files) });
    }
    Ok((sum, folders))
}
