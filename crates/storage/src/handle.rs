//! Opens folders relative to handles, so that no path is too long and no link is followed by accident.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, Statx, StatxFlags, openat, statx};
use rustix::io::Result;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder by its absolute path. A link there is followed: start folders may be links (categories.md §3).
pub(crate) fn open_start(path: &Path) -> Result<OwnedFd> {
    openat(CWD, path, FOLDER, Mode::empty())
}

/// A folder in a folder, never through a link.
pub(crate) fn open_child(parent: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd> {
    openat(parent, name, FOLDER.union(OFlags::NOFOLLOW), Mode::empty())
}

/// The folder that a link points to.
pub(crate) fn open_through_link(parent: impl AsFd, name: &CStr) -> Result<OwnedFd> {
    openat(parent, name, FOLDER, Mode::empty())
}

/// A folder some levels below, one level at a time and never through a link.
pub(crate) fn open_below(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd> {
    let mut here = openat(base, c".", FOLDER, Mode::empty())?;
    for name in path.split(|b| *b == b'/').filter(|n| !n.is_empty()) {
        here = open_child(&here, name)?;
    }
    Ok(here)
}

/// Kind and size of an entry itself, not of what it points to.
pub(crate) fn stat_entry(parent: impl AsFd, name: &CStr) -> Result<Statx> {
    statx(parent, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE | StatxFlags::SIZE)
}

/// The kind of file that a mode tells.
pub(crate) fn file_type(stat: &Statx) -> FileType {
    FileType::from_raw_mode(stat.stx_mode.into())
}

/// Time of the last change of content. Times that no calendar holds become the epoch, which never looks recent.
pub(crate) fn modified(stat: &Stat) -> Timestamp {
    let nanos = i32::try_from(stat.st_mtime_nsec).unwrap_or(0);
    Timestamp::new(stat.st_mtime, nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}
