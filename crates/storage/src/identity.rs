//! What tells one content of a file from another without reading it.

use rustix::fs::{Stat, Statx, Timespec};
use serde::{Deserialize, Serialize};

/// Inode, size and time of the last change: a file that was replaced or written to has another identity
/// (lifecycle.md §4, proof 5). The device is left out: its number may change when a disk is mounted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Number of the inode.
    pub inode: u64,
    /// Apparent size in bytes.
    pub size: u64,
    /// Last change of content: seconds since 1970.
    pub mtime: i64,
    /// And nanoseconds.
    pub mtime_ns: u32,
}

impl Identity {
    /// The time of the last change.
    pub(crate) fn modified(self) -> Timespec {
        Timespec { tv_sec: self.mtime, tv_nsec: self.mtime_ns.into() }
    }
}

/// When the system noted the last change of an inode, of content or of anything else: seconds since 1970, and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Noted(i64, u32);

impl From<&Stat> for Noted {
    fn from(stat: &Stat) -> Self {
        Self(stat.st_ctime, u32::try_from(stat.st_ctime_nsec).unwrap_or_default())
    }
}

impl From<&Statx> for Noted {
    fn from(stat: &Statx) -> Self {
        Self(stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec)
    }
}

impl From<&Stat> for Identity {
    fn from(stat: &Stat) -> Self {
        Self {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mtime: stat.st_mtime,
            mtime_ns: u32::try_from(stat.st_mtime_nsec).unwrap_or_default(),
        }
    }
}

impl From<&Statx> for Identity {
    fn from(stat: &Statx) -> Self {
        Self {
            inode: stat.stx_ino,
            size: stat.stx_size,
            mtime: stat.stx_mtime.tv_sec,
            mtime_ns: stat.stx_mtime.tv_nsec,
        }
    }
}
