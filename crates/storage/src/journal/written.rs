//! A file that is written in the journal, proven, and then given its place beside the data.

use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};

use runstow_lifecycle::manifest::{Hash, HashKind};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{Journal, Reading};
use crate::copy::{self, NotCopied};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::remove;
use crate::tree::Tree;
use crate::watch::{Phase, Unseen, Watch};

/// Bytes gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// A file that is written in the journal and then given its place.
pub(crate) struct Written<'r> {
    journal: &'r Journal,
    watch: &'r dyn Watch,
    /// Its name in the journal, with the attempt's fence: a worker that was displaced writes elsewhere.
    name: CString,
    file: OwnedFd,
    buffer: Vec<u8>,
    at: u64,
    hasher: blake3::Hasher,
}

impl<'r> Written<'r> {
    pub(crate) fn begin(journal: &'r Journal, watch: &'r dyn Watch, name: &str) -> Result<Self, Failure> {
        let failed = |errno| journal.failed("write in the journal")(errno);
        let name = c_string(&format!("{name}-{}", journal.fence))?;
        let file = disk::open_journal_file(journal.fd(), &name).map_err(failed)?;
        disk::set_length(&file, 0).map_err(failed)?;
        copy::tolerated(disk::set_mode(file.as_fd(), 0o644)).map_err(failed)?;
        let buffer = Vec::with_capacity(BUFFER + 4096);
        Ok(Self { journal, watch, name, file, buffer, at: 0, hasher: blake3::Hasher::new() })
    }

    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let line = serde_json::to_vec(value).map_err(|error| Failure::BadRecord {
            path: self.journal.path().to_owned(),
            why: error.to_string(),
        })?;
        self.add(&line)?;
        self.add(b"\n")
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        disk::write_at(&self.file, &self.buffer, self.at)
            .map_err(self.journal.failed("write in the journal"))?;
        self.hasher.update(&self.buffer);
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Makes it durable and reads it back: a record is worth no less than the data.
    fn prove(&mut self) -> Result<Hash, Failure> {
        self.flush()?;
        let journal = self.journal;
        disk::sync(&self.file).map_err(journal.failed("write in the journal"))?;
        let hash = Hash(self.hasher.finalize().into());
        let read =
            copy::read_back(HashKind::Blake3, journal.fd(), &self.name, Phase::Publish, &Unseen(self.watch));
        let damaged = || Failure::Damaged { path: journal.path().join(self.name.to_string_lossy().as_ref()) };
        match read {
            Ok(read) if read.hash == hash => Ok(hash),
            Ok(_) | Err(NotCopied::Changed | NotCopied::Damaged) => Err(damaged()),
            Err(NotCopied::Stopped(stop)) => Err(stop.into()),
            Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => {
                Err(journal.failed("read back the records in")(errno))
            }
        }
    }

    /// Proves it, for [`Proved::place`].
    pub(crate) fn proved(mut self) -> Result<Proved<'r>, Failure> {
        let hash = self.prove()?;
        let stat = disk::stat_open(&self.file).map_err(self.journal.failed("look at what was written in"))?;
        Ok(Proved { journal: self.journal, name: self.name, hash, identity: (&stat).into() })
    }

    /// Proves it and leaves it in the journal, durably.
    pub(crate) fn keep(mut self) -> Result<(), Failure> {
        self.prove()?;
        disk::sync(self.journal.fd()).map_err(self.journal.failed("write in the journal"))
    }

    /// Gives it its place, and takes the place of what is there.
    pub(crate) fn replace(mut self, place: &Tree, name: &str) -> Result<(), Failure> {
        self.prove()?;
        // A worker that was frozen would put back what a record told before another has gone on.
        self.watch.is_mine()?;
        let failed = |errno| Failure::io(Side::Target, "write", place.path(), name.as_bytes())(errno);
        disk::replace_record(self.journal.fd(), &self.name, place.fd(), &c_string(name)?).map_err(failed)?;
        disk::sync(place.fd()).map_err(failed)
    }
}

/// A file in the journal that is what it should be.
pub(crate) struct Proved<'r> {
    journal: &'r Journal,
    name: CString,
    hash: Hash,
    /// It stays the same in its place.
    pub(crate) identity: Identity,
}

impl Proved<'_> {
    /// Gives it its place. An equal one that is there already was put there by an earlier attempt.
    pub(crate) fn place(self, place: &Tree, name: &str) -> Result<Hash, Failure> {
        let hash = self.hash;
        let failed = |errno| Failure::io(Side::Target, "write", place.path(), name.as_bytes())(errno);
        let new = c_string(name)?;
        match disk::rename_new(self.journal.fd(), &self.name, place.fd(), &new) {
            Ok(()) => Ok(hash),
            Err(Errno::EXIST) => {
                let there = disk::open(place.fd(), &new, OFlags::RDONLY).map_err(failed)?;
                let mut hasher = blake3::Hasher::new();
                hasher
                    .update_reader(Reading(there))
                    .map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
                if Hash(hasher.finalize().into()) != hash {
                    return Err(Failure::Occupied { path: place.path().join(name) });
                }
                remove::own_copy(self.journal.fd(), &self.name).map_err(failed)?;
                Ok(hash)
            }
            Err(errno) => Err(failed(errno)),
        }
    }
}

fn c_string(name: &str) -> Result<CString, Failure> {
    crate::tree::c_name(name.as_bytes()).map_err(|errno| Failure::Io {
        doing: "name",
        path: name.into(),
        errno,
        side: Side::Target,
    })
}
