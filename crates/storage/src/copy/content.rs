//! Reads a file once, hashes it and writes it; what was a hole becomes a hole.

use std::os::fd::OwnedFd;

use runstow_lifecycle::manifest::Hash;
use rustix::fs::{Advice, SeekFrom, Stat, fadvise, seek};
use rustix::io::Errno;

use super::direct::{Writer, with_buffer};
use super::{NotCopied, PIECE, Way};
use crate::disk;
use crate::hash::Hasher;
use crate::watch::Phase;

/// Bytes written before the system is asked to begin writing them to the disk: then less is left to wait for in the end.
const AHEAD: u64 = 8 << 20;

/// Smaller files are left to the system, which writes many of them at once.
const LARGE: u64 = 1 << 20;

pub(super) fn copy(way: Way<'_>, from: &OwnedFd, stat: &Stat, to: &OwnedFd) -> Result<Hash, NotCopied> {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let blocks = u64::try_from(stat.st_blocks).unwrap_or_default();
    let sparse = blocks.saturating_mul(512) < size;
    if size > PIECE as u64 {
        let _ = fadvise(from, 0, None, Advice::Sequential);
    }
    with_buffer(|buffer| {
        // Holes may begin anywhere.
        let writer = Writer::new(to, size, way.direct && !sparse).map_err(NotCopied::Target)?;
        let mut copying = Copying { way, from, to, writer, hasher: Hasher::new(way.hash), at: 0, buffer };
        while copying.at < size {
            let end = if sparse { copying.next_data(size)? } else { size };
            copying.data(end)?;
        }
        if sparse {
            disk::set_length(to, size).map_err(NotCopied::Target)?;
        }
        Ok(copying.hasher.finish())
    })
}

struct Copying<'a> {
    way: Way<'a>,
    from: &'a OwnedFd,
    to: &'a OwnedFd,
    writer: Writer<'a>,
    hasher: Hasher,
    at: u64,
    buffer: &'a mut [u8],
}

impl Copying<'_> {
    /// Goes over a hole, if there is one; returns where the data ends that follow.
    fn next_data(&mut self, size: u64) -> Result<u64, NotCopied> {
        let data = match seek(self.from, SeekFrom::Data(self.at)) {
            Ok(data) => data.min(size),
            Err(Errno::NXIO) => size,
            // The file system knows no holes: all is data.
            Err(Errno::INVAL) => return Ok(size),
            Err(errno) => return Err(NotCopied::Source(errno)),
        };
        while self.at < data {
            self.way.watch.go_on()?;
            let piece = usize::try_from(data - self.at).unwrap_or(PIECE).min(PIECE);
            self.buffer[..piece].fill(0);
            self.hasher.update(&self.buffer[..piece]);
            self.at += piece as u64;
            self.way.watch.advance(Phase::Copy, piece as u64, 0);
        }
        if data == size {
            return Ok(size);
        }
        seek(self.from, SeekFrom::Hole(data)).map(|hole| hole.min(size)).map_err(NotCopied::Source)
    }

    fn data(&mut self, end: u64) -> Result<(), NotCopied> {
        let mut cached = 0;
        while self.at < end {
            self.way.watch.go_on()?;
            let piece = usize::try_from(end - self.at).unwrap_or(PIECE).min(PIECE);
            self.way.watch.wait_for(piece as u64);
            let read =
                disk::read_at(self.from, &mut self.buffer[..piece], self.at).map_err(NotCopied::Source)?;
            if read == 0 {
                // It became shorter.
                return Err(NotCopied::Changed);
            }
            self.hasher.update(&self.buffer[..read]);
            let was_cached = self.writer.is_cached();
            self.writer.write(&self.buffer[..read], self.at).map_err(NotCopied::Target)?;
            self.at += read as u64;
            self.way.watch.advance(Phase::Copy, read as u64, 0);
            // The end of a file that went around the cache is left to the system.
            cached += if was_cached { read as u64 } else { 0 };
            if cached >= AHEAD || (self.at == end && cached >= LARGE) {
                cached = 0;
                let _ = fadvise(self.to, 0, None, Advice::DontNeed);
            }
        }
        Ok(())
    }
}
