//! Second names in the trash for files that another archived category of the folder has too: what lies in the trash is whole,
//! whatever becomes of the other category.

use runstow_lifecycle::manifest::{HashKind, Kind};
use rustix::io::Errno;

use crate::copy::{self, NotCopied, Way};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::plan::Planned;
use crate::remove::own_copy;
use crate::trash::bin::{Bin, There, is_there};
use crate::tree::Parents;
use crate::watch::{Phase, Unseen, Watch};

/// Gives an entry a second name in the trash, or a copy there that is read back. False: it is not in its place any more.
pub(in crate::trash) fn make(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    trash: &mut Parents<'_>,
    watch: &dyn Watch,
) -> Result<bool, Failure> {
    let path = bin.path(planned);
    let failed = |errno| Failure::Io {
        doing: "give a second name in the trash",
        path: path.clone(),
        errno,
        side: Side::Target,
    };
    match is_there(trash, planned).map_err(failed)? {
        There::It => return Ok(true),
        // A copy, of which nobody knows whether it was finished.
        There::Another => {
            let (folder, name) = trash.of(&planned.path.0).map_err(failed)?;
            own_copy(folder, &name).map_err(failed)?;
        }
        There::Nothing => {}
    }
    if is_there(start, planned).map_err(failed)? != There::It {
        return Ok(false);
    }
    let (from, old) = start.of(&planned.path.0).map_err(failed)?;
    let (to, new) = trash.make(&planned.path.0).map_err(failed)?;
    match disk::hard_link(from, &old, to, &new) {
        Ok(()) => return Ok(true),
        Err(Errno::PERM | Errno::NOTSUP | Errno::MLINK | Errno::NOSYS | Errno::XDEV) => {}
        Err(errno) => return Err(failed(errno)),
    }
    let watch = Unseen(watch);
    let way = Way { hash: HashKind::Blake3, watch: &watch, text: None };
    let not_copied = |what| match what {
        NotCopied::Changed => Failure::InUse { count: 1, first: path.clone() },
        NotCopied::Damaged => Failure::Damaged { path: path.clone() },
        NotCopied::Stopped(stop) => stop.into(),
        NotCopied::Source(errno) | NotCopied::Target(errno) => failed(errno),
    };
    let copied = copy::copy(way, planned, start, (to, &new)).map_err(not_copied)?;
    if planned.kind == Kind::File {
        disk::sync_file_system(to).map_err(failed)?;
        let read = copy::read_back(HashKind::Blake3, to, &new, Phase::Prove, &watch).map_err(not_copied)?;
        if read.hash != copied.hash {
            return Err(Failure::Damaged { path: bin.path_in_trash(planned) });
        }
    }
    Ok(true)
}

/// Takes the second name away: its file is in its place, or goes there again.
pub(in crate::trash) fn take_back(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    trash: &mut Parents<'_>,
) -> Result<(), Failure> {
    let path = bin.path(planned);
    let failed = |errno| Failure::Io { doing: "give back", path: path.clone(), errno, side: Side::Target };
    if !is_double(trash, planned).map_err(failed)? {
        return Ok(());
    }
    let in_place = is_there(start, planned).map_err(failed)?;
    let (from, old) = trash.of(&planned.path.0).map_err(failed)?;
    if in_place == There::Nothing {
        let (to, new) = start.make(&planned.path.0).map_err(failed)?;
        return disk::rename_new(from, &old, to, &new).map_err(failed);
    }
    own_copy(from, &old).map_err(failed)
}

/// Removes the second name for good.
pub(in crate::trash) fn remove(trash: &mut Parents<'_>, planned: &Planned) -> Result<(), Errno> {
    if !is_double(trash, planned)? {
        return Ok(());
    }
    let (folder, name) = trash.of(&planned.path.0)?;
    own_copy(folder, &name)
}

/// Does a second name or a copy of the entry lie there?
fn is_double(trash: &mut Parents<'_>, planned: &Planned) -> Result<bool, Errno> {
    let found = trash.of(&planned.path.0).and_then(|(folder, name)| disk::stat(folder, &name));
    match found {
        // A copy differs in nothing but its inode.
        Ok(mut stat) => {
            stat.st_ino = planned.identity.inode;
            Ok(planned.is(&stat))
        }
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Ok(false),
        Err(errno) => Err(errno),
    }
}
