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
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends this thread's buffer of [`PIECE`] bytes, whose place suits direct transfers.
pub(super) fn with_buffer<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    // Taken out: whoever works with it may call others, who want one too.
    let mut buffer = BUFFER.take();
    buffer.resize(PIECE + ALIGNMENT, 0);
    let start = buffer.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
    let outcome = work(&mut buffer[start..start + PIECE]);
    BUFFER.set(buffer);
    outcome
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
            match disk::write_direct(self.file, &bytes[..done], at) {
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

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use rustix::fs::{Mode, OFlags};

    use super::{ALIGNMENT, Writer, with_buffer};

    /// Writes a file of that length piece by piece; its content.
    fn written(length: usize, piece: usize) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("copy");
        let flags = OFlags::CREATE | OFlags::RDWR;
        let file: OwnedFd = rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR).unwrap();
        with_buffer(|buffer| {
            let mut writer = Writer::new(&file, length as u64, true).unwrap();
            let mut at = 0;
            while at < length {
                let next = piece.min(length - at);
                for (place, byte) in (at..).zip(&mut buffer[..next]) {
                    *byte = (place % 251) as u8;
                }
                writer.write(&buffer[..next], at as u64).unwrap();
                at += next;
            }
        });
        std::fs::read(path).unwrap()
    }

    #[test]
    fn any_length_in_any_pieces_is_written_whole() {
        let lengths =
            [0, 1, ALIGNMENT, 65_535, 65_536, 65_537, 70_001, 200_000, 1 << 20, (1 << 20) + 1, (3 << 20) - 5];
        for length in lengths {
            for piece in [1 << 20, ALIGNMENT, 100_000, 333] {
                let expected: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
                assert!(written(length, piece) == expected, "{length} bytes, {piece} at once");
            }
        }
    }
}
