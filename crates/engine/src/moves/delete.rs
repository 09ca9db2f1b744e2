//! Delete: what it would take, and the jobs that do it. What is deleted goes into the trash of its volume first.

use std::path::PathBuf;
use std::sync::Arc;

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob};
use runstow_lifecycle::{Action, Category, JobAction, Priority};
use runstow_storage::plan::{Digest, Planned, Totals, select};
use runstow_storage::trash;
use uuid::Uuid;

use super::plan::{state_objection, unfinished};
use super::subject::Subject;
use super::task::{DeleteOrder, InTrash, Root};
use crate::files::Classifiers;
use crate::{EngineError, blocking};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRequest {
    /// The report.
    pub report: i64,
    /// The category.
    pub category: Category,
    /// Delete it although nothing proves that the run is finished.
    pub unfinished_confirmed: bool,
    /// Delete basecalling input that other reports link to.
    pub linked_confirmed: bool,
    /// It stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub stays_in_trash: bool,
}

/// The plan of a delete.
#[derive(Clone, Debug)]
pub struct DeletePlan {
    /// What was asked for.
    pub request: DeleteRequest,
    /// The report whose files these are: another than asked for where basecalling input is linked.
    pub owner: i64,
    /// Its name.
    pub name: String,
    /// Other reports that show the same state.
    pub also: Vec<i64>,
    /// The folder whose trash takes the files.
    pub home: Option<PathBuf>,
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
    roots: Vec<Root>,
    root: Option<i64>,
    tidy: bool,
}

/// Plans the delete of one category of one report. None when there is no such report. `each` is shown every entry.
///
/// # Errors
/// When the catalog does not answer.
pub async fn plan(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: DeleteRequest,
    mut each: impl FnMut(&Planned) + Send + 'static,
) -> Result<Option<DeletePlan>, EngineError> {
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
        if subject.is_kept() {
            objections.push("it is kept, and what is kept is never deleted; end the Keep first".into());
        }
        if !subject.also.is_empty() && !request.linked_confirmed {
            let others: Vec<String> = subject.also.iter().map(i64::to_string).collect();
            objections.push(format!(
                "reports {} use these files through links and would lose them; confirm that with --linked",
                others.join(", ")
            ));
        }
        let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
        let tidy = classifier.file_set().rules(request.category).defaults.remove_empty_dirs;
        let selected = select(&subject.selection(Action::Delete, classifier), &mut |planned| each(&planned));
        let left_alone = match runstow_storage::transfer::check(&selected) {
            Ok(left_alone) => left_alone,
            Err(failure) => {
                objections.push(failure.to_string());
                Vec::new()
            }
        };
        let home = match subject.home().map(|start| trash::home(start, &subject.roots())) {
            Some(Ok(home)) => Some(home),
            Some(Err(failure)) => {
                objections.push(failure.to_string());
                None
            }
            None => None,
        };
        if selected.totals.files + selected.totals.links == selected.totals.stay_files {
            objections.push("there are no such files to delete".to_owned());
        }
        let mut warnings: Vec<String> =
            unfinished.filter(|_| request.unfinished_confirmed).into_iter().collect();
        if !request.stays_in_trash {
            warnings.push("it does not stay in the trash: nobody can bring it back".to_owned());
        }
        DeletePlan {
            owner: subject.found.report.id,
            name: subject.found.report.results_name.clone(),
            root: subject.root_id(),
            roots: Root::all_of(&subject),
            also: subject.also,
            home,
            totals: selected.totals,
            digest: selected.digest,
            left_alone,
            objections,
            warnings,
            request,
            tidy,
        }
    });
    plan.await.map(Some)
}

/// Makes jobs of the plans that nothing speaks against.
///
/// # Errors
/// When the catalog can not be written; then there are no jobs.
pub async fn ask(
    catalog: &Catalog,
    plans: &[DeletePlan],
    comment: &str,
    user: &str,
) -> Result<Enqueued, EngineError> {
    let mut jobs = Vec::new();
    for plan in plans.iter().filter(|plan| plan.objections.is_empty()) {
        let Some(home) = plan.home.clone() else { continue };
        let order = DeleteOrder {
            at: InTrash { journal: Uuid::new_v4(), home, roots: plan.roots.clone(), tidy: plan.tidy },
            agreed: Some(plan.digest),
            stays_in_trash: plan.request.stays_in_trash,
        };
        let mut job = NewJob::new(plan.owner, plan.request.category);
        job.options =
            serde_json::to_string(&order).map_err(|error| EngineError::Broken(error.to_string()))?;
        job.plan = Some(plan.digest.to_string());
        job.volume_id = plan.root;
        job.also_marks = plan.also.clone();
        jobs.push(job);
    }
    let batch = NewBatch {
        action: JobAction::Delete,
        comment: comment.to_owned(),
        user: user.to_owned(),
        priority: Priority::Manual,
    };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}
