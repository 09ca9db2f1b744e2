//! What would be done: which files, how much, and what each gate says about it. Nothing here can write.

use std::sync::Arc;

use runstow_catalog::{Catalog, times};
use runstow_lifecycle::{Action, Category, Megabytes, State};
use runstow_storage::plan::{Digest, Planned, Totals, select};

use super::Destination;
use super::circumstances::Circumstances;
use super::gate::{Gate, GateName, Gates, Verdict};
use super::limits::removes;
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
    /// Where copies go; none only to ask about the other gates.
    pub destination: Option<Destination>,
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
    /// The files were looked at.
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
    /// The storage root that most of it lies on.
    pub(super) root: Option<i64>,
}

impl Plan {
    /// Can it be asked for?
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        self.objections.is_empty() && self.folder.is_some()
    }

    /// Notes that a gate is closed after all.
    pub(super) fn object(&mut self, name: GateName, reason: String) {
        // What stood there said that nothing, or nothing yet, was in the way.
        let silent = |gate: &Gate| matches!(gate.verdict, Verdict::Passed | Verdict::Open);
        self.gates.retain(|gate| gate.name != name || !silent(gate));
        let place = self.gates.iter().position(|gate| gate.name as usize > name as usize);
        let gate = Gate { name, verdict: Verdict::Failed, reason: reason.clone(), changes_us: None };
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
    let taken = live.map(|job| format!("job {} has these files already; let it end or cancel it", job.id));
    gates.judge(GateName::Job, taken, "no job has these files");
    let kept = subject.is_kept();
    let keep = if kept { catalog.keep(subject.found.report.id, request.category).await? } else { None };
    let kept_until = keep.filter(|keep| !keep.marker).and_then(|keep| keep.details?.expires_us);
    judge_keep(&mut gates, &request, kept, kept_until);
    let (classifiers, known) = (Arc::clone(classifiers), Arc::clone(known));
    let drawn = blocking(move || {
        judge_known(&mut gates, &subject, &request, &known);
        let walked = each.map(|mut each| {
            let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
            select(&subject.selection(request.action, classifier), &mut |planned| each(&planned))
        });
        let mut left_alone = Vec::new();
        let (totals, digest) = match &walked {
            Some(selected) => {
                let mut objections = Vec::new();
                match runstow_storage::transfer::check(selected) {
                    Ok(alone) => left_alone = alone,
                    Err(failure) => objections.push(failure.to_string()),
                }
                if selected.totals.files + selected.totals.links == 0 {
                    objections.push("there are no such files".to_owned());
                }
                gates.judge(GateName::Files, objections, "all of them can be looked at");
                (selected.totals, Some(selected.digest))
            }
            None => (as_measured(&mut gates, &subject), None),
        };
        let folder = judge_destination(&mut gates, &subject, &request, &known, totals.bytes);
        let gates = gates.done();
        let reasons = |wanted: fn(Verdict) -> bool| {
            gates
                .iter()
                .filter(|gate| wanted(gate.verdict))
                .map(|gate| gate.reason.clone())
                .collect::<Vec<_>>()
        };
        let mut warnings = reasons(Verdict::warns);
        if !subject.also.is_empty() {
            warnings.push(linked(&subject));
        }
        Plan {
            owner: subject.found.report.id,
            run: subject.found.run.id,
            name: subject.found.report.results_name.clone(),
            root: subject.root_id(),
            kept: kept && request.action == Action::Archive,
            folder,
            totals,
            exact: walked.is_some(),
            digest,
            left_alone,
            objections: reasons(Verdict::objects),
            warnings,
            gates,
            also: subject.also,
            request,
        }
    });
    drawn.await.map(Some)
}

fn judge_keep(gates: &mut Gates, request: &Request, kept: bool, until: Option<i64>) {
    let (verdict, reason) = match request.action {
        _ if !kept => (Verdict::Passed, "it is not kept"),
        Action::Archive if request.kept_confirmed => (Verdict::Confirmed, "it is kept"),
        Action::Archive => {
            (Verdict::Confirm, "it is kept; confirm that it is to be archived all the same (it stays kept)")
        }
        Action::Delete => (Verdict::Failed, "it is kept; end Keep first"),
        Action::Export | Action::Test | Action::List | Action::Measure => {
            (Verdict::Passed, "it is kept, and stays where it is")
        }
    };
    gates.add_until(GateName::Keep, verdict, reason, until);
}

/// The gates that need no look at the files themselves.
fn judge_known(gates: &mut Gates, subject: &Subject, request: &Request, known: &Circumstances) {
    gates.judge(GateName::State, state_objection(subject), "it is in its place");
    let mut holds = known.holds_on(subject).peekable();
    if holds.peek().is_none() {
        gates.add(GateName::Holds, Verdict::Passed, "nobody holds these files");
    }
    for hold in holds {
        let reason = format!(
            "{} uses these files ({}), hold {}: the job would wait until that has ended",
            hold.who, hold.reason, hold.id
        );
        gates.add_until(GateName::Holds, Verdict::Waits, reason, hold.expires_us);
    }
    match unfinished(subject) {
        None => gates.add(GateName::Finished, Verdict::Passed, "the run is finished"),
        Some(why) if request.unfinished_confirmed => gates.add(GateName::Finished, Verdict::Confirmed, why),
        Some(why) => gates.add(GateName::Finished, Verdict::Confirm, why),
    }
    let reason =
        if subject.also.is_empty() { "no other report uses these files".into() } else { linked(subject) };
    gates.add(GateName::Linked, Verdict::Passed, reason);
    let mut sources: Vec<String> = subject.roots().iter().filter_map(|root| known.unproven(root)).collect();
    if let Some(home) = subject.home().filter(|home| !home.is_dir()) {
        sources.push(format!(
            "the folder {home:?} is not there; if it was moved, scan, if its disk is away, bring it back"
        ));
    }
    gates.judge(GateName::Source, sources, "its folders are there");
    let mut vanished: Vec<String> =
        subject.root_ids().filter_map(|root| Some(known.vanished.get(&root)?.reason())).collect();
    vanished.dedup();
    if vanished.is_empty() || removes(request.action) {
        gates.judge(GateName::Vanished, vanished, "no more is missing of its volume than may be");
    } else {
        gates.add(
            GateName::Vanished,
            Verdict::Passed,
            "much of its volume is missing, but nothing is removed",
        );
    }
}

/// Sums and verdict without a look at the files.
fn as_measured(gates: &mut Gates, subject: &Subject) -> Totals {
    let state = subject.found.report.category(subject.category);
    let measured = state.and_then(|state| Some((state, state.diskspace?)));
    let Some((state, mb)) = measured else {
        let reason = "its files were not looked at, and no scan has measured them";
        gates.add(GateName::Files, Verdict::Open, reason);
        return Totals::default();
    };
    let when = state.measured_us.map_or_else(String::new, |us| format!(" on {}", times::timestamp(us)));
    gates.add(
        GateName::Files,
        Verdict::Open,
        format!("its files were not looked at; a scan measured them{when}"),
    );
    let files = state.files.unwrap_or_default().max(0).unsigned_abs();
    Totals { files, bytes: Megabytes(mb).bytes(), ..Totals::default() }
}

fn judge_destination(
    gates: &mut Gates,
    subject: &Subject,
    request: &Request,
    known: &Circumstances,
    bytes: u64,
) -> Option<String> {
    let folder = folder(subject, request);
    let Some(place) = &known.destination else {
        for gate in [GateName::Destination, GateName::Room] {
            gates.add(gate, Verdict::Open, "name a destination to have it looked at");
        }
        return folder;
    };
    let mut objections = place.objections.clone();
    objections.extend(place.overlaps(subject));
    if folder.is_none() {
        objections.push(
            "the directory that gives the archive its name is not known, or its name is not UTF-8".into(),
        );
    }
    match place.not_mounted() {
        Some(why) if place.place.not_mounted => gates.add(GateName::Destination, Verdict::Confirmed, why),
        Some(why) => gates.add(GateName::Destination, Verdict::Confirm, why),
        None => gates.judge(GateName::Destination, None, "it can be written"),
    }
    if !objections.is_empty() {
        gates.judge(GateName::Destination, objections, "");
    }
    if place.objections.is_empty() {
        gates.judge(GateName::Room, place.too_small(bytes, known.promised), &place.room());
    } else {
        gates.add(
            GateName::Room,
            Verdict::Open,
            "the destination can not be used, so its room was not looked at",
        );
    }
    folder
}

fn linked(subject: &Subject) -> String {
    format!(
        "{} other reports use these files through links, and show what becomes of them",
        subject.also.len()
    )
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

/// The folder below the destination's root.
fn folder(subject: &Subject, request: &Request) -> Option<String> {
    let folder = subject.archive_folder(request.action)?;
    let Some(destination) = &request.destination else { return Some(folder) };
    let root = &destination.root;
    match runstow_storage::transfer::free_folder(root, &folder, request.category, &subject.described.run) {
        Ok(folder) => Some(folder),
        // The objections to the destination say so.
        Err(_) => Some(folder),
    }
}
