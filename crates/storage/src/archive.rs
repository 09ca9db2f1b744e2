//! What lies in an archive folder: its records, and the lists that say what belongs to each category.

mod beside;
mod find;
mod list;
pub(crate) mod planned;
mod signs;
mod twins;
mod whose;

use std::ffi::CString;
use std::io::{BufReader, Read as _};
use std::path::Path;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{CategoryRecord, Record};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::Reading;
use crate::tree::{Tree, c_name};
pub(crate) use beside::{Beside, Unrecorded, is_list, is_record, is_written};
pub use find::Archives;
pub use list::Entries;
pub use signs::is_archive_folder;
pub(crate) use signs::{Sign, is_beside, sign_of};
pub(crate) use twins::Twins;
pub(crate) use whose::Kin;
pub use whose::Whose;

/// The largest record that is read: a thousand times what one needs.
const LARGEST: u64 = 16 << 20;

/// An open folder that copies were put into.
pub struct ArchiveFolder {
    pub(crate) tree: Tree,
}

/// A category that is recorded in an archive folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The file name of the record.
    pub name: String,
    /// The whole record.
    pub record: Record,
    /// The category's part of it.
    pub category: CategoryRecord,
}

impl ArchiveFolder {
    /// Opens it.
    ///
    /// # Errors
    /// When it is not there or can not be read.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let tree = Tree::open(folder).map_err(|errno| crate::walk::StartError::new(folder, errno))?;
        Ok(Self { tree })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.tree.path()
    }

    /// All records of Runstow that lie here, by file name.
    ///
    /// # Errors
    /// When the folder or one of them can not be read.
    pub fn records(&self) -> Result<Vec<(String, Record)>, Failure> {
        records(&self.tree)
    }

    /// The record of a category of a report, never that of another report. None when nothing of ours tells of such files: what
    /// Torrent Suite archived has no record of ours.
    ///
    /// # Errors
    /// As [`ArchiveFolder::records`]; [`Failure::BadRecord`] when something of ours tells that such files were archived here, and
    /// no record that can be used is this report's.
    pub fn category(&self, category: Category, whose: Whose<'_>) -> Result<Option<Recorded>, Failure> {
        Beside::look(&self.tree)?.choose(category, whose).map_err(|unrecorded| unrecorded.failure(&self.tree))
    }

    /// What is wrong with the records: what of ours tells that something was archived here, and no record says what. None: nothing.
    ///
    /// # Errors
    /// As [`ArchiveFolder::records`].
    pub fn unrecorded(&self) -> Result<Option<Failure>, Failure> {
        Ok(Beside::look(&self.tree)?.any_unrecorded().map(|unrecorded| unrecorded.failure(&self.tree)))
    }

    /// The list of a category, from its beginning. It is read to its end first and compared with the hash in the record.
    ///
    /// # Errors
    /// [`Failure::BadRecord`] when it is missing or was changed, and when it can not be read.
    pub fn entries(&self, category: &CategoryRecord) -> Result<Entries, Failure> {
        Entries::open(&self.tree, category)
    }
}

/// All records of ours in a folder.
pub(crate) fn records(place: &Tree) -> Result<Vec<(String, Record)>, Failure> {
    Ok(Beside::look(place)?.records)
}

/// What lies under the name of a record.
pub(crate) enum Found {
    Record(Box<Record>),
    /// A record of ours that can not be used.
    Damaged,
    /// Something that is not ours, such as a record of Torrent Suite.
    Other,
    Nothing,
}

/// Reads a record of ours.
pub(crate) fn read_record(place: &Tree, name: &str) -> Result<Found, Failure> {
    let failed = |errno| Failure::io(Side::Target, "read", place.path(), name.as_bytes())(errno);
    let file = match disk::open(place.fd(), &file_name(place, name)?, OFlags::RDONLY | OFlags::NONBLOCK) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(Found::Nothing),
        Err(Errno::LOOP) => return Ok(Found::Other),
        Err(errno) => return Err(failed(errno)),
    };
    let mut text = Vec::new();
    BufReader::new(Reading(file))
        .take(LARGEST)
        .read_to_end(&mut text)
        .map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    Ok(match serde_json::from_slice::<Record>(&text) {
        Ok(record) => Found::Record(Box::new(record)),
        Err(_) if looks_like_ours(&text) => Found::Damaged,
        Err(_) => Found::Other,
    })
}

/// Words that a record of ours has, and one of Torrent Suite has not. One damaged place leaves most of them.
fn looks_like_ours(text: &[u8]) -> bool {
    let words: [&[u8]; 4] = [b"\"runstow\"", b"\"categories\"", b"\"list_hash\"", b"\"runstow_"];
    let has = |word: &&[u8]| text.windows(word.len()).any(|part| part == *word);
    words.iter().filter(|word| has(word)).count() >= 2
}

/// A file name that a record tells. One that leads elsewhere is none.
fn file_name(place: &Tree, name: &str) -> Result<CString, Failure> {
    c_name(name.as_bytes()).map_err(|_| Failure::BadRecord {
        path: place.path().to_owned(),
        why: format!("{name:?} is no file name"),
    })
}
