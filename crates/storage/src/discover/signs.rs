//! What a run dir shows of whether it is finished.

use std::path::Path;

use jiff::Timestamp;
use runstow_lifecycle::completion::{MARKERS, Signs};
use rustix::fs::{AtFlags, Dir, fstat, statat};
use rustix::io::Errno;

use crate::handle;
use crate::walk::StartError;

/// Looks at a folder and everything directly in it: the newest change, and the markers that the instrument writes last.
///
/// One look per entry: worth it for runs that may be unfinished, not for all of them. Changes further down are not seen,
/// so a run that is still filling a block shows by the time of that block's folder only.
///
/// # Errors
/// [`StartError`] when the folder cannot be read.
pub fn signs(folder: &Path) -> Result<Signs, StartError> {
    let failed = |errno| StartError::new(folder, errno);
    let fd = handle::open_start(folder).map_err(failed)?;
    let mut newest = handle::modified(&fstat(&fd).map_err(failed)?);
    let mut markers = Vec::new();
    for entry in Dir::read_from(&fd).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        // The folder above changes for other reasons.
        if name == c"." || name == c".." {
            continue;
        }
        match statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => newest = newest.max(handle::modified(&stat)),
            // Entries that come and go are a sign of life.
            Err(Errno::NOENT) => newest = newest.max(Timestamp::now()),
            Err(errno) => return Err(failed(errno)),
        }
        markers.extend(MARKERS.iter().filter(|m| m.as_bytes() == name.to_bytes()));
    }
    markers.sort_unstable();
    Ok(Signs { markers, newest: Some(newest) })
}
