//! What the gates say about a move that reads a source (lifecycle.md §3).

use runstow_catalog::times;
use runstow_lifecycle::{Category, JobAction, Megabytes, State};
use runstow_storage::plan::Totals;
use runstow_storage::transfer::free_folder;

use super::Request;
use super::ground::Ground;
use crate::keep_file;
use crate::moves::able::{removes, selects};
use crate::moves::circumstances::Circumstances;
use crate::moves::folders::FilesOf;
use crate::moves::gate::{Confirmation, GateName, Gates, Verdict};
use crate::moves::room::Need;
use crate::moves::subject::Subject;

pub(super) fn keep(gates: &mut Gates, request: &Request, subject: &Subject, until: Option<i64>) {
    let (verdict, reason) = match request.action {
        _ if !subject.is_kept() => (Verdict::Passed, "it is not kept"),
        JobAction::Archive if request.confirms(Confirmation::Kept) => (Verdict::Confirmed, "it is kept"),
        JobAction::Archive => {
            (Verdict::Confirm, "it is kept; confirm that it is to be archived all the same (it stays kept)")
        }
        JobAction::Delete | JobAction::Purge => {
            (Verdict::Failed, "it is kept, and what is kept is never deleted; end the Keep first")
        }
        JobAction::Export | JobAction::Restore | JobAction::Verify => {
            (Verdict::Passed, "it is kept, and stays where it is")
        }
    };
    let why = match subject.keep_file {
        true => format!(" (a file {} lies in the run's directory)", keep_file::NAME),
        false => String::new(),
    };
    gates.add_until(GateName::Keep, verdict, format!("{reason}{why}"), until);
}

/// The gates that need no look at the files themselves. `sources`: what is wrong with the start folders.
pub(super) fn known(
    gates: &mut Gates,
    subject: &Subject,
    request: &Request,
    known: &Circumstances,
    mut sources: Vec<String>,
) {
    gates.judge(GateName::State, state_objection(subject), "it is in its place");
    holds(gates, subject, known);
    match unfinished(subject) {
        None => gates.add(GateName::Finished, Verdict::Passed, "the run is finished"),
        Some(why) if request.confirms(Confirmation::Unfinished) => {
            gates.add(GateName::Finished, Verdict::Confirmed, why);
        }
        Some(why) => gates.add(GateName::Finished, Verdict::Confirm, why),
    }
    linked_by_others(gates, subject, request);
    sources.extend(subject.roots().iter().filter_map(|root| known.unproven(root)));
    if let Some(home) = subject.home().filter(|home| !home.is_dir()) {
        sources.push(format!(
            "the folder {home:?} is not there; if it was moved, scan, if its disk is away, bring it back"
        ));
    }
    gates.judge(GateName::Source, sources, "its folders are there");
    vanished(gates, subject, request, known);
}

/// Who has registered that the files are in use.
pub(super) fn holds(gates: &mut Gates, subject: &Subject, known: &Circumstances) {
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
}

/// Did much of the volume vanish at once?
pub(super) fn vanished(gates: &mut Gates, subject: &Subject, request: &Request, known: &Circumstances) {
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

/// An archive leaves the others a way back to their files; a delete takes the files from them.
pub(super) fn linked_by_others(gates: &mut Gates, subject: &Subject, request: &Request) {
    let (verdict, reason) = match request.action {
        _ if subject.also.is_empty() => {
            let nobody = || "no other report uses these files".to_owned();
            (Verdict::Passed, of_the_run(subject).unwrap_or_else(nobody))
        }
        JobAction::Delete => {
            let confirmed = request.confirms(Confirmation::Linked);
            (if confirmed { Verdict::Confirmed } else { Verdict::Confirm }, linked(subject))
        }
        _ => (Verdict::Passed, linked(subject)),
    };
    gates.add(GateName::Linked, verdict, reason);
}

/// Sums and verdict without a look at the files.
pub(super) fn as_measured(gates: &mut Gates, subject: &Subject) -> Totals {
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

/// The gates about the destination of copies; the folder below its root, and what a person should know.
pub(super) fn destination(
    gates: &mut Gates,
    subject: &Subject,
    request: &Request,
    known: &Circumstances,
    ground: &Ground,
    need: Need,
) -> (Option<String>, Vec<String>) {
    let folder = folder(subject, request, known);
    let Some(place) = &known.destination else {
        for gate in [GateName::Destination, GateName::Room] {
            gates.add(gate, Verdict::Open, "name a destination to have it looked at");
        }
        return (folder, Vec::new());
    };
    let mut objections = place.objections.clone();
    if objections.is_empty() {
        objections.extend(place.not_permitted(folder.as_deref()));
    }
    objections.extend(place.overlaps(subject));
    let below = ground.destination(known, folder.as_deref());
    objections.extend(below.objections);
    if folder.is_none() {
        objections.push(
            "the directory that gives the archive its name is not known, or its name is not UTF-8".into(),
        );
    }
    if let Some(another) = &place.another {
        let said = request.confirms(Confirmation::NewArchive);
        match (another.may_be_new, said) {
            (false, _) => objections.push(another.reason.clone()),
            (true, true) => {
                let why = format!("{}, and that it is a new archive is confirmed", another.reason);
                gates.confirm(GateName::Destination, Confirmation::NewArchive, said, why);
            }
            (true, false) => {
                let why = format!("{}; mount it, or confirm that this is a new archive", another.reason);
                gates.confirm(GateName::Destination, Confirmation::NewArchive, said, why);
            }
        }
    }
    match place.not_mounted() {
        Some(_) if place.place.not_mounted => {
            let why = "nothing is mounted there, and that is confirmed";
            gates.add(GateName::Destination, Verdict::Confirmed, why);
        }
        Some(why) => gates.add(GateName::Destination, Verdict::Confirm, why),
        None => gates.judge(GateName::Destination, None, "it can be written"),
    }
    if !objections.is_empty() {
        gates.judge(GateName::Destination, objections, "");
    }
    if place.objections.is_empty() {
        gates.judge(GateName::Room, place.too_small(need, known.promised), &place.room());
    } else {
        gates.add(
            GateName::Room,
            Verdict::Open,
            "the destination can not be used, so its room was not looked at",
        );
    }
    (folder, below.warnings)
}

/// The signals are the run's: all its reports show what becomes of them, and none is asked.
pub(super) fn of_the_run(subject: &Subject) -> Option<String> {
    let own = subject.found.report.id;
    let others: Vec<String> = subject.siblings.iter().filter(|id| **id != own).map(i64::to_string).collect();
    (subject.category == Category::Sigproc && !others.is_empty()).then(|| {
        format!(
            "these files are the run's: report {} of the same run shows what becomes of them too",
            others.join(", ")
        )
    })
}

/// Who else has the files.
pub(super) fn linked(subject: &Subject) -> String {
    let others: Vec<String> = subject.also.iter().map(i64::to_string).collect();
    format!("these files are also those of report {}, which shows what becomes of them", others.join(", "))
}

fn state_objection(subject: &Subject) -> Option<String> {
    let state = subject.found.report.category(subject.category)?.state;
    let rests = matches!(state, State::Local | State::Selected | State::Notified | State::Acknowledged);
    (!rests).then(|| match state {
        State::Archived => {
            "the category is Archived already; it can be restored, exported and deleted".to_owned()
        }
        State::Deleted => {
            "the category is Deleted already; `runstow trash` shows what can still be restored".to_owned()
        }
        state => format!("the category is {}; only what is in its place can be moved", state.label()),
    })
}

/// Gate 2, as far as the last scan knows: while the instrument writes, nothing is moved. Where the signal files are gone
/// already, so are the markers that would say so.
fn unfinished(subject: &Subject) -> Option<String> {
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
fn folder(subject: &Subject, request: &Request, known: &Circumstances) -> Option<String> {
    let folder = subject.archive_folder(selects(request.action))?;
    let Some(destination) = &request.destination else { return Some(folder) };
    let files_of = FilesOf::category(request.category, subject.found.run.id, subject.found.report.id);
    let taken = |folder: &str| known.folders.is_taken(folder, files_of);
    match free_folder(&destination.root, &folder, request.category, subject.whose(), &taken) {
        Ok(folder) => Some(folder),
        // The objections to the destination say so.
        Err(_) => Some(folder),
    }
}
