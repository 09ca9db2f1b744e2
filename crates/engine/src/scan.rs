//! Scanning: what is there becomes what is known.
//!
//! A scan adds and updates; it never marks anything deleted. What it does not find is noted as absent, and only
//! on volumes that proved to be the right ones.

mod absence;
mod collect;
mod measure;
mod newcomers;
mod register;
mod runs_file;
mod standing;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use runstow_catalog::registry::{Report, Run};
use runstow_catalog::{Catalog, ScanOutcome as Ending, ScanWarning, Volume};
use runstow_lifecycle::FileSets;
use runstow_lifecycle::file_set::FileSetError;
use serde::Serialize;

use crate::EngineError;
use crate::moves::Archives;
use crate::progress::Progress;
use crate::roots::StorageRoot;
use crate::volumes::{self, Examined};

pub use newcomers::Newcomers;
pub use runs_file::register_runs_file;

/// What a scan measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measuring {
    /// Nothing.
    Nothing,
    /// What is new, changed or unfinished, and the rest now and then: [`ScanSettings::remeasure`].
    Changed,
    /// Everything.
    All,
}

/// How to scan.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// Where to look.
    pub roots: Vec<StorageRoot>,
    /// How long a run with completion markers must not change to count as finished.
    pub quiet: SignedDuration,
    /// How long after a report was measured it is measured again, changed or not.
    pub remeasure: SignedDuration,
    /// Zone of times without an offset in metadata.
    pub zone: TimeZone,
    /// What to measure.
    pub measuring: Measuring,
    file_sets: Arc<FileSets>,
}

impl ScanSettings {
    /// Usual settings for these roots.
    pub fn new(roots: Vec<StorageRoot>) -> Self {
        Self {
            roots,
            quiet: SignedDuration::from_mins(30),
            remeasure: SignedDuration::from_hours(24),
            zone: TimeZone::UTC,
            measuring: Measuring::Changed,
            file_sets: Arc::new(FileSets::built_in().clone()),
        }
    }

    /// Adds a site's own file sets, as TOML text.
    ///
    /// # Errors
    /// Names set, category and pattern that can not be used.
    pub fn add_file_sets(&mut self, text: &str) -> Result<(), FileSetError> {
        self.file_sets = Arc::new(FileSets::parse(text)?);
        Ok(())
    }

    /// The file sets in use.
    pub fn file_sets(&self) -> &Arc<FileSets> {
        &self.file_sets
    }
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The file or folder.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// A storage root that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedVolume {
    /// Its name.
    pub name: String,
    /// Its place.
    pub path: String,
    /// Why, and what to do.
    pub reason: String,
}

impl From<&Examined> for SkippedVolume {
    fn from(volume: &Examined) -> Self {
        Self {
            name: volume.root.name.clone(),
            path: volume.facts.path.clone(),
            reason: volume.facts.status_reason.clone(),
        }
    }
}

/// What came of a scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScanOutcome {
    /// Runs found.
    pub runs: usize,
    /// Runs that were not known.
    pub new_runs: usize,
    /// Reports found.
    pub reports: usize,
    /// Reports that were not known.
    pub new_reports: usize,
    /// Known runs and reports that were looked for in vain.
    pub absent: usize,
    /// Reports whose run is in doubt: several directories could be it, or only the report knows it and it lies below no storage root.
    pub in_doubt: usize,
    /// Reports measured.
    pub measured: usize,
    /// Files counted in them; a file that several reports share counts once for each.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Roots that were left out.
    pub skipped_volumes: Vec<SkippedVolume>,
    /// What is wrong, each once.
    pub warnings: Vec<Warning>,
}

impl ScanOutcome {
    fn warn(&mut self, progress: &dyn Progress, path: &Path, message: impl Into<String>) {
        let warning = Warning { path: path.to_string_lossy().into_owned(), message: message.into() };
        progress.warning(&warning.path, &warning.message);
        self.warnings.push(warning);
    }
}

/// Scans all roots once.
///
/// # Errors
/// When the catalog can not be read or written. What was registered before stays; a further scan goes on.
pub async fn scan(
    catalog: &Catalog,
    settings: &ScanSettings,
    progress: Arc<dyn Progress>,
) -> Result<ScanOutcome, EngineError> {
    let id = catalog.start_scan().await?;
    let started = Instant::now();
    let mut outcome = ScanOutcome::default();
    let result = steps(catalog, settings, &progress, &mut outcome).await;
    outcome.seconds = started.elapsed().as_secs_f64();
    progress.done();
    let ending = match &result {
        Err(_) => Ending::Failed,
        Ok(()) if outcome.skipped_volumes.is_empty() => Ending::Complete,
        Ok(()) => Ending::Partial,
    };
    let finished = finish(catalog, id, ending, &outcome).await;
    // The scan's own error says more than that its end could not be noted.
    result.and(finished).map(|()| outcome)
}

async fn steps(
    catalog: &Catalog,
    settings: &ScanSettings,
    progress: &Arc<dyn Progress>,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    // Before anything is looked for: what others register meanwhile is not called absent.
    let known = Known::read(catalog).await?;
    let mut volumes = volumes::examine(catalog, &settings.roots).await?;
    for volume in volumes.iter() {
        if !volume.is_ready() {
            outcome.skipped_volumes.push(SkippedVolume::from(volume));
        } else if !volume.facts.status_reason.is_empty() {
            outcome.warn(progress.as_ref(), &volume.root.path, volume.facts.status_reason.clone());
        }
    }
    let roots: Vec<String> = volumes.iter().map(|volume| volume.facts.path.clone()).collect();
    let around = collect::Around {
        roots: volumes.storage_roots(&known.volumes),
        archives: Archives::below(catalog, &roots).await?,
    };
    let found = collect::collect(volumes.clone(), settings.clone(), around, progress.clone()).await?;
    for warning in &found.warnings {
        outcome.warn(progress.as_ref(), Path::new(&warning.path), warning.message.clone());
    }
    let lost = volumes.prove_again().await?;
    outcome.skipped_volumes.extend(lost.iter().map(SkippedVolume::from));
    let mut registered =
        register::register(catalog, &known, &volumes, &found, progress.as_ref(), outcome).await?;
    standing::add(catalog, &known, &volumes, &mut registered).await?;
    absence::note(catalog, &known, &volumes, &found, &registered, progress.as_ref(), outcome).await?;
    measure::measure(catalog, settings, Some(volumes), &registered, progress, outcome).await
}

/// What the catalog knew when the scan began.
struct Known {
    runs: Vec<Run>,
    reports: Vec<Report>,
    volumes: Vec<Volume>,
}

impl Known {
    async fn read(catalog: &Catalog) -> Result<Self, EngineError> {
        Ok(Self {
            runs: catalog.all_runs().await?,
            reports: catalog.all_reports().await?,
            volumes: catalog.volumes().await?,
        })
    }
}

async fn finish(
    catalog: &Catalog,
    id: i64,
    ending: Ending,
    outcome: &ScanOutcome,
) -> Result<(), EngineError> {
    let warnings: Vec<ScanWarning> = outcome
        .warnings
        .iter()
        .map(|warning| ScanWarning { path: warning.path.clone(), message: warning.message.clone() })
        .collect();
    let summary = ScanOutcome { warnings: Vec::new(), ..outcome.clone() };
    let summary = serde_json::to_string(&summary).unwrap_or_default();
    catalog.finish_scan(id, ending, &summary, &warnings).await?;
    Ok(())
}
