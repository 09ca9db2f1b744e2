//! What a move has planned and done, beside the bytes it has written. It needs no catalog, and after a kill at any
//! instruction the work goes on from here.
//!
//! A journal is a folder of its own at the target, `.runstow-incoming/<job>/`: the plan, one slot per entry for what has a
//! proven copy, and the copies themselves until they get their place. Each attempt copies into a folder of its own, named
//! by its fence, so that a worker that was displaced and comes back writes where nobody looks.

mod plan_file;
mod slots;
mod written;

use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::disk;
use crate::failure::{Failure, Side};
use crate::tree::{Tree, as_path};
pub(crate) use plan_file::{Head, PlanFile, PlanReader, Position};
pub(crate) use slots::{Slot, Slots};
pub(crate) use written::Written;

/// The folder at the top of a target that work in progress lies in.
pub const INCOMING: &str = ".runstow-incoming";

/// The file that says that all copies are in their place, and the record is written.
const COMPLETE: &std::ffi::CStr = c"complete";

/// The file that says that some copies, all of which had been in their place, are to be made again.
const AGAIN: &std::ffi::CStr = c"again";

/// The file that says that no source was removed, though all copies are in their place. It goes before the first source does.
/// So where it is missing (an older version made the journal, or half of it is gone) sources may be gone.
const UNTOUCHED: &std::ffi::CStr = c"untouched";

/// The file that says that what was copied is being taken back, so nothing may build on it.
const GIVEN_UP: &std::ffi::CStr = c"given-up";

/// An open journal.
pub(crate) struct Journal {
    tree: Tree,
    /// Of this attempt.
    pub(crate) fence: u64,
}

impl Journal {
    /// Is it a file that a journal has?
    pub(crate) fn is_file(name: &[u8]) -> bool {
        name == plan_file::NAME.to_bytes()
            || name == COMPLETE.to_bytes()
            || name == AGAIN.to_bytes()
            || name == UNTOUCHED.to_bytes()
            || name == GIVEN_UP.to_bytes()
            || name.starts_with(b"plan-")
            || name.starts_with(b"slots-")
            || name.starts_with(b"record-")
            || name.starts_with(b"beside-")
            || name.starts_with(b"double-")
    }

    /// Removes the files of this journal and nothing else. What says that everything was done is the last to go.
    pub(crate) fn clear(&self) -> rustix::io::Result<()> {
        let mut files = crate::tree::names(self.fd())?;
        files.retain(|name| Self::is_file(name.to_bytes()));
        files.sort_by_key(|name| name.as_c_str() == COMPLETE);
        files.iter().try_for_each(|name| crate::remove::own_copy(self.fd(), name))
    }

    /// Opens the journal of a job below a folder of a target, and makes it if there is none.
    pub(crate) fn open(root: &Tree, folder: &str, job: &str, fence: u64) -> Result<Self, Failure> {
        let path = PathBuf::from(folder).join(job);
        let failed = |errno| Failure::io(Side::Target, "make the journal", root.path(), bytes(&path))(errno);
        let fd = root.make(bytes(&path), 0o700).map_err(failed)?;
        drop(fd);
        Ok(Self { tree: root.within(bytes(&path)).map_err(failed)?, fence })
    }

    /// The journal in an open folder.
    pub(crate) const fn of(tree: Tree, fence: u64) -> Self {
        Self { tree, fence }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.tree.path()
    }

    /// Its folder.
    pub(crate) const fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.tree.fd()
    }

    /// Wraps what the system said about a file of the journal.
    pub(crate) fn failed(&self, doing: &'static str) -> impl FnOnce(Errno) -> Failure + use<> {
        Failure::io(Side::Target, doing, self.path(), b"")
    }

    /// The folder for copies of an attempt, below the journal.
    pub(crate) fn staged(fence: u64, stored: &[u8]) -> Vec<u8> {
        [format!("staged-{fence}/").as_bytes(), stored].concat()
    }

    /// Were all copies in their place?
    pub(crate) fn is_complete(&self) -> Result<bool, Failure> {
        self.holds(COMPLETE)
    }

    /// May sources be gone? Then there is no way back.
    pub(crate) fn may_have_removed(&self) -> Result<bool, Failure> {
        Ok(self.is_complete()? && !self.holds(UNTOUCHED)?)
    }

    /// Are some of them to be made again?
    pub(crate) fn copies_again(&self) -> Result<bool, Failure> {
        self.holds(AGAIN)
    }

    fn holds(&self, name: &std::ffi::CStr) -> Result<bool, Failure> {
        match disk::stat(self.fd(), name) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.failed("look into the journal")(errno)),
        }
    }

    /// Says that everything was done, if it was.
    pub(crate) fn completed(&self) -> Result<Option<Completed>, Failure> {
        Ok(self.is_complete()?.then_some(Completed(())))
    }

    /// Notes that all copies are in their place, durably.
    pub(crate) fn set_complete(&self) -> Result<(), Failure> {
        self.note(COMPLETE)
    }

    /// Notes that copies are taken back from now on, durably. They are complete no longer: of a journal of which a kill has left
    /// the half, that is the first to go.
    pub(crate) fn give_up(&self) -> Result<(), Failure> {
        self.note(GIVEN_UP)?;
        if self.is_complete()? { self.forget(COMPLETE) } else { Ok(()) }
    }

    /// Was it begun to take copies back?
    pub(crate) fn is_given_up(&self) -> Result<bool, Failure> {
        self.holds(GIVEN_UP)
    }

    /// Notes that no source was removed yet, durably: before all copies are called complete.
    pub(crate) fn set_untouched(&self) -> Result<(), Failure> {
        self.note(UNTOUCHED)
    }

    /// Sources are removed from now on; durably.
    pub(crate) fn clear_untouched(&self) -> Result<(), Failure> {
        self.forget(UNTOUCHED)
    }

    /// Notes that those without a slot are to be made again, durably.
    pub(crate) fn set_copies_again(&self) -> Result<(), Failure> {
        self.note(AGAIN)
    }

    /// They were, or can not be.
    pub(crate) fn clear_copies_again(&self) -> Result<(), Failure> {
        crate::remove::own_copy(self.fd(), AGAIN).map_err(self.failed("write the journal"))
    }

    fn forget(&self, name: &std::ffi::CStr) -> Result<(), Failure> {
        let failed = |errno| self.failed("write the journal")(errno);
        crate::remove::own_copy(self.fd(), name).map_err(failed)?;
        disk::sync(self.fd()).map_err(failed)
    }

    fn note(&self, name: &std::ffi::CStr) -> Result<(), Failure> {
        let failed = |errno| self.failed("write the journal")(errno);
        let file = disk::open_journal_file(self.fd(), name).map_err(failed)?;
        disk::sync(&file).map_err(failed)?;
        disk::sync(self.fd()).map_err(failed)
    }
}

/// A journal says that everything was done.
#[derive(Debug)]
pub(crate) struct Completed(());

fn bytes(path: &Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

/// Reads an open file piece by piece, each a step that tests can break.
pub(crate) struct Reading<F>(pub(crate) F);

impl<F: AsFd> std::io::Read for Reading<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        disk::read(&self.0, buffer).map_err(std::io::Error::from)
    }
}

/// The path of an entry, for people.
pub(crate) fn join(root: &Path, below: &[u8]) -> PathBuf {
    root.join(as_path(below))
}
