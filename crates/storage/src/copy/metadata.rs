//! Owner, permissions, times and extended attributes. What a target can not hold is in the list beside the data, so
//! that it comes back with a restore.

use std::ffi::CStr;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use runstow_lifecycle::manifest::Kind;
use rustix::io::{Errno, Result};

use super::NotCopied;
use super::attributes::{self, Attributes};
use super::lacks::Lacks;
use crate::disk;
use crate::plan::Planned;

/// Metadata that was given to a copy.
pub(crate) struct Given {
    /// The source has extended attributes.
    pub(crate) attributes: bool,
    /// What the copy does not have.
    pub(crate) lacks: Lacks,
}

/// Errors that only say that the target does not hold such a thing, or that we may not set it.
pub(crate) fn tolerated(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL | Errno::NOSYS | Errno::ACCESS) => Ok(()),
        other => other,
    }
}

/// Gives a copy the metadata of its source.
pub(super) fn copy(from: &OwnedFd, planned: &Planned, to: &OwnedFd) -> std::result::Result<Given, NotCopied> {
    let found = Attributes::of(Some(from.as_fd()), planned).map_err(NotCopied::Source)?;
    give(to.as_fd(), planned, readable(), &found).map_err(NotCopied::Target)
}

/// The owner first: changing it clears the set-user-id bit, and may take attributes away. The permissions after the attributes,
/// as an access list changes them.
fn give(to: BorrowedFd<'_>, planned: &Planned, mode: u32, found: &Attributes) -> Result<Given> {
    tolerated(disk::set_owner(to, planned.uid, planned.gid))?;
    let mut refused = false;
    for (name, value) in &found.all {
        refused |= attributes::is_refused(to, disk::set_attribute(to, name, value))?;
    }
    tolerated(disk::set_mode(to, planned.mode | mode))?;
    let dated = disk::set_time(to, planned.modified());
    if planned.kind == Kind::Folder {
        tolerated(dated)?
    } else {
        dated?
    }
    let made = disk::stat_open(to)?;
    let lacks = Lacks::of(planned, &made, mode).and_attributes(refused, found.unread);
    Ok(Given { attributes: !found.all.is_empty(), lacks })
}

/// Who is not root must be allowed to read a copy to prove it, though the source may be read for other reasons: as one of
/// its group, or by an access list. The list beside the data has the mode as it was.
fn readable() -> u32 {
    if rustix::process::geteuid().is_root() { 0 } else { 0o400 }
}

/// Gives a link the owner and the time that an entry tells.
pub(crate) fn copy_link(planned: &Planned, folder: BorrowedFd<'_>, name: &CStr) -> Result<()> {
    tolerated(disk::set_link_owner(folder, name, planned.uid, planned.gid))?;
    tolerated(disk::set_link_time(folder, name, planned.modified()))
}

/// Gives a folder the metadata that an entry tells; `from` is the folder that it was planned of, if that is there. `mode` may add to
/// its permissions.
pub(crate) fn set_folder_metadata(
    from: Option<BorrowedFd<'_>>,
    folder: BorrowedFd<'_>,
    planned: &Planned,
    mode: u32,
) -> std::result::Result<Given, NotCopied> {
    let found = Attributes::of(from, planned).map_err(NotCopied::Source)?;
    give(folder, planned, mode, &found).map_err(NotCopied::Target)
}
