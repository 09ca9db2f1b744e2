//! What lies beside the data: record, list, checksums. Are they whole, and do they say the same?

use runstow_lifecycle::manifest::{self, CategoryRecord, Entry, Hash, Kind};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::refused;
use super::finding::{Damage, Finding};
use crate::archive::{ArchiveFolder, Beside, Recorded, Unrecorded, Whose};
use crate::disk;
use crate::failure::Failure;
use crate::journal::Reading;
use crate::tree::c_name;

/// The records of a category that are to be verified: that of a report, or those of all. Also what is wrong where none can be
/// used. Neither: Runstow has not written here.
pub(super) fn records(
    folder: &ArchiveFolder,
    category: Category,
    whose: Option<Whose<'_>>,
) -> Result<(Vec<Recorded>, Option<Finding>), Failure> {
    let beside = match Beside::look(&folder.tree) {
        Ok(beside) => beside,
        Err(Failure::Io { errno, .. }) => {
            let damage = refused(folder.path(), b"", errno)?;
            return Ok((Vec::new(), Some(Finding { path: RawText::default(), damage })));
        }
        Err(other) => return Err(other),
    };
    let found = match whose {
        Some(whose) => beside.choose(category, whose).map(|found| found.into_iter().collect()),
        None => Ok(beside.of_category(category)),
    };
    let (records, unrecorded) = match found {
        // What nobody asked for by name is told too.
        Ok(records) => (records, beside.unrecorded(category).filter(|_| whose.is_none())),
        Err(unrecorded) => (Vec::new(), Some(unrecorded)),
    };
    let finding = unrecorded.map(|Unrecorded { file, why }| Finding {
        path: RawText(file.into_bytes()),
        damage: Damage::Record { why },
    });
    Ok((records, finding))
}

/// Gathers what a list says, to be compared with record and checksums.
#[derive(Default)]
pub(super) struct Said {
    checksums: blake3::Hasher,
    pub(super) files: u64,
    pub(super) links: u64,
    pub(super) folders: u64,
    pub(super) bytes: u64,
}

impl Said {
    pub(super) fn add(&mut self, entry: &Entry) {
        match entry.kind {
            Kind::File => {
                self.files += 1;
                self.bytes += entry.size;
                if let Some(hash) = &entry.hash {
                    self.checksums.update(&manifest::checksum_line(hash, &entry.path.0));
                }
            }
            Kind::Link => self.links += 1,
            Kind::Folder => self.folders += 1,
        }
    }

    /// Compares it with what the record says.
    pub(super) fn against_record(&self, recorded: &Recorded) -> Option<Finding> {
        let CategoryRecord { files, links, folder_count, bytes, .. } = &recorded.category;
        // A record counts a link to a folder among the folders.
        let said = (*files, links.saturating_add(*folder_count), *bytes);
        let listed = (self.files, self.links + self.folders, self.bytes);
        (said != listed).then(|| {
            let why = format!(
                "it tells of {files} files, {links} links, {folder_count} folders and {bytes} bytes, and the list of {}, {}, \
                 {} and {}: the record is damaged",
                self.files, self.links, self.folders, self.bytes
            );
            Finding { path: RawText(recorded.name.as_bytes().to_vec()), damage: Damage::Record { why } }
        })
    }

    /// Compares it with the file that `b3sum --check` and `sha256sum --check` read.
    pub(super) fn against_checksums(
        &self,
        folder: &ArchiveFolder,
        category: &CategoryRecord,
    ) -> Result<Option<Finding>, Failure> {
        let path = RawText(category.checksums.as_bytes().to_vec());
        let told = |damage| Ok(Some(Finding { path: path.clone(), damage }));
        let checksums = |why: &str| Damage::Checksums { why: why.to_owned() };
        let open = c_name(&path.0)
            .and_then(|name| disk::open(folder.tree.fd(), &name, OFlags::RDONLY | OFlags::NONBLOCK));
        let file = match open {
            Ok(file) => file,
            Err(errno) => {
                return match refused(folder.path(), &path.0, errno)? {
                    Damage::Missing => told(checksums("the file of checksums is missing")),
                    other => told(other),
                };
            }
        };
        let mut hasher = blake3::Hasher::new();
        if let Err(error) = hasher.update_reader(Reading(file)) {
            let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            return told(refused(folder.path(), &path.0, errno)?);
        }
        if Hash(hasher.finalize().into()) == Hash(self.checksums.finalize().into()) {
            return Ok(None);
        }
        told(checksums("it does not say what the list says; the list was written with the data and is whole"))
    }
}
