//! The list of a category in an archive folder.

use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use runstow_lifecycle::manifest::{CategoryRecord, Entry, Hash};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::file_name;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::Reading;
use crate::tree::Tree;

/// Reads a list entry by entry.
pub struct Entries {
    path: PathBuf,
    lines: BufReader<Reading<OwnedFd>>,
    line: Vec<u8>,
    number: u64,
}

impl Entries {
    pub(super) fn open(place: &Tree, category: &CategoryRecord) -> Result<Self, Failure> {
        let path = place.path().join(&category.list);
        let name = file_name(place, &category.list)?;
        let open = || match disk::open(place.fd(), &name, OFlags::RDONLY | OFlags::NONBLOCK) {
            Ok(file) => Ok(file),
            Err(Errno::NOENT | Errno::LOOP) => {
                Err(Failure::BadRecord { path: path.clone(), why: "the list is missing".into() })
            }
            Err(errno) => Err(failed(&path, errno)),
        };
        let mut hasher = blake3::Hasher::new();
        hasher
            .update_reader(Reading(open()?))
            .map_err(|error| failed(&path, Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        if Hash(hasher.finalize().into()) != category.list_hash {
            let why =
                "the list is not the one that was written with the data: it was changed or is damaged".into();
            return Err(Failure::BadRecord { path, why });
        }
        let lines = BufReader::with_capacity(256 * 1024, Reading(open()?));
        Ok(Self { path, lines, line: Vec::new(), number: 0 })
    }

    /// The next entry.
    ///
    /// # Errors
    /// When the list can not be read, or a line is no entry.
    #[expect(clippy::should_implement_trait, reason = "an iterator would hide that a failure ends it")]
    pub fn next(&mut self) -> Result<Option<Entry>, Failure> {
        self.line.clear();
        let read = self.lines.read_until(b'\n', &mut self.line);
        let read =
            read.map_err(|error| failed(&self.path, Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let entry: Entry = serde_json::from_slice(&self.line).map_err(|error| Failure::BadRecord {
            path: self.path.clone(),
            why: format!("line {}: {error}; was it written by a later version?", self.number),
        })?;
        if leads_elsewhere(&entry.path.0)
            || entry.origin.as_ref().is_some_and(|path| leads_elsewhere(&path.0))
        {
            let why = format!("line {}: the path leads out of its folder", self.number);
            return Err(Failure::BadRecord { path: self.path.clone(), why });
        }
        Ok(Some(entry))
    }
}

/// Is it no path below a folder?
fn leads_elsewhere(path: &[u8]) -> bool {
    path.contains(&0)
        || path.split(|byte| *byte == b'/').any(|name| name.is_empty() || name == b"." || name == b"..")
}

fn failed(path: &std::path::Path, errno: Errno) -> Failure {
    Failure::Io { doing: "read the list", path: path.to_owned(), errno, side: Side::Target }
}
