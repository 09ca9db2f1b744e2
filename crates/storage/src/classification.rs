//! The complete answer for one report: for each category and action the files it would handle and keep back.
//!
//! This is the form in which the reference classification is compared (conformance/files). It collects the lists, so it is
//! for looking and testing; actions use [`crate::list`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::{Action, Category, CategorySet, Classifier, State};

use crate::list::{Listing, Where, list};
use crate::survey::{Presence, ReportFiles};

/// A report as the catalog knows it.
#[derive(Clone, Debug)]
pub struct ReportSpec<'a> {
    /// The report dir.
    pub report_dir: Option<&'a Path>,
    /// The run dir.
    pub run_dir: Option<&'a Path>,
    /// It leaves the instrument's results alone, see [`crate::leaves_onboard`].
    pub leaves_onboard: bool,
    /// The state of each category, in the order of [`Category::ALL`].
    pub states: [State; 4],
    /// The archive folder of each category that has one.
    pub archive_paths: [Option<&'a Path>; 4],
}

/// The answer for one category and action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The category.
    pub category: Category,
    /// The action.
    pub action: Action,
    /// The files, or why the action is refused.
    pub files: Result<Files, Refused>,
}

/// Files of one action, as absolute paths in bytes, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// What is handled, kept back or not.
    pub process: Vec<Vec<u8>>,
    /// What is kept back, handled or not.
    pub keep: Vec<Vec<u8>>,
    /// Bytes of `process`.
    pub bytes: u64,
}

/// Why an action has no files at all (categories.md §7.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are gone.
    #[error("its files are deleted; nothing can be done with them")]
    Deleted,
    /// They are in an archive that is not in sight.
    #[error("it is archived, and the archive folder {path:?} is not reachable; mount it and try again")]
    ArchiveMissing {
        /// The folder, if the record has one.
        path: Option<PathBuf>,
    },
}

/// What is known of one file: its decision by category and action, and its size.
struct Known {
    path: Vec<u8>,
    size: u64,
    process: [CategorySet; ACTIONS],
    keep: [CategorySet; ACTIONS],
}

const ACTIONS: usize = Action::ALL.len();

/// Lists every category and action of a report. Each place is walked once.
///
/// `disposed` adds categories to those that the states already say are disposed: what would be kept back if they were?
#[must_use]
pub fn classification(
    spec: &ReportSpec<'_>,
    classifier: &Classifier,
    actions: &[Action],
    disposed: CategorySet,
) -> (Vec<Line>, Vec<Listing>) {
    let gone: CategorySet = Category::ALL.into_iter().filter(|c| spec.states[c.index()].disposed()).collect();
    let gone = gone.union(disposed);
    let report = ReportFiles { report_dir: spec.report_dir, leaves_onboard: spec.leaves_onboard, classifier };
    let mut walked: BTreeMap<Option<&Path>, (Vec<Known>, Listing)> = BTreeMap::new();
    let mut lines = Vec::new();
    for category in Category::ALL {
        for &action in actions {
            let files = start_of(spec, category, action).and_then(|start| {
                let (known, listing) =
                    walked.entry(start).or_insert_with(|| collect(spec, &report, start, gone));
                // A folder that is there but no folder, or not readable, holds nothing.
                match (&listing.presences.archive, start) {
                    (Presence::Failed(_), Some(path)) if !path.exists() => {
                        Err(Refused::ArchiveMissing { path: Some(path.to_owned()) })
                    }
                    _ => Ok(files_of(known, category, action)),
                }
            });
            lines.push(Line { category, action, files });
        }
    }
    (lines, walked.into_values().map(|(_, listing)| listing).collect())
}

/// The archive folder to look at, or none for the local folders.
fn start_of<'a>(
    spec: &ReportSpec<'a>,
    category: Category,
    action: Action,
) -> Result<Option<&'a Path>, Refused> {
    let state = spec.states[category.index()];
    if action.ignores_state() {
        return Ok(None);
    }
    if state.deleted() {
        return Err(Refused::Deleted);
    }
    if !state.archived() {
        return Ok(None);
    }
    spec.archive_paths[category.index()].map(Some).ok_or(Refused::ArchiveMissing { path: None })
}

fn collect(
    spec: &ReportSpec<'_>,
    report: &ReportFiles<'_>,
    archive: Option<&Path>,
    gone: CategorySet,
) -> (Vec<Known>, Listing) {
    use std::os::unix::ffi::OsStrExt;
    let found = Mutex::new(Vec::new());
    let place = archive.map_or(Where::Local(spec.run_dir), Where::Archive);
    let listing = list(place, report, &|file| {
        let of = |wanted: &dyn Fn(Action, Category) -> bool| {
            Action::ALL.map(|action| Category::ALL.into_iter().filter(|c| wanted(action, *c)).collect())
        };
        let known = Known {
            path: [file.start().as_os_str().as_bytes(), b"/", &file.path()].concat(),
            size: file.size().unwrap_or(0),
            process: of(&|action, category| file.processes(action, category)),
            keep: of(&|action, category| file.keeps(action, category, gone)),
        };
        found.lock().unwrap_or_else(PoisonError::into_inner).push(known);
    });
    let mut known = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    known.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    (known, listing)
}

fn files_of(known: &[Known], category: Category, action: Action) -> Files {
    let mut files = Files::default();
    let at = Action::ALL.iter().position(|a| *a == action).unwrap_or_default();
    for file in known {
        if file.process[at].contains(category) {
            files.process.push(file.path.clone());
            files.bytes += file.size;
        }
        if file.keep[at].contains(category) {
            files.keep.push(file.path.clone());
        }
    }
    files
}
