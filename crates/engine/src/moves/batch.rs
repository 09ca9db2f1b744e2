//! Many moves in one request: each is planned beside the others. Nothing here can write.

use std::collections::HashMap;
use std::sync::Arc;

use runstow_catalog::Catalog;
use runstow_lifecycle::{Category, JobAction};
use runstow_storage::plan::{Digest, Planned};

use super::Destination;
use super::circumstances::Circumstances;
use super::folders::FilesOf;
use super::gate::{Confirmation, GateName};
use super::plan::{Each, Plan, Request, Way, draw};
use super::room::Need;
use crate::EngineError;
use crate::files::Classifiers;

/// The plans that a dry run showed: the digest for each report and category.
pub type Agreed = HashMap<(i64, Category), Digest>;

/// What a request says about all of its moves.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Archive, export, delete or restore.
    pub action: JobAction,
    /// Where copies go; none only to ask about the other gates.
    pub destination: Option<Destination>,
    /// What a person has confirmed, but for the destination, which says that itself.
    pub confirmed: Vec<Confirmation>,
    /// What is deleted stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub stays_in_trash: bool,
    /// Only these plans, and exactly as they were shown. None: what is found.
    pub agreed: Option<Agreed>,
}

/// A request that is being planned.
pub struct Batch {
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
    terms: Terms,
    known: Arc<Circumstances>,
    plans: Vec<Plan>,
    /// The first report of the request for the same files, by category and by the report, or run, that owns them.
    first: HashMap<(Category, i64), i64>,
    /// What the possible ones so far bring to the destination, or back to each storage root.
    brought: HashMap<Option<i64>, Need>,
}

impl Batch {
    /// Looks once at what is the same for all.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn begin(
        catalog: &Catalog,
        classifiers: &Arc<Classifiers>,
        terms: Terms,
    ) -> Result<Self, EngineError> {
        let known = Arc::new(Circumstances::look(catalog, terms.destination.as_ref()).await?);
        let (catalog, classifiers) = (catalog.clone(), Arc::clone(classifiers));
        Ok(Self {
            catalog,
            classifiers,
            terms,
            known,
            plans: Vec::new(),
            first: HashMap::new(),
            brought: HashMap::new(),
        })
    }

    /// Plans one more by a look at its files; `each` is shown every entry. None when there is no such report. When it is
    /// given up in between, the request is as it was before.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn plan(
        &mut self,
        report: i64,
        category: Category,
        each: impl FnMut(&Planned) + Send + 'static,
    ) -> Result<Option<&Plan>, EngineError> {
        self.add(report, category, Some(Box::new(each))).await
    }

    /// Plans one more without a look at its files: in milliseconds, with the sums of the last scan.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn outline(&mut self, report: i64, category: Category) -> Result<Option<&Plan>, EngineError> {
        self.add(report, category, None).await
    }

    async fn add(
        &mut self,
        report: i64,
        category: Category,
        each: Option<Each>,
    ) -> Result<Option<&Plan>, EngineError> {
        let Terms { action, destination, confirmed, stays_in_trash, .. } = self.terms.clone();
        let request = Request { action, report, category, destination, confirmed, stays_in_trash };
        let drawn = draw(&self.catalog, &self.classifiers, request, &self.known, each).await?;
        let Some(mut plan) = drawn else { return Ok(None) };
        self.fit(&mut plan);
        self.plans.push(plan);
        Ok(self.plans.last())
    }

    /// Judges what only the whole request shows.
    fn fit(&mut self, plan: &mut Plan) {
        let Request { report, category, .. } = plan.request;
        if let Some(agreed) = &self.terms.agreed {
            match (agreed.get(&(report, category)), plan.digest) {
                (Some(shown), None) => plan.digest = Some(*shown),
                (Some(shown), Some(now)) if *shown == now => {}
                (Some(_), Some(_)) => {
                    let why = "its files are no longer those of the plan that was agreed to; plan again";
                    plan.object(GateName::Files, why.into());
                }
                (None, _) => {
                    plan.object(GateName::Files, "it is not in the plan that was agreed to".into());
                }
            }
        }
        if let Some(first) = self.first.get(&files_of(plan, plan.owner)).copied() {
            let why = format!("these are the files of report {first} of this request, and are done with it");
            plan.with = Some(first);
            // They go where that report's go, not to a folder of their own.
            let leads = |other: &&Plan| (other.request.report, other.request.category) == (first, category);
            plan.folder = self.plans.iter().find(leads).and_then(|other| other.folder.clone());
            return plan.object(GateName::Job, why);
        }
        if !plan.is_possible() {
            return;
        }
        let need = plan.need();
        let (to, promised) = match &plan.way {
            Way::Copy { .. } => (None, self.known.promised),
            Way::Back { room: Some(_), .. } => (plan.root, Need::default()),
            // The files stay on their file system.
            Way::Back { room: None, .. } | Way::Trash { .. } => return self.take(plan),
        };
        let before = self.brought.get(&to).copied().unwrap_or_default();
        let too_small = match &plan.way {
            Way::Back { room, .. } => room.as_ref().and_then(|room| room.lacks(need, before)),
            _ => {
                let place = self.known.destination.as_ref();
                place.and_then(|place| place.too_small(need, promised.and(before)))
            }
        };
        match too_small {
            Some(why) => plan.object(GateName::Room, why),
            None => {
                self.brought.insert(to, before.and(need));
                self.take(plan);
            }
        }
    }

    /// Notes whose files are in the request now.
    fn take(&mut self, plan: &Plan) {
        if let (Way::Copy { .. }, Some(folder)) = (&plan.way, &plan.folder) {
            let files = FilesOf::category(plan.request.category, plan.run, plan.owner);
            self.known.folders.take(folder, files);
        }
        for owner in plan.also.iter().chain([&plan.owner]) {
            self.first.insert(files_of(plan, *owner), plan.request.report);
        }
    }

    /// The plans so far.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// All plans, to be shown or asked for.
    #[must_use]
    pub fn into_plans(self) -> Vec<Plan> {
        self.plans
    }
}

/// The files of a plan, as those of this report.
fn files_of(plan: &Plan, owner: i64) -> (Category, i64) {
    let category = plan.request.category;
    (category, if category == Category::Sigproc { plan.run } else { owner })
}
