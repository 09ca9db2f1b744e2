//! Second names in the trash for files that another archived category of the folder has too: what lies in the trash is whole,
//! whatever becomes of the other category.

use std::ffi::CString;

use runstow_lifecycle::manifest::{HashKind, Kind};
use rustix::io::Errno;

use crate::copy::{self, NotCopied, Way};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::Completed;
use crate::plan::Planned;
use crate::remove::{Proof, own_copy};
use crate::trash::bin::{Bin, There, is_there};
use crate::tree::{Parents, c_name};
use crate::watch::{Phase, Unseen, Watch};

/// Gives an entry a second name in the trash, or a copy there that was read back. False: it is neither in its place nor there.
pub(in crate::trash) fn make(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    trash: &mut Parents<'_>,
    watch: &dyn Watch,
) -> Result<bool, Failure> {
    let failed = |errno| failed("give a second name in the trash", bin, planned, errno);
    // A copy gets its place only when it is proven. It may be the last one by now.
    match double(trash, planned).map_err(failed)? {
        Double::There(_) => return Ok(true),
        Double::Another => return Err(Failure::Occupied { path: bin.path_in_trash(planned) }),
        Double::Nothing => {}
    }
    if is_there(start, planned).map_err(failed)? != There::It {
        return Ok(false);
    }
    let (from, old) = start.of(&planned.path.0).map_err(failed)?;
    let (to, new) = trash.make(&planned.path.0).map_err(failed)?;
    match disk::hard_link(from, &old, to, &new) {
        Ok(()) => Ok(true),
        Err(Errno::PERM | Errno::NOTSUP | Errno::MLINK | Errno::NOSYS | Errno::XDEV) => {
            let copy = copy(bin, planned, start, watch)?;
            disk::rename_new(bin.journal.fd(), &copy, to, &new).map_err(failed)?;
            Ok(true)
        }
        Err(errno) => Err(failed(errno)),
    }
}

/// Copies an entry into the journal, durably, and reads it back. Gives the name of the copy there.
fn copy(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    watch: &dyn Watch,
) -> Result<CString, Failure> {
    let failed = |errno| failed("copy into the trash", bin, planned, errno);
    let not_copied = |what| match what {
        NotCopied::Changed => Failure::InUse { count: 1, first: bin.path(planned) },
        NotCopied::Damaged => Failure::Damaged { path: bin.path(planned) },
        NotCopied::Stopped(stop) => stop.into(),
        NotCopied::Source(errno) | NotCopied::Target(errno) => failed(errno),
    };
    let name = c_name(format!("double-{}", bin.journal.fence).as_bytes()).map_err(failed)?;
    // Of an attempt that was killed.
    own_copy(bin.journal.fd(), &name).map_err(failed)?;
    let watch = Unseen(watch);
    let direct = disk::gains_by_direct_writes(bin.journal.fd());
    let way = Way { hash: HashKind::Blake3, watch: &watch, text: None, direct };
    let copied = copy::copy(way, planned, start, (bin.journal.fd(), &name)).map_err(not_copied)?;
    if planned.kind == Kind::File {
        disk::sync_file_system(bin.journal.fd()).map_err(failed)?;
        let read = copy::read_back(HashKind::Blake3, bin.journal.fd(), &name, Phase::Prove, &watch);
        if read.map_err(not_copied)?.hash != copied.hash {
            return Err(Failure::Damaged { path: bin.path_in_trash(planned) });
        }
    }
    Ok(name)
}

/// Takes the second name away: its file is in its place, or goes there again.
pub(in crate::trash) fn take_back(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    trash: &mut Parents<'_>,
) -> Result<(), Failure> {
    let failed = |errno| failed("give back", bin, planned, errno);
    let Double::There(_) = double(trash, planned).map_err(failed)? else { return Ok(()) };
    let in_place = is_there(start, planned).map_err(failed)?;
    let (from, old) = trash.of(&planned.path.0).map_err(failed)?;
    match in_place {
        There::It => own_copy(from, &old).map_err(failed),
        There::Nothing => {
            let (to, new) = start.make(&planned.path.0).map_err(failed)?;
            disk::rename_new(from, &old, to, &new).map_err(failed)
        }
        // What lies in the trash may be the last good one.
        There::Another => Err(Failure::Occupied { path: bin.path(planned) }),
    }
}

/// Removes the second name for good, which may be the last. False: something else lies there, and stays.
pub(in crate::trash) fn remove(
    trash: &mut Parents<'_>,
    planned: &Planned,
    completed: &Completed,
) -> Result<bool, Errno> {
    let known = match double(trash, planned)? {
        Double::There(known) => known,
        Double::Another => return Ok(false),
        Double::Nothing => return Ok(true),
    };
    let (folder, name) = trash.of(&planned.path.0)?;
    Proof::of_trash(&known, completed).unlink(folder, &name)
}

/// What lies in the trash at the path of an entry.
enum Double {
    /// A second name of the entry, or a copy: as it would be planned there.
    There(Box<Planned>),
    /// Something else.
    Another,
    Nothing,
}

fn double(trash: &mut Parents<'_>, planned: &Planned) -> Result<Double, Errno> {
    let found = trash.of(&planned.path.0).and_then(|(folder, name)| disk::stat(folder, &name));
    let stat = match found {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Double::Nothing),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(Double::Another),
        Err(errno) => return Err(errno),
    };
    // A copy differs in nothing but its inode.
    let identity = Identity { inode: Identity::from(&stat).inode, ..planned.identity };
    let known = Planned { identity, ..planned.clone() };
    Ok(if known.is(&stat) { Double::There(Box::new(known)) } else { Double::Another })
}

fn failed(doing: &'static str, bin: &Bin<'_>, planned: &Planned, errno: Errno) -> Failure {
    Failure::Io { doing, path: bin.path(planned), errno, side: Side::Target }
}
