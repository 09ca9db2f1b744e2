//! What lies beside the data: record, list, checksums. Are they whole, and do they say the same?

use runstow_lifecycle::manifest::{self, CategoryRecord, Entry, Hash, Kind};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::refused;
use super::finding::{Damage, Finding};
use crate::archive::{ArchiveFolder, Recorded};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::Reading;
use crate::tree::{c_name, names};

/// Is it the name of a record, ours or Torrent Suite's?
pub(super) fn is_record(name: &str) -> bool {
    name.starts_with("serialized_") && name.ends_with(".json")
}

/// Is it the name of a list of ours, of this category?
pub(super) fn is_list(name: &str, category: Category) -> bool {
    let end = format!("_{}.jsonl", category.api_prefix());
    name.starts_with("runstow_") && name.ends_with(&end)
}

/// The record of a category, or what is wrong where there is none. Neither: Runstow has not written here.
pub(super) fn record(
    folder: &ArchiveFolder,
    category: Category,
) -> Result<(Option<Recorded>, Option<Finding>), Failure> {
    match folder.category(category) {
        Ok(Some(recorded)) => return Ok((Some(recorded), None)),
        Ok(None) => {}
        Err(Failure::Io { errno, .. }) => {
            let damage = refused(folder.path(), b"", errno)?;
            return Ok((None, Some(Finding { path: RawText::default(), damage })));
        }
        Err(other) => return Err(other),
    }
    let failed = Failure::io(Side::Target, "look into", folder.path(), b"");
    for name in names(folder.tree.fd()).map_err(failed)? {
        if let Some(name) = name.to_str().ok().filter(|name| is_list(name, category)) {
            let why = format!(
                "no record names this list: the record serialized_….json is damaged or gone. The data can still be \
                 compared with the checksums beside the list, with {}",
                ["b3sum --check", "sha256sum --check"].join(" or ")
            );
            let path = RawText(name.as_bytes().to_vec());
            return Ok((None, Some(Finding { path, damage: Damage::Record { why } })));
        }
    }
    Ok((None, None))
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
