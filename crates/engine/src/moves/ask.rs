//! Plans that were agreed to become jobs.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, StoredPath};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Action, JobAction, Priority};
use uuid::Uuid;

use super::task::CopyOrder;
use super::{Destination, Limits, Plan};
use crate::{EngineError, blocking};

/// What a person says with a request.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// For the history.
    pub comment: &'a str,
    /// Who asks.
    pub user: &'a str,
    /// How contents are hashed.
    pub hash: HashKind,
    /// The most that may be removed.
    pub limits: Limits,
}

/// Makes jobs of plans of one action that nothing speaks against; the others are left out, and are not in the answer's
/// list. Destinations that carry no marker are given one.
///
/// # Errors
/// When the catalog can not be written, a destination not be marked, or too much would be removed; then there are no jobs.
pub async fn ask(
    catalog: &Catalog,
    plans: &[Plan],
    action: Action,
    wish: Wish<'_>,
) -> Result<Enqueued, EngineError> {
    wish.limits.check(plans)?;
    let mut jobs = Vec::new();
    let mut marked: HashMap<PathBuf, Destination> = HashMap::new();
    for plan in plans.iter().filter(|plan| plan.is_possible()) {
        let (Some(folder), Some(place)) = (plan.folder.clone(), &plan.request.destination) else { continue };
        let destination = match marked.entry(place.root.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let place = place.clone();
                free.insert(blocking(move || place.marked()).await?.map_err(EngineError::Destination)?)
            }
        };
        let order = CopyOrder {
            journal: Uuid::new_v4(),
            destination: destination.clone(),
            folder,
            agreed: plan.digest,
            hash: wish.hash,
            bytes: Some(plan.totals.bytes),
        };
        let mut job = NewJob::new(plan.owner, plan.request.category);
        job.target = Some(StoredPath::from(place.root.as_path()));
        job.options =
            serde_json::to_string(&order).map_err(|error| EngineError::Broken(error.to_string()))?;
        job.plan = plan.digest.map(|digest| digest.to_string());
        job.kept_confirmed = plan.kept;
        job.volume_id = plan.root;
        job.also_marks = plan.also.clone();
        jobs.push(job);
    }
    let action = if action == Action::Export { JobAction::Export } else { JobAction::Archive };
    let (comment, user) = (wish.comment.to_owned(), wish.user.to_owned());
    let batch = NewBatch { action, comment, user, priority: Priority::Manual };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}
