//! Which files an action would touch and keep. It can not write: it only asks storage's lists.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runstow_catalog::StoredPath;
use runstow_catalog::registry::{Report, ReportWithRun};
use runstow_lifecycle::classify::CompileError;
use runstow_lifecycle::{Action, Category, CategorySet, Classifier, FileSets, Megabytes, State};
use runstow_storage::{Line, Listing, Presence, ReportSpec, classification, leaves_onboard};

use crate::{EngineError, blocking};

pub use runstow_storage::Files;

/// File sets made ready for use, each once.
pub struct Classifiers {
    sets: Arc<FileSets>,
    ready: Vec<Classifier>,
}

impl Classifiers {
    /// Makes all sets ready: a few milliseconds each.
    ///
    /// # Errors
    /// When a site's patterns are too large together.
    pub fn new(sets: &Arc<FileSets>) -> Result<Self, CompileError> {
        let ready = sets.iter().map(Classifier::new).collect::<Result<_, _>>()?;
        Ok(Self { sets: sets.clone(), ready })
    }

    /// The classifier for reports of a version of Torrent Suite: a set of exactly that name, else by the rule of
    /// categories.md §1.
    pub fn for_version(&self, version: Option<&str>) -> &Classifier {
        let named = version.and_then(|version| self.sets.get(version));
        let set = named.unwrap_or_else(|| self.sets.for_version(version));
        let at = self.ready.iter().position(|classifier| classifier.file_set().name() == set.name());
        &self.ready[at.unwrap_or(0)]
    }
}

/// The files of one report.
pub struct ReportListing {
    /// One for each category and action that was asked about.
    pub lines: Vec<Line>,
    /// Disk space of each category as it is now, MB of 2^20 bytes.
    pub diskspace_mb: [f64; 4],
    /// Directories that are not there or can not be opened, with the reason: then the lists say nothing of them.
    pub not_there: Vec<String>,
    /// What could not be looked at, with the reason.
    pub skipped: Vec<(PathBuf, String)>,
}

/// Lists the files of a report for some actions.
///
/// # Errors
/// When the work could not be run.
pub async fn list_report(
    found: ReportWithRun,
    classifiers: Arc<Classifiers>,
    actions: Vec<Action>,
) -> Result<ReportListing, EngineError> {
    blocking(move || list(&found, &classifiers, &actions)).await
}

fn list(found: &ReportWithRun, classifiers: &Classifiers, actions: &[Action]) -> ReportListing {
    let ReportWithRun { report, run } = found;
    let (report_dir, run_dir) = (report.report_dir.to_path(), run.exp_dir.to_path());
    let report_dir = report_dir.is_absolute().then_some(report_dir.as_path());
    let archives = archives(report);
    let spec = ReportSpec {
        report_dir,
        run_dir: run_dir.is_absolute().then_some(run_dir.as_path()),
        leaves_onboard: leaves_onboard(report_dir, report.thumbnail),
        states: Category::ALL
            .map(|category| report.category(category).map_or(State::Local, |known| known.state)),
        archive_paths: [0, 1, 2, 3].map(|index: usize| archives[index].as_deref()),
    };
    let classifier = classifiers.for_version(report.ts_version.as_deref());
    let mut wanted = actions.to_vec();
    if !wanted.contains(&Action::Measure) {
        wanted.push(Action::Measure);
    }
    let (lines, listings) = classification(&spec, classifier, &wanted, CategorySet::default());
    let diskspace_mb = Category::ALL.map(|category| {
        let measured = lines.iter().find(|line| line.category == category && line.action == Action::Measure);
        measured
            .and_then(|line| line.files.as_ref().ok())
            .map_or(0.0, |files| Megabytes::from_bytes(files.bytes).0)
    });
    let lines = lines.into_iter().filter(|line| actions.contains(&line.action)).collect();
    ReportListing { lines, diskspace_mb, not_there: not_there(&listings), skipped: skipped(listings) }
}

fn archives(report: &Report) -> [Option<PathBuf>; 4] {
    Category::ALL.map(|category| report.category(category)?.archive_path.as_ref().map(StoredPath::to_path))
}

fn not_there(listings: &[Listing]) -> Vec<String> {
    let presences = listings.iter().flat_map(|listing| {
        let of = &listing.presences;
        [&of.report_dir, &of.run_dir, &of.archive]
    });
    let mut all: Vec<String> = presences
        .filter_map(
            |presence| if let Presence::Failed(error) = presence { Some(error.to_string()) } else { None },
        )
        .collect();
    all.sort();
    all.dedup();
    all
}

fn skipped(listings: Vec<Listing>) -> Vec<(PathBuf, String)> {
    let mut all: Vec<(PathBuf, String)> = listings
        .into_iter()
        .flat_map(|listing| listing.skipped)
        .map(|(start, skipped)| (start.join(as_path(&skipped.path)), skipped.why.to_string()))
        .collect();
    all.sort();
    all.dedup();
    all
}

fn as_path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}
