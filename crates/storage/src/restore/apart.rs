//! What is restored lies beside its archive, never in it: files of the archive would be taken for those that were brought
//! back, and go with them one day.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::archive::ArchiveFolder;
use crate::failure::{Failure, Side};
use crate::position::Position;
use crate::tree::Tree;
use crate::walk::StartError;

/// Refuses a start folder that is the archive folder, or lies in it, or holds it, whatever paths lead there.
pub(super) fn from_archive(start: &Path, archive: &Path) -> Result<(), Failure> {
    let Some(archive) = Position::of(archive) else { return Ok(()) };
    let one_place = match Position::of(start) {
        Some(start) => start.overlaps(&archive),
        // It is not there yet.
        None => start.ancestors().find_map(Position::of).is_some_and(|above| above.lies_in(&archive)),
    };
    if one_place { Err(Failure::ArchiveItself { path: start.to_owned() }) } else { Ok(()) }
}

/// Makes a folder that a run or report is to be restored to from an archive folder, below one that a person has named. Fine
/// when it is there.
///
/// # Errors
/// When it can not be made, or is an archive folder itself.
pub fn place_elsewhere(parent: &Path, name: &Path, archive: &Path) -> Result<(), Failure> {
    let start = parent.join(name);
    from_archive(&start, archive)?;
    if start.exists() && !ArchiveFolder::open(&start)?.records()?.is_empty() {
        return Err(Failure::ArchiveItself { path: start });
    }
    let tree = Tree::open(parent).map_err(|errno| StartError::new(parent, errno))?;
    let name = name.as_os_str().as_bytes();
    tree.make(name, 0o755).map(drop).map_err(Failure::io(Side::Target, "make", parent, name))
}
