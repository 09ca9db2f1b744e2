//! Does one archive of a category hold what another holds?

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use runstow_lifecycle::manifest::{CategoryRecord, Kind};
use runstow_storage::{ArchiveFolder, Failure};

/// The folder of an archive, and what its record says of the category.
pub(super) type Of<'a> = (&'a Path, &'a CategoryRecord);

/// Has `one` a file or link of each name that `other` has?
///
/// # Errors
/// When a list can not be read.
pub(super) fn holds_all_of(one: Of<'_>, other: Of<'_>) -> Result<bool, Failure> {
    if one.1.list_hash == other.1.list_hash {
        return Ok(true);
    }
    // One number for each path, since there may be millions. Two with the same number: one in 10^19.
    let keys = RandomState::new();
    let mut paths: HashSet<u64> = HashSet::new();
    each(one, &mut |path| {
        paths.insert(keys.hash_one(path));
    })?;
    let mut all = true;
    each(other, &mut |path| all &= paths.contains(&keys.hash_one(path)))?;
    Ok(all)
}

fn each((folder, category): Of<'_>, path: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
    let mut entries = ArchiveFolder::open(folder)?.entries(category)?;
    while let Some(entry) = entries.next()? {
        if entry.kind != Kind::Folder {
            path(&entry.path.0);
        }
    }
    Ok(())
}
