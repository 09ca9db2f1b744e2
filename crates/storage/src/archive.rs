//! What lies in an archive folder: its records, and the lists that say what belongs to each category.

mod list;
pub(crate) mod planned;
mod signs;

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
use crate::tree::{Tree, c_name, names};
pub use list::Entries;
pub use signs::is_archive_folder;
pub(crate) use signs::{Sign, is_beside, sign_of};

/// The largest record that is read: a thousand times what one needs.
const LARGEST: u64 = 16 << 20;

/// How far below a folder archives are looked for.
const LEVELS: usize = 2;

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

    /// Records of Runstow in a folder, or where it has none, up to two levels below: report folders lie one below
    /// `archivedReports` of an archive, run folders one below its root.
    ///
    /// # Errors
    /// When a folder can not be read.
    pub fn find(start: &Path) -> Result<Vec<(std::path::PathBuf, Record)>, Failure> {
        let mut found = Vec::new();
        let mut waiting = vec![(start.to_owned(), 0)];
        while let Some((path, depth)) = waiting.pop() {
            let folder = Self::open(&path)?;
            let here = folder.records()?;
            if here.is_empty() && depth < LEVELS {
                let failed = |errno| Failure::io(Side::Target, "look into", &path, b"")(errno);
                for name in names(folder.tree.fd()).map_err(failed)? {
                    let stat = disk::stat(folder.tree.fd(), &name).map_err(failed)?;
                    let is_folder =
                        rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Directory;
                    // What file systems make for themselves, only root may read.
                    let own = name.to_bytes().starts_with(b".") || name.as_c_str() == c"lost+found";
                    if is_folder && !own {
                        waiting.push((path.join(crate::tree::as_path(name.to_bytes())), depth + 1));
                    }
                }
            }
            found.extend(here.into_iter().map(|(_, record)| (path.clone(), record)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
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

    /// The record of a category. None when there is none: what Torrent Suite archived has none of ours.
    ///
    /// # Errors
    /// As [`ArchiveFolder::records`].
    pub fn category(&self, category: Category) -> Result<Option<Recorded>, Failure> {
        let found = self.records()?.into_iter().find(|(_, record)| record.categories.contains_key(&category));
        Ok(found.and_then(|(name, record)| {
            let category = record.categories.get(&category)?.clone();
            Some(Recorded { name, record, category })
        }))
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
    let failed = |errno| Failure::io(Side::Target, "look into", place.path(), b"")(errno);
    let mut all = Vec::new();
    for name in names(place.fd()).map_err(failed)? {
        let Ok(name) = name.to_str() else { continue };
        if name.starts_with("serialized_")
            && name.ends_with(".json")
            && let Found::Record(record) = read_record(place, name)?
        {
            all.push((name.to_owned(), *record));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

/// What lies under the name of a record.
pub(crate) enum Found {
    Record(Box<Record>),
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
        Err(_) => Found::Other,
    })
}

/// A file name that a record tells. One that leads elsewhere is none.
fn file_name(place: &Tree, name: &str) -> Result<CString, Failure> {
    c_name(name.as_bytes()).map_err(|_| Failure::BadRecord {
        path: place.path().to_owned(),
        why: format!("{name:?} is no file name"),
    })
}
