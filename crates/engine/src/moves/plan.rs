//! What would be done: which files, how much, and what each gate says about it. Nothing here can write.

mod archived;
mod away;
mod back;
mod ground;
mod judge;

use std::path::PathBuf;
use std::sync::Arc;

use runstow_catalog::{Catalog, Job, times};
use runstow_lifecycle::{Category, JobAction, State};
use runstow_storage::plan::{Common, Digest, Less, Planned, Totals};
use runstow_storage::trash::TRASH;

use super::Destination;
use super::circumstances::Circumstances;
use super::gate::{Confirmation, Gate, GateName, Gates, Verdict};
use super::room::{Need, Room};
use super::subject::Subject;
use super::task::{ArchivedAt, RestoreOrder, Root};
use crate::EngineError;
use crate::files::Classifiers;
use ground::Ground;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Archive, export, delete or restore.
    pub action: JobAction,
    /// The report.
    pub report: i64,
    /// The category.
    pub category: Category,
    /// Where copies go; none only to ask about the other gates, and for what makes no copies.
    pub destination: Option<Destination>,
    /// What a person has confirmed, but for the destination, which says that itself.
    pub confirmed: Vec<Confirmation>,
    /// What is deleted stays in the trash until its time is over; otherwise it goes for good as soon as it is recorded.
    pub stays_in_trash: bool,
}

impl Request {
    /// Asks for an action on one category of one report. Nothing is confirmed, and what is deleted stays in the trash.
    #[must_use]
    pub const fn new(action: JobAction, report: i64, category: Category) -> Self {
        Self { action, report, category, destination: None, confirmed: Vec::new(), stays_in_trash: true }
    }

    fn confirms(&self, what: Confirmation) -> bool {
        self.confirmed.contains(&what)
    }
}

/// The plan for one category of one report.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub request: Request,
    /// The report whose files these are: another than asked for where basecalling input is linked.
    pub owner: i64,
    /// Its run.
    pub run: i64,
    /// Its name.
    pub name: String,
    /// Other reports that show the same state.
    pub also: Vec<i64>,
    /// The folder below the destination's root.
    pub folder: Option<String>,
    /// Sums: of the files as they are now if the plan is `exact`, else as a scan measured them last.
    pub totals: Totals,
    /// The files were looked at, or for a restore the list that tells them.
    pub exact: bool,
    /// The plan in 32 bytes. None where the files were not looked at: then the job takes those that it finds.
    pub digest: Option<Digest>,
    /// What can not be looked at and stays where it is.
    pub left_alone: Vec<String>,
    /// What each gate says.
    pub gates: Vec<Gate>,
    /// Why it can not be done, from the gates. Empty: it can.
    pub objections: Vec<String>,
    /// What a person should know before agreeing.
    pub warnings: Vec<String>,
    /// The category is kept, and the archive of it was confirmed.
    pub kept: bool,
    /// An earlier report of the request for the same files: with that one this is done.
    pub with: Option<i64>,
    /// Where the catalog says that the files are.
    pub(super) place: State,
    /// The storage root that most of it lies on.
    pub(super) root: Option<i64>,
    /// What may be missing from it when other moves of the request come first.
    pub(super) less: Option<Less>,
    /// What other moves can take too.
    pub(super) common: Common,
    pub(super) way: Way,
}

/// What a job needs to know of its way.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// To a destination.
    Copy {
        /// The archive that is copied, instead of the files in their place.
        from: Option<ArchivedAt>,
    },
    /// Into a trash.
    Trash {
        /// The folder whose trash takes the files.
        home: Option<PathBuf>,
        roots: Vec<Root>,
        tidy: bool,
        /// The archive folder, when the archived copy is deleted.
        from: Option<PathBuf>,
    },
    /// Back to the source.
    Back {
        /// Where the files are: a folder of an archive or of a trash.
        from: Option<PathBuf>,
        order: Option<RestoreOrder>,
        /// The directories that files come back to.
        into: Vec<PathBuf>,
        /// At the place they come back to.
        room: Option<Room>,
    },
}

impl Plan {
    /// Of a subject of which nothing is known yet.
    fn begin(request: Request, subject: &Subject, way: Way) -> Self {
        Self {
            owner: subject.found.report.id,
            run: subject.found.run.id,
            name: subject.found.report.results_name.clone(),
            also: subject.also.clone(),
            place: subject.state().place(),
            root: subject.root_id(),
            folder: None,
            totals: Totals::default(),
            exact: false,
            digest: None,
            left_alone: Vec::new(),
            gates: Vec::new(),
            objections: Vec::new(),
            warnings: Vec::new(),
            kept: subject.is_kept() && request.action == JobAction::Archive,
            with: None,
            less: None,
            common: Common::default(),
            request,
            way,
        }
    }

    /// Takes the gates over, and what follows from them.
    fn judged(mut self, gates: Gates, warnings: impl IntoIterator<Item = String>) -> Self {
        self.gates = gates.done();
        let reasons = |wanted: fn(Verdict) -> bool| -> Vec<String> {
            let gates = self.gates.iter().filter(|gate| wanted(gate.verdict));
            gates.map(|gate| gate.reason.clone()).collect()
        };
        self.objections = reasons(Verdict::objects);
        self.warnings = reasons(Verdict::warns);
        self.warnings.extend(warnings);
        self
    }

    /// Can it be asked for?
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        let way = match &self.way {
            Way::Copy { .. } => self.folder.is_some(),
            Way::Trash { home, .. } => home.is_some(),
            Way::Back { order, .. } => order.is_some(),
        };
        self.objections.is_empty() && way
    }

    /// The directories that a restore puts files back into.
    #[must_use]
    pub fn back_into(&self) -> &[PathBuf] {
        match &self.way {
            Way::Back { into, .. } => into,
            Way::Copy { .. } | Way::Trash { .. } => &[],
        }
    }

    /// Where copies or what is deleted goes to, or from where files come back.
    #[must_use]
    pub fn place(&self) -> Option<PathBuf> {
        match &self.way {
            Way::Copy { .. } => {
                let destination = self.request.destination.as_ref()?;
                Some(destination.root.join(self.folder.as_deref()?))
            }
            Way::Trash { home, .. } => Some(home.as_ref()?.join(TRASH)),
            Way::Back { from, .. } => from.clone(),
        }
    }

    pub(super) const fn need(&self) -> Need {
        Need { bytes: self.totals.bytes, files: self.totals.files.saturating_add(self.totals.links) }
    }

    /// Notes that a gate is closed after all.
    pub(super) fn object(&mut self, name: GateName, reason: String) {
        // What stood there said that nothing, or nothing yet, was in the way.
        let silent = |gate: &Gate| matches!(gate.verdict, Verdict::Passed | Verdict::Open);
        self.gates.retain(|gate| gate.name != name || !silent(gate));
        let place = self.gates.iter().position(|gate| gate.name as usize > name as usize);
        let gate = Gate {
            name,
            verdict: Verdict::Failed,
            reason: reason.clone(),
            changes_us: None,
            confirmation: None,
        };
        self.gates.insert(place.unwrap_or(self.gates.len()), gate);
        self.objections.push(reason);
    }
}

/// Shown every entry of a plan.
pub(super) type Each = Box<dyn FnMut(&Planned) + Send>;

/// Plans one category of one report. None when there is no such report. `each` is shown every entry.
///
/// # Errors
/// When the catalog does not answer.
pub async fn plan(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: Request,
    each: impl FnMut(&Planned) + Send + 'static,
) -> Result<Option<Plan>, EngineError> {
    let known = Arc::new(Circumstances::look(catalog, request.destination.as_ref()).await?);
    draw(catalog, classifiers, request, &known, Some(Box::new(each))).await
}

/// The same, without looking at the files: its sums are those of the last scan.
///
/// # Errors
/// When the catalog does not answer.
pub async fn outline(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: Request,
) -> Result<Option<Plan>, EngineError> {
    let known = Arc::new(Circumstances::look(catalog, request.destination.as_ref()).await?);
    draw(catalog, classifiers, request, &known, None).await
}

/// What another job of the same files means for who asks.
fn taken_by(job: &Job) -> String {
    let waits = match job.is_abandoned(times::now_us()) {
        true => " (its worker is silent; it goes on when `runstow worker` or `runstow serve` runs)",
        false => "",
    };
    format!("job {} has these files already{waits}; let it end or cancel it", job.id)
}

/// Plans a move of a request whose circumstances are known. Files are looked at if somebody wants to see `each`.
pub(super) async fn draw(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: Request,
    known: &Arc<Circumstances>,
    each: Option<Each>,
) -> Result<Option<Plan>, EngineError> {
    let found = Subject::find_beside(catalog, request.report, request.category, &known.lookups).await?;
    let Some(subject) = found else { return Ok(None) };
    let mut gates = Gates::default();
    let live = catalog.live_job_of(subject.found.report.id, request.category).await?;
    let taken = live.map(|job| taken_by(&job));
    gates.judge(GateName::Job, taken, "no job has these files");
    if request.action == JobAction::Restore {
        return back::draw(catalog, request, subject, known, gates).await.map(Some);
    }
    let is_archived = archived::is_archived(&subject);
    if request.action == JobAction::Export && is_archived {
        return archived::draw_export(catalog, request, subject, known, gates).await.map(Some);
    }
    let keep = match subject.is_kept() {
        true => catalog.keep(subject.found.report.id, request.category).await?,
        false => None,
    };
    let kept_until = keep.filter(|keep| !keep.marker).and_then(|keep| keep.details?.expires_us);
    judge::keep(&mut gates, &request, &subject, kept_until);
    if request.action == JobAction::Delete && is_archived {
        return archived::draw_delete(catalog, request, subject, known, gates, each).await.map(Some);
    }
    let ground = Ground::of(catalog, known).await?;
    away::draw(classifiers, request, subject, known, ground, gates, each).await.map(Some)
}
