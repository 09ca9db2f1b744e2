//! What would be done: exactly which files, how much, and every reason against it. Nothing here can write.

use std::sync::Arc;

use runstow_catalog::Catalog;
use runstow_lifecycle::{Action, Category, State};
use runstow_storage::plan::{Digest, Planned, Totals, select};

use super::Destination;
use super::subject::Subject;
use crate::files::Classifiers;
use crate::{EngineError, blocking};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Archive or export.
    pub action: Action,
    /// The report.
    pub report: i64,
    /// The category.
    pub category: Category,
    /// Where copies go.
    pub destination: Destination,
    /// Archive it although it is kept; it stays kept.
    pub kept_confirmed: bool,
    /// Move it although nothing proves that the run is finished. Old runs have no marker that says so.
    pub unfinished_confirmed: bool,
}

/// The plan for one category of one report.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub request: Request,
    /// The report whose files these are: another than asked for where basecalling input is linked.
    pub owner: i64,
    /// Its name.
    pub name: String,
    /// Other reports that show the same state.
    pub also: Vec<i64>,
    /// The folder below the destination's root.
    pub folder: Option<String>,
    /// Sums.
    pub totals: Totals,
    /// The plan in 32 bytes.
    pub digest: Digest,
    /// What can not be looked at and stays where it is.
    pub left_alone: Vec<String>,
    /// Why it can not be done. Empty: it can.
    pub objections: Vec<String>,
    /// What a person should know before agreeing.
    pub warnings: Vec<String>,
    /// The category is kept, and the archive of it was confirmed.
    pub kept: bool,
    /// The storage root that most of it lies on.
    pub(super) root: Option<i64>,
}

/// Plans one category of one report. None when there is no such report. `each` is shown every entry.
///
/// # Errors
/// When the catalog does not answer.
pub async fn plan(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: Request,
    mut each: impl FnMut(&Planned) + Send + 'static,
) -> Result<Option<Plan>, EngineError> {
    let Some(subject) = Subject::find(catalog, request.report, request.category).await? else {
        return Ok(None);
    };
    let mut objections = Vec::new();
    if let Some(job) = catalog.live_job_of(subject.found.report.id, request.category).await? {
        objections.push(format!("job {} has these files already; let it end or cancel it", job.id));
    }
    let classifiers = Arc::clone(classifiers);
    let plan = blocking(move || {
        objections.extend(state_objection(&subject));
        let unfinished = unfinished(&subject);
        if !request.unfinished_confirmed {
            objections.extend(unfinished.clone());
        }
        objections
            .extend(subject.roots().iter().filter_map(|root| root.prove().err()).map(|f| f.to_string()));
        let kept = subject.is_kept() && request.action == Action::Archive;
        if kept && !request.kept_confirmed {
            objections
                .push("it is kept; confirm that it is to be archived all the same (it stays kept)".into());
        }
        let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
        let selected = select(&subject.selection(request.action, classifier), &mut |planned| each(&planned));
        let left_alone = match runstow_storage::transfer::check(&selected) {
            Ok(left_alone) => left_alone,
            Err(failure) => {
                objections.push(failure.to_string());
                Vec::new()
            }
        };
        let folder = folder(&subject, &request, &mut objections);
        objections.extend(request.destination.objections(&subject, selected.totals.bytes));
        if selected.totals.files + selected.totals.links == 0 {
            objections.push("there are no such files".to_owned());
        }
        let mut warnings: Vec<String> =
            unfinished.filter(|_| request.unfinished_confirmed).into_iter().collect();
        if kept {
            warnings.push("it is kept".to_owned());
        }
        if !subject.also.is_empty() {
            warnings.push(format!("{} other reports use these files through links", subject.also.len()));
        }
        Plan {
            owner: subject.found.report.id,
            name: subject.found.report.results_name.clone(),
            root: subject.root_id(),
            kept,
            also: subject.also,
            folder,
            totals: selected.totals,
            digest: selected.digest,
            left_alone,
            objections,
            warnings,
            request,
        }
    });
    plan.await.map(Some)
}

pub(super) fn state_objection(subject: &Subject) -> Option<String> {
    let state = subject.found.report.category(subject.category)?.state;
    let rests = matches!(state, State::Local | State::Selected | State::Notified | State::Acknowledged);
    (!rests).then(|| format!("the category is {}; only what is in its place can be moved", state.label()))
}

/// Gate 2, as far as the last scan knows: while the instrument writes, nothing is moved. Where the signal files are gone
/// already, so are the markers that would say so.
pub(super) fn unfinished(subject: &Subject) -> Option<String> {
    let run = &subject.found.run;
    let signals = subject.found.report.category(Category::Sigproc);
    let disposed = signals.is_some_and(|known| known.state.disposed());
    (!run.finished && !disposed).then(|| {
        let why =
            if run.finished_reason.is_empty() { "no scan has found its end" } else { &run.finished_reason };
        format!(
            "nothing proves that the run is finished ({why}); scan again when it is, or confirm that it is"
        )
    })
}

fn folder(subject: &Subject, request: &Request, objections: &mut Vec<String>) -> Option<String> {
    let Some(folder) = subject.archive_folder(request.action) else {
        objections.push(
            "the directory that gives the archive its name is not known, or its name is not UTF-8".into(),
        );
        return None;
    };
    let root = &request.destination.root;
    match runstow_storage::transfer::free_folder(root, &folder, request.category, &subject.described.run) {
        Ok(folder) => Some(folder),
        // The objections to the destination say so.
        Err(_) => Some(folder),
    }
}
