//! Owner, permissions, time and attributes of the folders of copies.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use runstow_lifecycle::manifest::Hash;
use rustix::io::Errno;

use super::Run;
use crate::copy::{NotCopied, set_folder_metadata};
use crate::failure::{Failure, Side};
use crate::journal::{Slot, join};
use crate::plan::Planned;

/// Gives a folder the metadata of the one that it was planned of. The slot of a folder says what it could not be given.
pub(super) fn give(
    run: &Run<'_>,
    planned: &Planned,
    folder: &OwnedFd,
    add_mode: u32,
) -> Result<Slot, NotCopied> {
    let source = source(run, planned).map_err(NotCopied::Source)?;
    let from = source.as_ref().map(OwnedFd::as_fd);
    let given = set_folder_metadata(from, folder.as_fd(), planned, add_mode)?;
    Ok(Slot {
        hash: Hash([0; 32]),
        copy: planned.identity,
        fence: run.journal.fence,
        attributes: given.attributes,
        lacks: given.lacks,
        from_medium: true,
        shared: false,
    })
}

/// The folder that it was planned of. None: the list tells what it was, or it is gone and nothing of it is left to be kept.
fn source(run: &Run<'_>, planned: &Planned) -> Result<Option<OwnedFd>, Errno> {
    let base = run.bases.get(planned.base).and_then(Option::as_ref);
    let Some(base) = base.filter(|_| planned.original.is_none()) else { return Ok(None) };
    match base.folder(&planned.path.0) {
        Ok(folder) => Ok(Some(folder)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Why a folder has not got its metadata.
pub(super) fn failure(run: &Run<'_>, planned: &Planned, place: &Path, what: NotCopied) -> Failure {
    let (doing, path, errno, side) = match what {
        NotCopied::Stopped(stop) => return stop.into(),
        NotCopied::Source(errno) => {
            let start = run.head.bases.get(planned.base).map(|base| base.path.clone()).unwrap_or_default();
            ("read attributes of", join(&start, &planned.path.0), errno, Side::Source)
        }
        NotCopied::Target(errno) => ("date", join(place, &planned.stored().0), errno, Side::Target),
        NotCopied::Changed | NotCopied::Damaged => {
            ("date", join(place, &planned.stored().0), Errno::IO, Side::Target)
        }
    };
    Failure::Io { doing, path, errno, side }
}
