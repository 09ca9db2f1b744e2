//! Why a file may be removed.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd};

use runstow_lifecycle::manifest::{Hash, HashKind, Kind};
use rustix::fs::{AtFlags, Stat, unlinkat};
use rustix::io::{Errno, Result};

use super::copy_at::Seen;
use crate::copy::{self, NotCopied};
use crate::disk;
use crate::fault::Step;
use crate::identity::{Identity, Noted};
use crate::journal::{Completed, Slot};
use crate::plan::Planned;
use crate::tree::Parents;
use crate::watch::{Phase, Unseen, Watch};

/// Says that one certain file may be removed. It can not be copied, is used up by the removal, and is made only by looking:
/// each way to make one is a reason.
#[derive(Debug)]
pub(crate) struct Proof {
    planned: Planned,
    /// What the copy holds; none for what lies in the trash.
    content: Option<(HashKind, Hash)>,
    /// What the copy looked like; none for what lies in the trash.
    copy: Option<Seen>,
}

impl Proof {
    /// A copy was read back from its medium and was equal (the slot says so), and it is still there, unchanged, at this
    /// path of the open target. One that does not look unchanged is read once more: an equal one is as good, whoever has
    /// touched it. None when it is not there or not equal.
    ///
    /// # Errors
    /// When that can not be found out now.
    pub(crate) fn of_copy(
        planned: &Planned,
        slot: &Slot,
        placed: &mut Parents<'_>,
        path: &[u8],
        (hash, watch): (HashKind, &dyn Watch),
    ) -> std::result::Result<Option<Self>, NotCopied> {
        let gone = |errno| matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP);
        let (folder, name) = match placed.of(path) {
            Err(errno) if gone(errno) => return Ok(None),
            other => other.map_err(NotCopied::Target)?,
        };
        let stat = match disk::stat(folder, &name) {
            Err(errno) if gone(errno) => return Ok(None),
            other => other.map_err(NotCopied::Target)?,
        };
        let mut copy = Identity::from(&stat);
        if planned.kind == Kind::Link {
            copy.size = 0;
        }
        let content = (hash, slot.hash);
        let holds = copy == slot.copy || holds(planned.kind, content, folder, &name, watch)?;
        let copy = Some(Seen::from(&stat));
        Ok(holds.then(|| Self { planned: planned.clone(), content: Some(content), copy }))
    }

    /// A delete that has come to its end has put this entry into the trash, and its time there is over, or somebody wants
    /// the room.
    pub(crate) fn of_trash(planned: &Planned, _of: &Completed) -> Self {
        Self { planned: planned.clone(), content: None, copy: None }
    }

    /// What the copy looked like when it was compared.
    pub(super) const fn copy_seen(&self) -> Option<Seen> {
        self.copy
    }

    /// Is this the very file that the proof is about?
    pub(super) fn is_about(&self, stat: &Stat) -> bool {
        self.planned.is(stat)
    }

    /// The same, for a file that lies where others may write: one that the system has noted a change of since the plan is
    /// read once more, for its content may be another under the same size and time.
    ///
    /// # Errors
    /// When it can not be read now.
    pub(super) fn is_surely_about(
        &self,
        stat: &Stat,
        (folder, name): (BorrowedFd<'_>, &CStr),
        watch: &dyn Watch,
    ) -> std::result::Result<bool, NotCopied> {
        if !self.is_about(stat) {
            return Ok(false);
        }
        // A link's text was compared with the inode: it can not be changed.
        let Planned { kind, noted, .. } = self.planned;
        if kind == Kind::Link || noted.is_none_or(|noted| noted == Noted::from(stat)) {
            return Ok(true);
        }
        match self.content {
            Some(content) => holds(kind, content, folder, name, watch),
            None => Ok(false),
        }
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

/// Reads a file or link and compares it.
fn holds(
    kind: Kind,
    (hash, content): (HashKind, Hash),
    folder: BorrowedFd<'_>,
    name: &CStr,
    watch: &dyn Watch,
) -> std::result::Result<bool, NotCopied> {
    if kind == Kind::Link {
        return Ok(copy::link_hash(folder, name).is_ok_and(|there| there == content));
    }
    match copy::read_back(hash, folder, name, Phase::Remove, &Unseen(watch)) {
        Ok(read) => Ok(read.hash == content),
        Err(NotCopied::Changed | NotCopied::Target(Errno::NOENT | Errno::LOOP)) => Ok(false),
        Err(other) => Err(other),
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
