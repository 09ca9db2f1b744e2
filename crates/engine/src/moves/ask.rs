//! Plans that were agreed to become jobs.

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, StoredPath};
use runstow_lifecycle::{Action, JobAction, Priority};
use uuid::Uuid;

use super::Plan;
use super::order::Order;
use crate::EngineError;

/// Makes jobs of plans that nothing speaks against; the others are left out, and are not in the answer's list.
///
/// # Errors
/// When the catalog can not be written; then there are no jobs.
pub async fn ask(
    catalog: &Catalog,
    plans: &[Plan],
    action: Action,
    comment: &str,
    user: &str,
) -> Result<Enqueued, EngineError> {
    let mut jobs = Vec::new();
    for plan in plans.iter().filter(|plan| plan.objections.is_empty()) {
        let Some(folder) = plan.folder.clone() else { continue };
        let order = Order {
            journal: Uuid::new_v4(),
            destination: plan.request.destination.clone(),
            folder,
            agreed: Some(plan.digest),
        };
        let mut job = NewJob::new(plan.owner, plan.request.category);
        job.target = Some(StoredPath::from(plan.request.destination.root.as_path()));
        job.options =
            serde_json::to_string(&order).map_err(|error| EngineError::Broken(error.to_string()))?;
        job.plan = Some(plan.digest.to_string());
        job.kept_confirmed = true;
        job.also_marks = plan.also.clone();
        jobs.push(job);
    }
    let action = if action == Action::Export { JobAction::Export } else { JobAction::Archive };
    let batch =
        NewBatch { action, comment: comment.to_owned(), user: user.to_owned(), priority: Priority::Manual };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}
