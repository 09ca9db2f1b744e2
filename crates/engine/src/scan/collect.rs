//! Finding runs and reports below the roots and reading what they say about themselves.

mod archives;
mod report;
mod run;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;
use runstow_storage::discover::{Found, Kind, StorageRoots, discover};
use runstow_storage::{MetadataError, MetadataFolder, metadata_file::DEFAULT_CAP};

use super::{ScanSettings, Warning};
use crate::moves::Archives;
use crate::progress::Progress;
use crate::volumes::Volumes;
use crate::{EngineError, blocking};

use archives::PassedOver;
pub(super) use report::FoundReport;
pub(super) use run::FoundRun;

/// What was found on all roots.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) runs: Vec<FoundRun>,
    pub(super) reports: Vec<FoundReport>,
    pub(super) warnings: Vec<Warning>,
    /// Folders that could not be looked into: nothing below them is ever called absent.
    pub(super) unseen: Vec<PathBuf>,
}

/// What tells archives from what is live.
pub(super) struct Around {
    /// Storage roots, which are no roots of archives.
    pub(super) roots: StorageRoots,
    /// Archives that the catalog knows.
    pub(super) archives: Archives,
}

/// Looks through all roots, away from the threads that answer requests.
pub(super) async fn collect(
    volumes: Volumes,
    settings: ScanSettings,
    around: Around,
    progress: Arc<dyn Progress>,
) -> Result<Collected, EngineError> {
    blocking(move || {
        let mut collected = Collected::default();
        let mut found = Vec::new();
        let mut passed = PassedOver::default();
        for root in volumes.iter().filter(|volume| volume.is_ready()).map(|volume| &volume.root) {
            progress.phase(&format!("finding runs and reports below {}", root.path.display()), None);
            match discover(&root.path, root.depth, &around.roots) {
                Ok(discovered) => {
                    for skipped in discovered.skipped {
                        let path = root.path.join(bytes_to_path(&skipped.path));
                        collected.warnings.push(warning(&path, format!("{}; it was left out", skipped.why)));
                        collected.unseen.push(path);
                    }
                    // What lies on another root is that root's to find, and nobody's while it is not proven.
                    found.extend(discovered.found.into_iter().filter(|found| volumes.is_proven(&found.path)));
                    passed.add(
                        discovered.archives.into_iter().filter(|passed| volumes.is_proven(&passed.path)),
                    );
                }
                Err(error) => {
                    collected.warnings.push(warning(&root.path, error.to_string()));
                    collected.unseen.push(root.path.clone());
                }
            }
        }
        passed.take_known(&mut found, &around.archives);
        passed.tell(&mut collected);
        let found = without_doubles(found);
        progress.phase("reading what they say about themselves", Some(found.len() as u64));
        let now = Timestamp::now();
        let read: Vec<Read> = found
            .par_iter()
            .map(|found| {
                let read = match found.kind {
                    Kind::Run => run::read(found, &settings, now),
                    Kind::Report => report::read(found, &settings),
                };
                progress.step(&found.path.to_string_lossy());
                read
            })
            .collect();
        for read in read {
            collected.runs.extend(read.run);
            collected.reports.extend(read.report);
            collected.warnings.extend(read.warnings);
            collected.unseen.extend(read.unseen);
        }
        collected
    })
    .await
}

/// What reading one folder gave.
#[derive(Default)]
struct Read {
    run: Option<FoundRun>,
    report: Option<FoundReport>,
    warnings: Vec<Warning>,
    unseen: Option<PathBuf>,
}

/// Roots may overlap, and a run that was moved is often reachable by a link too: each folder once, by its own path
/// if it has one here.
fn without_doubles(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| (a.is_link, &a.path).cmp(&(b.is_link, &b.path)));
    let mut seen = HashSet::new();
    found.retain(|found| {
        let real = std::fs::canonicalize(&found.path).unwrap_or_else(|_| found.path.clone());
        seen.insert(real)
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Reads one small file; what is wrong with it becomes one warning.
fn small_file(folder: &MetadataFolder, name: &str, warnings: &mut Vec<Warning>) -> Option<Vec<u8>> {
    match folder.read(name, DEFAULT_CAP) {
        Ok(file) => file.map(|file| file.bytes),
        Err(error) => {
            let path = match &error {
                MetadataError::TooLarge { path, .. }
                | MetadataError::NotAFile { path }
                | MetadataError::Read { path, .. } => path.clone(),
            };
            warnings.push(warning(&path, format!("not read: {error}")));
            None
        }
    }
}

fn warning(path: &std::path::Path, message: impl Into<String>) -> Warning {
    Warning { path: path.to_string_lossy().into_owned(), message: message.into() }
}

fn bytes_to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}
