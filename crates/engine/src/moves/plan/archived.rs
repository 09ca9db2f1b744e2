//! Plans about what is archived: an export copies it out of its archive, which stays as it is; a delete puts the archived
//! copy into the trash of the archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runstow_catalog::Catalog;
use runstow_lifecycle::State;
use runstow_storage::plan::Totals;
use runstow_storage::{Target, trash};

use super::back::{Listed, listed, marked_root};
use super::ground::Ground;
use super::{Each, Plan, Request, Way, judge};
use crate::moves::archive_roots;
use crate::moves::circumstances::Circumstances;
use crate::moves::gate::{Confirmation, GateName, Gates, Verdict};
use crate::moves::room::Need;
use crate::moves::subject::Subject;
use crate::moves::task::{ArchivedAt, Root};
use crate::{EngineError, blocking};

/// Damaged files of an archive that a plan names; the job names more.
const TOLD: usize = 10;

pub(super) fn is_archived(subject: &Subject) -> bool {
    subject.found.report.category(subject.category).is_some_and(|known| known.state == State::Archived)
}

/// Judges the remaining gates of an export.
pub(super) async fn draw_export(
    catalog: &Catalog,
    request: Request,
    subject: Subject,
    known: &Arc<Circumstances>,
    mut gates: Gates,
) -> Result<Plan, EngineError> {
    let ground = Ground::of(catalog, known).await?;
    let known = Arc::clone(known);
    blocking(move || {
        let Some(folder) = archive_folder(&subject, &mut gates) else {
            return Plan::begin(request, &subject, Way::Copy { from: None }).judged(gates, None);
        };
        gates.add(GateName::State, Verdict::Passed, format!("it is archived, and copied from {folder:?}"));
        let why = "nothing would prove the copies; restore it, and export it then";
        let listed = well_listed(&folder, &subject, &mut gates, why);
        let inside = known.destination.as_ref().is_some_and(|place| place.place.root.starts_with(&folder));
        let from = ArchivedAt { root: marked_root(&folder), folder };
        let mut plan = Plan::begin(request, &subject, Way::Copy { from: Some(from) }).of(listed);
        let (to, below) =
            judge::destination(&mut gates, &subject, &plan.request, &known, &ground, plan.need());
        plan.folder = to;
        if inside {
            gates.add(GateName::Destination, Verdict::Failed, "it lies in the archive that would be copied");
        }
        plan.judged(gates, below)
    })
    .await
}

/// Judges the remaining gates of a delete of the archived copy.
pub(super) async fn draw_delete(
    catalog: &Catalog,
    request: Request,
    subject: Subject,
    known: &Arc<Circumstances>,
    mut gates: Gates,
    each: Option<Each>,
) -> Result<Plan, EngineError> {
    let volumes = known.lookups.volumes(catalog).await?;
    let known = Arc::clone(known);
    blocking(move || {
        let nowhere = Way::Trash { home: None, roots: Vec::new(), tidy: true, from: None };
        let mut plan = Plan::begin(request, &subject, nowhere);
        let Some(folder) = archive_folder(&subject, &mut gates) else { return plan.judged(gates, None) };
        let only = format!("it is archived; apart from exports, the archive {folder:?} is the only copy");
        let (verdict, reason) = match plan.request.confirms(Confirmation::Archived) {
            true => (Verdict::Confirmed, only),
            false => (Verdict::Confirm, format!("{only}; confirm that this one is to be deleted")),
        };
        gates.add(GateName::State, verdict, reason);
        judge::holds(&mut gates, &subject, &known);
        judge::linked_by_others(&mut gates, &subject, &plan.request);
        judge::vanished(&mut gates, &subject, &plan.request, &known);
        let why = "nothing tells which files are this category's alone; restore it, and delete it then";
        let listed = well_listed(&folder, &subject, &mut gates, why);
        plan = plan.of(listed);
        let mut warnings = Vec::new();
        match each {
            Some(each) if plan.digest.is_some() => {
                look(&mut plan, &subject, &folder, &mut gates, &mut warnings, each)
            }
            // What other archived categories have too is not known.
            _ => plan.exact = false,
        }
        let root = marked_root(&folder);
        let volume =
            root.as_ref().and_then(|root| archive_roots::at(&volumes, &archive_roots::real(&root.path)));
        let marker = volume.and_then(|volume| volume.facts.marker.as_deref());
        let found = root.as_ref().and_then(|root| root.volume).map(|found| found.to_string());
        let another = marker
            .filter(|known| found.as_deref() != Some(known))
            .map(|known| format!("the volume there is not the one of the catalog, which is marked {known}"));
        gates.judge(GateName::Source, another, "the archive is on its volume");
        // Its room, and when its trash is emptied, are those of the archive.
        plan.root = volume.map(|volume| volume.id);
        plan.way = into_trash(&mut gates, folder, root);
        if !plan.request.stays_in_trash {
            warnings.push("it does not stay in the trash: nobody can bring it back".to_owned());
        }
        plan.judged(gates, warnings)
    })
    .await
}

/// Looks at the archive, entry by entry.
fn look(
    plan: &mut Plan,
    subject: &Subject,
    folder: &Path,
    gates: &mut Gates,
    warnings: &mut Vec<String>,
    mut each: Each,
) {
    let found = trash::list_archived(folder, subject.category, subject.whose(), &mut |planned| {
        each(&planned);
        Ok(())
    });
    match found {
        Ok(found) => {
            (plan.totals, plan.digest) = (found.totals, Some(found.digest));
            if found.damaged > 0 {
                let some = found.damage.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
                warnings.push(format!(
                    "{} of its files are missing or are not what its list says, and a restore will not bring it back whole: {some}",
                    found.damaged
                ));
            }
        }
        Err(failure) => gates.add(GateName::Files, Verdict::Failed, failure.to_string()),
    }
}

fn into_trash(gates: &mut Gates, folder: PathBuf, root: Option<Root>) -> Way {
    let roots: Vec<Root> = root.into_iter().collect();
    let targets: Vec<Target<'_>> = Root::targets(&roots);
    let home = match trash::home(&folder, &targets) {
        Ok(home) => {
            let reason = format!("the trash is {:?}", home.join(trash::TRASH));
            gates.add(GateName::Destination, Verdict::Passed, reason);
            gates.add(GateName::Room, Verdict::Passed, "the trash is on the same file system");
            Some(home)
        }
        Err(failure) => {
            gates.add(GateName::Destination, Verdict::Failed, failure.to_string());
            None
        }
    };
    drop(targets);
    Way::Trash { home, roots, tidy: true, from: Some(folder) }
}

/// Where the catalog says that the archive is.
fn archive_folder(subject: &Subject, gates: &mut Gates) -> Option<PathBuf> {
    let known = subject.found.report.category(subject.category);
    let archive = known.and_then(|known| known.archive_path.clone());
    if archive.is_none() {
        gates.add(GateName::State, Verdict::Failed, "the catalog does not know where its archive is");
    }
    archive.map(|archive| archive.to_path())
}

/// What the list tells; without one nothing can be done.
fn well_listed(folder: &Path, subject: &Subject, gates: &mut Gates, why: &str) -> Option<Listed> {
    let mut warnings = Vec::new();
    let listed = listed(folder, subject, gates, &mut warnings);
    if !warnings.is_empty() {
        let reason = format!("the archive has no list of Runstow, so {why}");
        gates.add(GateName::Files, Verdict::Failed, reason);
    }
    listed
}

impl Plan {
    /// Takes over what the list of an archive tells.
    fn of(mut self, listed: Option<Listed>) -> Self {
        if let Some(Listed { size: Need { bytes, files }, digest, .. }) = listed {
            self.totals = Totals { bytes, files, ..Totals::default() };
            (self.exact, self.digest) = (true, Some(digest));
        }
        self
    }
}
