//! A file in a run's directory that keeps its signal files, whatever the catalog says (lifecycle.md §2, Keep). Scans note
//! it; moves look for themselves, since it may have come after the last scan.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use runstow_storage::MetadataFolder;

/// Its name.
pub(crate) const NAME: &str = ".runstow-keep";

/// Is it there? A directory that can not be looked into shows none; nothing can be moved out of it either.
pub(crate) fn lies_in(run_dir: &Path) -> bool {
    MetadataFolder::open(run_dir).is_ok_and(|folder| folder.has(NAME))
}

/// Why nothing is removed there.
pub(crate) fn reason(run_dir: &Path) -> String {
    format!("the signal files of {run_dir:?} are kept: a file {NAME} lies there, and nothing was removed")
}

/// Looks for the file once, right before the first removal.
#[derive(Default)]
pub(crate) struct KeepFile {
    run_dir: OnceLock<PathBuf>,
    lies_there: OnceLock<bool>,
}

impl KeepFile {
    /// The signal files of this directory are to be removed.
    pub(crate) fn look_in(&self, run_dir: PathBuf) {
        let _ = self.run_dir.set(run_dir);
    }

    /// Does it keep the files? What it said at the first removal stays true: what has begun is not left halfway.
    pub(crate) fn keeps(&self) -> bool {
        self.run_dir.get().is_some_and(|dir| *self.lies_there.get_or_init(|| lies_in(dir)))
    }

    /// Why nothing was removed, where it was found then.
    pub(crate) fn found(&self) -> Option<String> {
        let found = self.lies_there.get().is_some_and(|found| *found);
        self.run_dir.get().filter(|_| found).map(|dir| reason(dir))
    }
}
