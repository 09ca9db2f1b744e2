//! Walks the start folders of reports and says of every file what the categories want with it.
//!
//! A run dir is walked once for all its reports. When one start folder lies within the other, or both are the same, the
//! outer one is walked once and each file is judged from both: it then counts once per category (categories.md §11).

mod decision;
mod judge;
mod plan;

use std::path::{Path, PathBuf};

use runstow_lifecycle::Classifier;

use crate::walk::{self, StartError};
pub use decision::{Decision, Reach};
pub(crate) use judge::{Sink, SinkPart};

/// Which of a report's start folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The report dir.
    Report,
    /// The run dir.
    Run,
    /// The folder that an archived category lies in.
    Archive,
}

/// One report, as far as it decides about files.
#[derive(Clone, Copy, Debug)]
pub struct ReportFiles<'a> {
    /// The report dir; none when the catalog has none.
    pub report_dir: Option<&'a Path>,
    /// It leaves the instrument's results alone, see [`crate::leaves_onboard`].
    pub leaves_onboard: bool,
    /// Its file set.
    pub classifier: &'a Classifier,
}

/// What became of one start folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// The catalog names none.
    #[default]
    NotGiven,
    /// It was walked.
    Walked,
    /// It could not be walked. Never a proof that its files are gone.
    Failed(StartError),
}

/// The start folders of one report after a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presences {
    /// The report dir.
    pub report_dir: Presence,
    /// The run dir.
    pub run_dir: Presence,
    /// The archive folder.
    pub archive: Presence,
}

impl Presences {
    const fn of(&mut self, side: Side) -> &mut Presence {
        match side {
            Side::Report => &mut self.report_dir,
            Side::Run => &mut self.run_dir,
            Side::Archive => &mut self.archive,
        }
    }

    /// Every start folder that is named could be walked.
    #[must_use]
    pub const fn complete(&self) -> bool {
        !matches!(self.report_dir, Presence::Failed(_))
            && !matches!(self.run_dir, Presence::Failed(_))
            && !matches!(self.archive, Presence::Failed(_))
    }
}

/// One walk, and how each report sees what is found.
pub(crate) struct Survey<'c> {
    pub(crate) start: PathBuf,
    scans: Vec<Scan<'c>>,
    slots: Vec<Slot>,
    /// The start folders that this walk covers, by report.
    covers: Vec<(usize, Side)>,
}

/// Paths below a folder of the walk, judged by one file set.
struct Scan<'c> {
    classifier: &'c Classifier,
    /// Path of that start folder below the walk's own, with a final `/`; empty for the walk's own.
    below: Vec<u8>,
}

/// How one report sees the files.
struct Slot {
    report: usize,
    views: Vec<View>,
}

struct View {
    scan: usize,
    side: Side,
    leaves_onboard: bool,
    /// `sigproc_results` of this start folder is a link, so what it holds belongs to another report.
    linked: bool,
}

/// Walks everything that some reports of one run are made of. `sink` is told the position of the report in `reports`.
pub(crate) fn run<S: Sink>(run_dir: Option<&Path>, reports: &[ReportFiles<'_>], sink: &S) -> Vec<Presences> {
    go(&plan::of_run(run_dir, reports), reports.len(), sink)
}

/// Walks the folder of an archived category.
pub(crate) fn archive<S: Sink>(folder: &Path, report: &ReportFiles<'_>, sink: &S) -> Presences {
    go(&[plan::of_archive(folder, report)], 1, sink).pop().unwrap_or_default()
}

fn go<S: Sink>(surveys: &[Survey<'_>], reports: usize, sink: &S) -> Vec<Presences> {
    let mut presences = vec![Presences::default(); reports];
    for survey in surveys {
        let presence = match walk::walk(&survey.start, &judge::Judge { survey, sink }) {
            Ok(()) => Presence::Walked,
            Err(error) => Presence::Failed(error),
        };
        for (report, side) in &survey.covers {
            *presences[*report].of(*side) = presence.clone();
        }
    }
    presences
}
