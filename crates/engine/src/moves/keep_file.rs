//! A file in a run's directory that keeps its signal files, whatever the catalog says (lifecycle.md §2, Keep). Scans note
//! it; moves look for themselves, since it may have come after the last scan.

use std::path::Path;

use runstow_storage::MetadataFolder;

/// Its name.
pub(super) const NAME: &str = ".runstow-keep";

/// Is it there? A directory that can not be looked into shows none; nothing can be moved out of it either.
pub(super) fn lies_in(run_dir: &Path) -> bool {
    MetadataFolder::open(run_dir).is_ok_and(|folder| folder.has(NAME))
}

/// Why nothing is removed there.
pub(super) fn reason(run_dir: &Path) -> String {
    format!("the signal files of {run_dir:?} are kept: a file {NAME} lies there, and nothing was removed")
}
