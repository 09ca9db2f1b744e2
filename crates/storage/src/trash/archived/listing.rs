//! What a delete of an archived copy takes: what the list tells, as it lies in the archive.

use std::collections::{BTreeSet, HashSet};
use std::os::fd::AsFd as _;
use std::path::Path;

use runstow_lifecycle::manifest::{Entry, Kind};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::{AtFlags, FileType, Stat, StatxFlags, statx};
use rustix::io::Errno;

use super::failed;
use crate::archive::planned::{Way, Wrong, look, planned as listed};
use crate::archive::{ArchiveFolder, Recorded, Whose};
use crate::copy::attributes;
use crate::disk;
use crate::failure::Failure;
use crate::plan::{Digest, Planned, Stays, Totals};
use crate::tree::{Parents, as_path, c_name, split};

/// So many are told one by one.
const MOST_DAMAGE: usize = 1000;

/// What a delete of an archived copy would take.
#[derive(Clone, Debug)]
pub struct ArchivedFiles {
    /// Sums. What stays is what other archived categories of the folder have too.
    pub totals: Totals,
    /// The list in 32 bytes.
    pub digest: Digest,
    /// How many entries are not as the list says.
    pub damaged: u64,
    /// The first thousand of them, with what is wrong.
    pub damage: Vec<String>,
    /// The file name of the record.
    pub(super) record: String,
}

/// Looks at the archived copy of a category, entry by entry. Without a list of Runstow nothing tells which files are the
/// category's alone.
///
/// # Errors
/// When there is no list, or the archive can not be looked at.
pub fn list_archived(
    folder: &Path,
    category: Category,
    whose: Whose<'_>,
    each: &mut dyn FnMut(Planned) -> Result<(), Failure>,
) -> Result<ArchivedFiles, Failure> {
    list_open(&ArchiveFolder::open(folder)?, category, whose, each)
}

/// The same of an archive folder that is open.
pub(super) fn list_open(
    folder: &ArchiveFolder,
    category: Category,
    whose: Whose<'_>,
    each: &mut dyn FnMut(Planned) -> Result<(), Failure>,
) -> Result<ArchivedFiles, Failure> {
    let recorded = folder.category(category, whose)?.ok_or_else(|| Failure::BadRecord {
        path: folder.path().to_owned(),
        why: format!(
            "no list of Runstow tells which files are {} and nothing else, so nothing of it is deleted",
            category.ts_name()
        ),
    })?;
    let mut looking = Looking {
        of_others: of_others(&recorded, folder)?,
        folder,
        each,
        totals: Totals::default(),
        damaged: 0,
        damage: Vec::new(),
    };
    looking.all(&recorded)?;
    let Looking { totals, damaged, damage, .. } = looking;
    let digest = Digest::of_list(&recorded.category);
    Ok(ArchivedFiles { totals, digest, damaged, damage, record: recorded.name })
}

struct Looking<'l> {
    folder: &'l ArchiveFolder,
    of_others: HashSet<u128>,
    each: &'l mut dyn FnMut(Planned) -> Result<(), Failure>,
    totals: Totals,
    damaged: u64,
    damage: Vec<String>,
}

impl Looking<'_> {
    fn all(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let folder = self.folder;
        let mut stored = Parents::new(&folder.tree);
        let mut folders = BTreeSet::new();
        let mut entries = folder.entries(&recorded.category)?;
        while let Some(entry) = entries.next()? {
            let own = if entry.kind == Kind::Folder { &entry.path.0[..] } else { split(&entry.path.0).0 };
            let mut above = own;
            while !above.is_empty() && folders.insert(above.to_vec()) {
                above = split(above).0;
            }
            if entry.kind != Kind::Folder {
                let was = recorded.category.folders.get(&entry.from).map(|path| as_path(&path.0));
                self.entry(&mut stored, &entry, was.unwrap_or(Path::new("")))?;
            }
        }
        folders.into_iter().try_for_each(|path| self.folder(path))?;
        // Last, so that what is interrupted still has its list beside it.
        self.beside(&recorded.category.checksums)?;
        self.beside(&recorded.category.list)
    }

    fn entry(&mut self, stored: &mut Parents<'_>, entry: &Entry, was: &Path) -> Result<(), Failure> {
        let found = match look(stored, entry, was) {
            Ok((stat, text)) => Some((stat, text)),
            Err(Wrong::Damaged(why)) => {
                let path = self.folder.path().join(as_path(&entry.path.0));
                self.damaged += 1;
                if self.damage.len() < MOST_DAMAGE {
                    self.damage.push(format!("{}: {why}", path.display()));
                }
                as_it_is(stored, entry)
            }
            Err(Wrong::System(errno)) => {
                return Err(failed("look at", self.folder.path(), &entry.path.0)(errno));
            }
        };
        let Some((stat, text)) = found else { return Ok(()) };
        let way = Way { stat: Some(&stat), text, becomes: None, apart: None, twin: None };
        let shared = self.of_others.contains(&short(&entry.path));
        let stays = shared.then_some(Stays::Shared);
        let planned = Planned { original: None, stays, ..listed(entry, way) };
        let size = planned.identity.size;
        match entry.kind {
            Kind::File => self.totals.files += 1,
            _ => self.totals.links += 1,
        }
        self.totals.bytes += size;
        if shared {
            for (files, bytes) in [
                (&mut self.totals.stay_files, &mut self.totals.stay_bytes),
                (&mut self.totals.needed_files, &mut self.totals.needed_bytes),
            ] {
                *files += 1;
                *bytes += size;
            }
        }
        (self.each)(planned)
    }

    /// Folders that become empty are removed, unless another category lists them, and come back with the files.
    fn folder(&mut self, path: Vec<u8>) -> Result<(), Failure> {
        let tree = &self.folder.tree;
        let found = tree.folder(&path).and_then(|folder| {
            let stat = statx(&folder, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)?;
            Ok((stat, attributes(folder.as_fd())?))
        });
        match found {
            Ok((stat, attributes)) => {
                self.totals.folders += 1;
                let shared = self.of_others.contains(&short(&RawText(path.clone())));
                let stays = if shared { Stays::Shared } else { Stays::Folder };
                (self.each)(
                    Planned::of(path, Kind::Folder, &stat, None, Some(stays)).with_attributes(attributes),
                )
            }
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(()),
            Err(errno) => Err(failed("look at", tree.path(), &path)(errno)),
        }
    }

    /// The list and the checksums go with the files.
    fn beside(&mut self, name: &str) -> Result<(), Failure> {
        let tree = &self.folder.tree;
        let path = name.as_bytes().to_vec();
        let found = c_name(&path)
            .and_then(|name| statx(tree.fd(), &name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS));
        match found {
            Ok(stat) => (self.each)(Planned::of(path, Kind::File, &stat, None, None)),
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed("look at", tree.path(), &path)(errno)),
        }
    }
}

/// What lies in the place of an entry and is not what the list says: of the same kind, it goes along.
fn as_it_is(stored: &mut Parents<'_>, entry: &Entry) -> Option<(Stat, Option<RawText>)> {
    let (folder, name) = stored.of(&entry.path.0).ok()?;
    let stat = disk::stat(folder, &name).ok()?;
    match (FileType::from_raw_mode(stat.st_mode), entry.kind) {
        (FileType::RegularFile, Kind::File) => Some((stat, None)),
        (FileType::Symlink, Kind::Link) => {
            let text = rustix::fs::readlinkat(folder, &name, Vec::new()).ok()?;
            Some((stat, Some(RawText(text.into_bytes()))))
        }
        _ => None,
    }
}

/// What other lists of the folder have: those of other categories, and of other reports. Where one is recorded no more, nothing tells
/// what is needed.
fn of_others(own: &Recorded, folder: &ArchiveFolder) -> Result<HashSet<u128>, Failure> {
    if let Some(unrecorded) = folder.unrecorded()? {
        return Err(unrecorded);
    }
    let mut all = HashSet::new();
    for (_, record) in folder.records()? {
        for other in record.categories.values().filter(|other| **other != own.category) {
            let mut entries = folder.entries(other)?;
            while let Some(entry) = entries.next()? {
                all.insert(short(&entry.path));
            }
        }
    }
    Ok(all)
}

/// A path in 16 bytes.
fn short(path: &RawText) -> u128 {
    let hash = blake3::hash(&path.0);
    hash.as_bytes().first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}
