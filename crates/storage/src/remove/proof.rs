//! Why a file may be removed.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd};

use runstow_lifecycle::manifest::Kind;
use rustix::fs::{AtFlags, Stat, unlinkat};
use rustix::io::{Errno, Result};

use crate::disk;
use crate::fault::Step;
use crate::identity::Identity;
use crate::journal::{Completed, Slot};
use crate::plan::Planned;
use crate::tree::Parents;

/// Says that one certain file may be removed. It can not be copied, is used up by the removal, and is made only by looking:
/// each way to make one is a reason.
#[derive(Debug)]
pub(crate) struct Proof {
    planned: Planned,
}

impl Proof {
    /// A copy was read back from its medium and was equal (the slot says so), and it is still there, unchanged, at this
    /// path of the open target. None when it is not.
    ///
    /// # Errors
    /// When that can not be found out now.
    pub(crate) fn of_copy(
        planned: &Planned,
        slot: &Slot,
        placed: &mut Parents<'_>,
        path: &[u8],
    ) -> Result<Option<Self>> {
        let stat = match placed.of(path).and_then(|(folder, name)| disk::stat(folder, &name)) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            other => other?,
        };
        let mut copy = Identity::from(&stat);
        if planned.kind == Kind::Link {
            copy.size = 0;
        }
        Ok((copy == slot.copy).then(|| Self { planned: planned.clone() }))
    }

    /// A delete that has come to its end has put this entry into the trash, and its time there is over, or somebody wants
    /// the room.
    pub(crate) fn of_trash(planned: &Planned, _of: &Completed) -> Self {
        Self { planned: planned.clone() }
    }

    /// Is this the very file that the proof is about?
    pub(super) fn is_about(&self, stat: &Stat) -> bool {
        self.planned.is(stat)
    }

    /// Removes the file, if it is the one.
    ///
    /// Returns false, and removes nothing, when it is another.
    pub(crate) fn unlink(self, folder: BorrowedFd<'_>, name: &CStr) -> Result<bool> {
        if !self.is_about(&disk::stat(folder, name)?) {
            return Ok(false);
        }
        unlink(folder, name)?;
        Ok(true)
    }
}

/// The call itself. Private to this folder: everything that calls it has looked first.
pub(super) fn unlink(folder: impl AsFd, name: &CStr) -> Result<()> {
    disk::step(Step::Unlink, || unlinkat(&folder, name, AtFlags::empty()))
}

/// Removes a folder that is empty; the system refuses any other.
pub(super) fn remove_empty_folder(folder: impl AsFd, name: &CStr) -> Result<()> {
    disk::step(Step::RemoveFolder, || unlinkat(&folder, name, AtFlags::REMOVEDIR))
}
