//! What a symbolic link counts as (categories.md §3).

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use runstow_lifecycle::classify::SIGPROC_RESULTS;
use rustix::fs::{AtFlags, CWD, FileType, readlinkat, statat};
use rustix::io::{Errno, Result};

use super::folder::Reached;
use crate::handle;
use crate::onboard::has_onboard_component;

pub(super) enum Link {
    /// A file, nothing or a circle at its end: the link is listed as itself.
    Itself,
    /// A folder that is not entered.
    Nothing,
    /// `sigproc_results` of another report: what lies below is listed.
    Folder(OwnedFd),
}

/// Judges one link. Within a folder that was itself reached through a link, no further link is followed.
pub(super) fn judge(folder: BorrowedFd<'_>, name: &CStr, reached: Reached) -> Result<Link> {
    match statat(folder, name, AtFlags::empty()) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {}
        Ok(_) | Err(_) => return Ok(Link::Itself),
    }
    if name.to_bytes() != SIGPROC_RESULTS.as_bytes() || reached != Reached::Directly {
        return Ok(Link::Nothing);
    }
    let target = match handle::open_through_link(folder, name) {
        Ok(target) => target,
        // The target went away between two looks.
        Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => return Ok(Link::Itself),
        Err(errno) => return Err(errno),
    };
    Ok(if lies_in_onboard_results(target.as_fd())? { Link::Nothing } else { Link::Folder(target) })
}

fn lies_in_onboard_results(folder: BorrowedFd<'_>) -> Result<bool> {
    let path = readlinkat(CWD, format!("/proc/self/fd/{}", folder.as_raw_fd()), Vec::new())?;
    Ok(has_onboard_component(Path::new(OsStr::from_bytes(path.to_bytes()))))
}
