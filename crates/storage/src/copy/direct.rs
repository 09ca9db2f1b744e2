//! Reading and writing around the page cache. It spares the copying of every byte within memory, and leaves in the cache what
//! others need.

use std::cell::RefCell;
use std::os::fd::OwnedFd;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, Result};

use super::PIECE;
use crate::disk;

/// Direct transfers want memory, lengths and places in multiples of this.
const ALIGNMENT: usize = 4096;

/// Shorter files are left to the system, which writes many of them at once.
const FROM: u64 = 64 << 10;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE + ALIGNMENT]);
}

/// Lends this thread's buffer of [`PIECE`] bytes, whose place suits direct transfers.
pub(super) fn with_buffer<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with_borrow_mut(|buffer| {
        let start = buffer.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        work(&mut buffer[start..start + PIECE])
    })
}

/// From now on transfers of the file go through the page cache.
pub(super) fn leave(file: &OwnedFd) -> Result<()> {
    let flags = fcntl_getfl(file)?;
    fcntl_setfl(file, flags - OFlags::DIRECT)
}

/// A file that is written from its beginning to its end, as far as possible around the page cache.
pub(super) struct Writer<'f> {
    file: &'f OwnedFd,
    direct: bool,
}

impl<'f> Writer<'f> {
    /// `wanted`: the file system takes direct writes and gains by them.
    pub(super) fn new(file: &'f OwnedFd, size: u64, wanted: bool) -> Result<Self> {
        let direct = wanted
            && size >= FROM
            && fcntl_getfl(file).and_then(|flags| fcntl_setfl(file, flags | OFlags::DIRECT)).is_ok();
        if direct {
            // In one place on the disk, although several files grow at the same time.
            disk::reserve(file, size)?;
        }
        Ok(Self { file, direct })
    }

    /// Bytes wait in memory to be written by the system.
    pub(super) const fn is_cached(&self) -> bool {
        !self.direct
    }

    pub(super) fn write(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        let mut done = 0;
        if self.direct && at.is_multiple_of(ALIGNMENT as u64) {
            done = bytes.len() - bytes.len() % ALIGNMENT;
            match disk::write_at(self.file, &bytes[..done], at) {
                Ok(()) => {}
                // It took the flag and does not mean it, or wants larger blocks, or a part was written. What was written is
                // written again.
                Err(Errno::INVAL) => done = 0,
                Err(errno) => return Err(errno),
            }
        }
        if done < bytes.len() {
            if self.direct {
                // The end of the file, or what follows a short read.
                leave(self.file)?;
                self.direct = false;
            }
            disk::write_at(self.file, &bytes[done..], at + done as u64)?;
        }
        Ok(())
    }
}
