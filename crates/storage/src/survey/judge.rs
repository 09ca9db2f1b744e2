//! The visitor that puts file sets, start folders and reports together.

use std::path::Path;

use runstow_lifecycle::classify::{SIGPROC_RESULTS, Scanner};
use runstow_lifecycle::{CategorySet, Verdict};

use super::{Decision, Reach, Side, Slot, Survey};
use crate::Skipped;
use crate::walk::{File, Place, Reached, Visit, Visitor};

/// Takes what a survey finds. Called from several threads at once.
pub(crate) trait Sink: Sync {
    type Part<'s>: SinkPart
    where
        Self: 's;

    /// Begins a part of a folder in the walk from a start folder.
    fn begin<'s>(&'s self, start: &'s Path) -> Self::Part<'s>;
}

pub(crate) trait SinkPart {
    /// A file, with what each report that sees it decides: pairs of the report's position and the decision. Called only
    /// when at least one decision is not empty.
    fn found(&mut self, decisions: &[(usize, Decision)], file: &File<'_>);

    /// An empty folder or a link to a folder, judged as if it were a file.
    fn folder(&mut self, _decisions: &[(usize, Decision)], _folder: &File<'_>) {}

    /// An entry that was left out, and the reports that miss it.
    fn skipped(&mut self, reports: &mut dyn Iterator<Item = (usize, Side)>, skipped: Skipped);
}

pub(super) struct Judge<'w, S> {
    pub(super) survey: &'w Survey<'w>,
    pub(super) sink: &'w S,
}

pub(super) struct Judging<'v, P> {
    survey: &'v Survey<'v>,
    /// One per scan that covers this folder.
    scanners: Vec<Option<Scan<'v>>>,
    decisions: Vec<(usize, Decision)>,
    part: P,
}

struct Scan<'v> {
    scanner: Scanner<'v>,
    /// The folder lies below the scan's own `sigproc_results`, and that is a link.
    through_link: bool,
    verdict: Verdict,
}

impl<S: Sink> Visitor for Judge<'_, S> {
    type Visit<'v>
        = Judging<'v, S::Part<'v>>
    where
        Self: 'v;

    fn begin<'v>(&'v self, place: &'v Place) -> Self::Visit<'v> {
        let scanners = self.survey.scans.iter().map(|scan| {
            let path = place.path.strip_prefix(scan.below.as_slice())?;
            let mut scanner = scan.classifier.scanner();
            scanner.enter(path);
            let through_link =
                place.reached != Reached::Directly && path.starts_with(SIGPROC_RESULTS.as_bytes());
            Some(Scan { scanner, through_link, verdict: Verdict::default() })
        });
        Judging {
            survey: self.survey,
            scanners: scanners.collect(),
            decisions: Vec::with_capacity(self.survey.slots.len()),
            part: self.sink.begin(&self.survey.start),
        }
    }
}

impl<P: SinkPart> Visit for Judging<'_, P> {
    fn file(&mut self, file: &File<'_>) {
        self.decide(file.name());
        if !self.decisions.is_empty() {
            self.part.found(&self.decisions, file);
        }
    }

    fn folder(&mut self, folder: &File<'_>) {
        self.decide(folder.name());
        if !self.decisions.is_empty() {
            self.part.folder(&self.decisions, folder);
        }
    }

    fn skipped(&mut self, skipped: Skipped) {
        let mut reports = self.survey.slots.iter().filter_map(|s| Some((s.report, s.views.first()?.side)));
        self.part.skipped(&mut reports, skipped);
    }
}

impl<P> Judging<'_, P> {
    fn decide(&mut self, name: &[u8]) {
        for scan in self.scanners.iter_mut().flatten() {
            scan.verdict = scan.scanner.classify(name);
        }
        self.decisions.clear();
        for slot in &self.survey.slots {
            let decision = decide(slot, &self.scanners);
            if !decision.is_empty() {
                self.decisions.push((slot.report, decision));
            }
        }
    }
}

fn decide(slot: &Slot, scans: &[Option<Scan<'_>>]) -> Decision {
    let mut decision = Decision::default();
    for view in &slot.views {
        let Some(scan) = &scans[view.scan] else { continue };
        let verdict = scan.verdict.within_reach(view.leaves_onboard);
        let reach = Reach { selected: verdict.selected, keep: verdict.keep };
        decision.all.add(reach);
        if !(view.linked && verdict.sigproc) {
            decision.near.add(reach);
        }
        let when = |yes: bool| if yes { verdict.selected } else { CategorySet::EMPTY };
        decision.in_report = decision.in_report.union(when(view.side == Side::Report));
        decision.linked = decision.linked.union(when(scan.through_link && view.linked));
    }
    decision
}
