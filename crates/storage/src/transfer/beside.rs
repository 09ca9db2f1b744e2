//! What a job writes beside the data, list, checksums and its part of the record, is noted in the journal before the first of
//! them gets its place, so that it can be taken back and nothing of others with it.

use std::io::Read as _;

use runstow_lifecycle::manifest::{CategoryRecord, Kind};
use rustix::fs::OFlags;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{existing, write_record};
use crate::archive::Beside;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::{Journal, Reading, Written};
use crate::remove;
use crate::tree::{Parents, Tree, c_name, names};
use crate::watch::{Alone, Watch};

/// Notes are files of this name, with the fence of the attempt.
const NAME: &str = "beside";

/// What an attempt writes.
#[derive(Serialize, Deserialize)]
struct Note {
    /// As its part of the record says it.
    finished: String,
    /// List and checksums, by their names.
    files: Vec<(String, Identity)>,
}

impl Note {
    fn is_about(&self, part: &CategoryRecord) -> bool {
        self.finished == part.finished && self.files.iter().any(|(name, _)| *name == part.list)
    }
}

/// Notes what this attempt is about to give its place, durably.
pub(super) fn note(
    journal: &Journal,
    watch: &dyn Watch,
    finished: &str,
    files: [(&str, Identity); 2],
) -> Result<(), Failure> {
    let files = files.map(|(name, identity)| (name.to_owned(), identity)).into();
    let mut written = Written::begin(journal, watch, NAME)?;
    written.json(&Note { finished: finished.to_owned(), files })?;
    written.keep()
}

/// Takes back what any attempt has written: first the part of the record, durably, since what is not whole must not be called an
/// archive. False: something else lies there that no record explains, and nothing was touched.
pub(super) fn take_back(journal: &Journal, place: &Tree) -> Result<bool, Failure> {
    let notes = notes(journal)?;
    let files: Vec<&(String, Identity)> = notes.iter().flat_map(|note| &note.files).collect();
    let beside = Beside::look(place)?;
    if beside.has_unrecorded_but(&|name| files.iter().any(|(known, _)| known == name)) {
        return Ok(false);
    }
    let mut placed = Parents::new(place);
    let mut lies_there = |name: &str| {
        let mut known = files.iter().filter(|(known, _)| known == name);
        known.any(|(_, file)| existing::is_copy(&mut placed, name.as_bytes(), *file, Kind::File))
    };
    let failed = |doing, name: &str| Failure::io(Side::Target, doing, place.path(), name.as_bytes());
    for (name, mut record) in beside.records {
        let before = record.categories.len();
        let is_own = |part: &CategoryRecord| notes.iter().any(|note| note.is_about(part));
        record.categories.retain(|_, part| !(is_own(part) && lies_there(&part.list)));
        if record.categories.len() == before {
            continue;
        }
        if record.categories.is_empty() {
            let file = c_name(name.as_bytes()).map_err(failed("name", &name))?;
            remove::own_copy(place.fd(), &file).map_err(failed("take back", &name))?;
            disk::sync(place.fd()).map_err(failed("take back", &name))?;
        } else {
            write_record(journal, &Alone, &record, place, &name)?;
        }
    }
    let beside = Beside::look(place)?;
    for (name, _) in &files {
        // What a record still names is somebody else's by now.
        if lies_there(name) && !beside.claims(name) {
            let file = c_name(name.as_bytes()).map_err(failed("name", name))?;
            remove::own_copy(place.fd(), &file).map_err(failed("take back", name))?;
        }
    }
    Ok(true)
}

/// The notes of all attempts. After one that is not whole nothing was written.
fn notes(journal: &Journal) -> Result<Vec<Note>, Failure> {
    let mut notes = Vec::new();
    for name in names(journal.fd()).map_err(journal.failed("look into the journal"))? {
        if !name.to_bytes().starts_with(NAME.as_bytes()) {
            continue;
        }
        let file =
            disk::open(journal.fd(), &name, OFlags::RDONLY).map_err(journal.failed("read the journal"))?;
        let mut text = Vec::new();
        Reading(file).read_to_end(&mut text).map_err(|error| {
            journal.failed("read the journal")(Errno::from_io_error(&error).unwrap_or(Errno::IO))
        })?;
        notes.extend(serde_json::from_slice::<Note>(&text));
    }
    Ok(notes)
}
