//! Reads a copy from the medium, not from memory, and hashes it.

use std::ffi::CStr;
use std::os::fd::BorrowedFd;

use runstow_lifecycle::manifest::{Hash, HashKind};
use rustix::fs::{Advice, OFlags, fadvise};
use rustix::io::Errno;

use super::NotCopied;
use super::direct::{self, with_buffer};
use super::medium;
use crate::disk;
use crate::hash::Hasher;
use crate::identity::Identity;
use crate::watch::{Phase, Watch};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// Hash of the content.
    pub(crate) hash: Hash,
    /// What was open.
    pub(crate) identity: Identity,
    /// The medium was surely read: around the page cache, and the file system does not only say so. Otherwise the cache was asked
    /// to forget the file, which some network mounts do not do.
    pub(crate) from_medium: bool,
}

/// Reads a file to its end.
pub(crate) fn read_back(
    hash: HashKind,
    folder: BorrowedFd<'_>,
    name: &CStr,
    phase: Phase,
    watch: &dyn Watch,
) -> Result<Read, NotCopied> {
    let plain = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let (file, mut direct) = match disk::open(folder, name, plain | OFlags::DIRECT) {
        Ok(file) => (file, true),
        Err(Errno::INVAL | Errno::NOTSUP) => {
            (disk::open(folder, name, plain).map_err(NotCopied::Target)?, false)
        }
        Err(errno) => return Err(NotCopied::Target(errno)),
    };
    let stat = disk::stat_open(&file).map_err(NotCopied::Target)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(NotCopied::Changed);
    }
    // Also where reads are to go around the cache: some file systems take the flag and read through it all the same.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let real = direct && medium::is_read_by(&file, &stat);
    let mut hasher = Hasher::new(hash);
    with_buffer(|piece| {
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let mut at = 0;
        // Not to read at the end: a direct read there would have to begin at a multiple of the block size.
        while at < size {
            watch.go_on()?;
            match disk::read_at(&file, piece, at) {
                Ok(0) => break,
                Ok(read) => {
                    hasher.update(&piece[..read]);
                    at += read as u64;
                    watch.advance(phase, read as u64, 0);
                }
                // The file system took the flag and does not mean it.
                Err(Errno::INVAL) if direct => {
                    direct::leave(&file).map_err(NotCopied::Target)?;
                    let _ = fadvise(&file, 0, None, Advice::DontNeed);
                    direct = false;
                }
                Err(errno) => return Err(NotCopied::Target(errno)),
            }
        }
        Ok(())
    })?;
    Ok(Read { hash: hasher.finish(), identity: Identity::from(&stat), from_medium: direct && real })
}
