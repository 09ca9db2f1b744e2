//! Plans that were agreed to become jobs.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, StoredPath};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{JobAction, Priority};
use serde::Serialize;
use uuid::Uuid;

use super::able::removes;
use super::plan::Way;
use super::task::{CopyOrder, DeleteOrder, InTrash};
use super::{Confirmation, Destination, Limits, Plan, archive_roots};
use crate::EngineError;

/// What a person says with a request.
#[derive(Clone, Copy, Debug, Default)]
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
/// list. Destinations that carry no marker are given one, and all are remembered.
///
/// # Errors
/// When the catalog can not be written, a destination not be marked, or too much would be removed; then there are no jobs.
pub async fn ask(
    catalog: &Catalog,
    plans: &[Plan],
    action: JobAction,
    wish: Wish<'_>,
) -> Result<Enqueued, EngineError> {
    wish.limits.check(plans)?;
    let shared = shared(plans);
    let mut jobs = Vec::new();
    let mut remembered = Remembered::default();
    for plan in plans.iter().filter(|plan| plan.is_possible() && plan.request.action == action) {
        let less = plan.less.clone().filter(|_| shared.contains(&plan.run));
        let mut job = NewJob::new(plan.owner, plan.request.category);
        job.options = match &plan.way {
            Way::Copy { from } => {
                let (Some(folder), Some(place)) = (plan.folder.clone(), &plan.request.destination) else {
                    continue;
                };
                job.target = Some(StoredPath::from(place.root.as_path()));
                let new = plan.request.confirmed.contains(&Confirmation::NewArchive);
                let (destination, volume) = remembered.of(catalog, place, new).await?;
                job.target_volume_id = Some(volume);
                written(&CopyOrder {
                    journal: Uuid::new_v4(),
                    destination,
                    folder,
                    agreed: plan.digest,
                    less,
                    hash: wish.hash,
                    bytes: Some(plan.need().bytes),
                    files: Some(plan.need().files),
                    from: from.clone(),
                })?
            }
            Way::Trash { home, roots, tidy, from } => {
                let Some(home) = home.clone() else { continue };
                let (roots, tidy, archive) = (roots.clone(), *tidy, from.is_some());
                let at = InTrash { journal: Uuid::new_v4(), home, roots, tidy, archive, emptied: false };
                let (from, stays_in_trash) = (from.clone(), plan.request.stays_in_trash);
                let linked = Some(plan.also.clone());
                written(&DeleteOrder { at, agreed: plan.digest, less, linked, from, stays_in_trash })?
            }
            Way::Back { order, .. } => match order {
                Some(order) => written(order)?,
                None => continue,
            },
        };
        job.plan = plan.digest.map(|digest| digest.to_string());
        job.kept_confirmed = plan.kept;
        job.unfinished_confirmed = plan.request.confirmed.contains(&Confirmation::Unfinished);
        job.planned_at = Some(plan.place);
        job.volume_id = plan.root;
        job.also_marks = plan.also.clone();
        jobs.push(job);
    }
    let (comment, user) = (wish.comment.to_owned(), wish.user.to_owned());
    let batch = NewBatch { action, comment, user, priority: Priority::Manual };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}

/// Runs of which several possible moves of the request take files away: categories and reports have some in common.
fn shared(plans: &[Plan]) -> HashSet<i64> {
    let mut seen = HashSet::new();
    let takes = |plan: &&Plan| plan.is_possible() && removes(plan.request.action);
    plans.iter().filter(takes).map(|plan| plan.run).filter(|run| !seen.insert(*run)).collect()
}

fn written(order: &impl Serialize) -> Result<String, EngineError> {
    serde_json::to_string(order).map_err(|error| EngineError::Broken(error.to_string()))
}

/// Destinations that carry their marker and are known to the catalog, with their numbers.
#[derive(Default)]
struct Remembered(HashMap<PathBuf, (Destination, i64)>);

impl Remembered {
    async fn of(
        &mut self,
        catalog: &Catalog,
        place: &Destination,
        new: bool,
    ) -> Result<(Destination, i64), EngineError> {
        Ok(match self.0.entry(place.root.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => free.insert(archive_roots::remember(catalog, place, new).await?).clone(),
        })
    }
}
