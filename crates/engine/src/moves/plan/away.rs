//! Plans of what reads a source: archive, export and delete.

use std::path::PathBuf;
use std::sync::Arc;

use runstow_lifecycle::JobAction;
use runstow_storage::plan::{Less, Totals, select};
use runstow_storage::{transfer, trash};

use super::ground::Ground;
use super::{Each, Plan, Request, Way, judge};
use crate::files::Classifiers;
use crate::moves::able::{copies, removes, selects};
use crate::moves::adopt::all_taken_by;
use crate::moves::circumstances::Circumstances;
use crate::moves::gate::{GateName, Gates, Verdict};
use crate::moves::subject::Subject;
use crate::moves::task::Root;
use crate::{EngineError, blocking};

/// Judges the remaining gates, and looks at the files if somebody wants to see `each`.
pub(super) async fn draw(
    classifiers: &Arc<Classifiers>,
    request: Request,
    subject: Subject,
    known: &Arc<Circumstances>,
    ground: Ground,
    mut gates: Gates,
    each: Option<Each>,
) -> Result<Plan, EngineError> {
    let (classifiers, known) = (Arc::clone(classifiers), Arc::clone(known));
    blocking(move || {
        let sources = ground.sources(&subject, &request);
        judge::known(&mut gates, &subject, &request, &known, sources.objections);
        let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
        let way = if copies(request.action) {
            Way::Copy { from: None }
        } else {
            let tidy = classifier.file_set().rules(request.category).defaults.remove_empty_dirs;
            Way::Trash {
                home: into_trash(&mut gates, &subject, &request),
                roots: Root::all_of(&subject),
                tidy,
                from: None,
            }
        };
        let mut plan = Plan::begin(request, &subject, way);
        match each {
            Some(mut each) => {
                let selection = subject.selection(selects(plan.request.action), classifier);
                let selected = select(&selection, &mut |planned, _| each(&planned));
                let mut objections = Vec::new();
                match transfer::check(&selected) {
                    Ok(alone) => plan.left_alone = alone,
                    Err(failure) => objections.push(failure.to_string()),
                }
                let totals = selected.totals;
                if totals.files + totals.links == 0 {
                    objections.push("there are no such files".to_owned());
                } else if !copies(plan.request.action) && totals.files + totals.links == totals.stay_files {
                    objections.push(
                        "there are no such files to delete: something else needs all of them".to_owned(),
                    );
                }
                gates.judge(GateName::Files, objections, "all of them can be looked at");
                (plan.totals, plan.digest, plan.exact) = (totals, Some(selected.digest), true);
                plan.less = Less::than(&selected);
                plan.common = selected.common;
            }
            None => plan.totals = judge::as_measured(&mut gates, &subject),
        }
        let mut warnings = sources.warnings;
        if copies(plan.request.action) {
            let (folder, below) =
                judge::destination(&mut gates, &subject, &plan.request, &known, &ground, plan.need());
            warnings.extend(below);
            match forgotten(&subject, &plan.request, folder.as_deref()) {
                Some(why) => gates.add(GateName::State, Verdict::Failed, why),
                None => warnings.extend(not_the_usual(&subject, &plan.request, folder.as_deref())),
            }
            plan.folder = folder;
            if !subject.also.is_empty() {
                warnings.push(judge::linked(&subject));
            }
        } else if !plan.request.stays_in_trash {
            warnings.push("it does not stay in the trash: nobody can bring it back".to_owned());
        }
        if removes(plan.request.action) {
            let Totals { files, links, stay_files, .. } = plan.totals;
            if plan.exact && copies(plan.request.action) && stay_files > 0 && stay_files == files + links {
                warnings.push(format!("all {stay_files} files stay where they are: this makes no room"));
            }
            warnings.extend(judge::of_the_run(&subject));
        }
        plan.judged(gates, warnings)
    })
    .await
}

/// Something lies where the copies would usually go: it may well be an archive of these files that the catalog does not know.
fn not_the_usual(subject: &Subject, request: &Request, folder: Option<&str>) -> Option<String> {
    let usual = subject.archive_folder(selects(request.action))?;
    let folder = folder.filter(|folder| *folder != usual)?;
    let there = Some(request.destination.as_ref()?.root.join(usual)).filter(|there| there.exists())?;
    Some(format!(
        "{there:?} holds an archive or export already, so the copies go to {folder:?}. If it is one of this report that the catalog has \
         forgotten, bring it back with `runstow restore --from` that folder instead"
    ))
}

/// All files of the category are in an archive at the destination, and none is in its place: a catalog that was brought back from an older
/// backup calls them Local. What little is left there would become an archive that hides the true one.
fn forgotten(subject: &Subject, request: &Request, folder: Option<&str>) -> Option<String> {
    let usual = subject.archive_folder(selects(request.action))?;
    let root = &request.destination.as_ref()?.root;
    let (report_dir, run_dir) = subject.dirs();
    let candidates =
        std::iter::once(usual.clone()).chain((2_u64..).map(|number| format!("{usual}.{number}")));
    let there =
        candidates.take_while(|name| folder.is_some_and(|folder| name != folder)).map(|name| root.join(name));
    // Of one that can not be read, or is about another report, the warning tells.
    let is_the_only = |place: &PathBuf| {
        let (report, run) = (report_dir.as_deref(), run_dir.as_deref());
        all_taken_by(place, subject.category, subject.whose(), report, run).unwrap_or(false)
    };
    let place = there.take_while(|place| place.exists()).find(is_the_only)?;
    Some(format!(
        "{place:?} holds an archive or export already that has all these files, and none of them is in its place; the catalog has forgotten it. \
         Bring them back with `runstow restore --from` that folder"
    ))
}

/// The gates of a delete about its trash: the folder that it is in.
fn into_trash(gates: &mut Gates, subject: &Subject, request: &Request) -> Option<PathBuf> {
    debug_assert_eq!(request.action, JobAction::Delete);
    let Some(home) = subject.home().map(|start| trash::home(start, &subject.roots())) else {
        gates.add(
            GateName::Destination,
            Verdict::Failed,
            "the catalog does not know the directory of these files",
        );
        return None;
    };
    match home {
        Ok(home) => {
            let trash = home.join(trash::TRASH);
            gates.add(GateName::Destination, Verdict::Passed, format!("the trash is {trash:?}"));
            gates.add(GateName::Room, Verdict::Passed, "the trash is on the same file system");
            Some(home)
        }
        Err(failure) => {
            gates.add(GateName::Destination, Verdict::Failed, failure.to_string());
            None
        }
    }
}
