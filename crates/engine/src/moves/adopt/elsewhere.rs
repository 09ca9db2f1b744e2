//! Are the files of a category in an archive only, whatever the catalog says? One that was brought back from an older backup
//! calls Local what has been archived since.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use runstow_catalog::Described;
use runstow_catalog::registry::ReportWithRun;
use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{Kind, Origin};
use runstow_storage::{ArchiveFolder, Failure, Whose};

use crate::{EngineError, blocking};

/// Does nothing that the archive has taken from its place lie there?
///
/// # Errors
/// When the archive can not be read.
pub(super) async fn all_elsewhere(
    folder: &Path,
    category: Category,
    described: &Described,
    found: &ReportWithRun,
) -> Result<bool, EngineError> {
    let (folder, described) = (folder.to_owned(), described.clone());
    let (run_dir, report_dir) = (found.run.exp_dir.to_path(), found.report.report_dir.to_path());
    let look = move || {
        let whose = Whose { report: &described.report, run: &described.run };
        all_taken_by(&folder, category, whose, Some(&report_dir), Some(&run_dir))
    };
    blocking(look).await?.map_err(|failure| EngineError::Archive(failure.to_string()))
}

/// The same of these directories; false where the archive is about something else.
///
/// # Errors
/// When the archive can not be read.
pub(in crate::moves) fn all_taken_by(
    folder: &Path,
    category: Category,
    whose: Whose<'_>,
    report_dir: Option<&Path>,
    run_dir: Option<&Path>,
) -> Result<bool, Failure> {
    let archive = ArchiveFolder::open(folder)?;
    let Some(recorded) = archive.category(category, whose)? else { return Ok(false) };
    let mut entries = archive.entries(&recorded.category)?;
    let mut taken = false;
    while let Some(entry) = entries.next()? {
        if entry.kind == Kind::Folder || entry.stays.is_some() {
            continue;
        }
        let start = match entry.from {
            Origin::Run => run_dir,
            Origin::Report => report_dir,
            Origin::Linked => continue,
        };
        let below = entry.origin.as_ref().unwrap_or(&entry.path);
        let place: Option<PathBuf> = start.map(|start| start.join(std::ffi::OsStr::from_bytes(&below.0)));
        // What can not be looked at may be there.
        let gone = place.is_none_or(|place| {
            matches!(place.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
        });
        if !gone {
            return Ok(false);
        }
        taken = true;
    }
    Ok(taken)
}
