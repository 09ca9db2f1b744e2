//! Takes back what a transfer has begun, as long as no source was removed.

mod aside;

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use super::{beside, existing};
use crate::archive::ArchiveFolder;
use crate::failure::{Failure, Side};
use crate::journal::{INCOMING, Journal, PlanReader, Slots};
use crate::remove;
use crate::target::{OpenTarget, Target};
use crate::tree::{Parents, Tree, split};
use aside::Aside;

/// Removes the copies and the journal of a job, and what it has written beside them. False: sources may be gone, so the only
/// way is forward, and nothing was touched. What another category of the folder lists stays: it is shared.
///
/// # Errors
/// When the target does not answer; call again then.
pub fn undo(target: &Target<'_>, job: &str, folder: &str) -> Result<bool, Failure> {
    undo_unless(target, job, folder, Journal::may_have_removed)
}

/// The same, also of copies that are all in their place, for who knows that their sources are still there.
pub(crate) fn undo_copies(target: &Target<'_>, job: &str, folder: &str) -> Result<(), Failure> {
    undo_unless(target, job, folder, |_| Ok(false)).map(drop)
}

fn undo_unless(
    target: &Target<'_>,
    job: &str,
    folder: &str,
    too_late: fn(&Journal) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let target = OpenTarget::open(target.clone())?;
    let root = target.tree.path();
    match target.tree.folder(format!("{INCOMING}/{job}").as_bytes()) {
        Err(Errno::NOENT) => return Ok(true),
        other => drop(other.map_err(Failure::io(Side::Target, "open the journal", root, b""))?),
    }
    let journal = Journal::open(&target.tree, INCOMING, job, 0)?;
    if too_late(&journal)? {
        return Ok(false);
    }
    journal.give_up()?;
    match target.tree.within(folder.as_bytes()) {
        Ok(place) => take_back(&journal, &target.tree, &place, folder)?,
        Err(Errno::NOENT) => {}
        Err(errno) => return Err(Failure::io(Side::Target, "look into", root, folder.as_bytes())(errno)),
    }
    aside::nothing_is_left(&journal)?;
    remove::own_folder(&target.tree, INCOMING, job).map_err(Failure::io(
        Side::Target,
        "remove the journal in",
        root,
        INCOMING.as_bytes(),
    ))?;
    Ok(true)
}

/// What the lists of a folder of copies name.
struct Listed {
    keys: RandomState,
    /// One number for each path, since there may be millions. Two with the same number keep one copy too many.
    paths: HashSet<u64>,
}

impl Listed {
    fn of(place: &Tree) -> Result<Self, Failure> {
        let mut listed = Self { keys: RandomState::new(), paths: HashSet::new() };
        let folder = ArchiveFolder::open(place.path())?;
        if let Some(unknown) = folder.unrecorded()? {
            return Err(unknown);
        }
        for (_, record) in folder.records()? {
            for category in record.categories.values() {
                let mut entries = folder.entries(category)?;
                while let Some(entry) = entries.next()? {
                    let key = listed.keys.hash_one(&entry.path.0);
                    listed.paths.insert(key);
                }
            }
        }
        Ok(listed)
    }

    fn names(&self, path: &[u8]) -> bool {
        self.paths.contains(&self.keys.hash_one(path))
    }
}

/// Removes what this job has written beside the data, the copies that it has given their place, and the folders that it has
/// made for them. What is left at any instant is whole: first nothing calls it an archive any more.
fn take_back(journal: &Journal, root: &Tree, place: &Tree, folder: &str) -> Result<(), Failure> {
    // Without a plan nobody knows which copies are its own, and without the records of others not what is shared: all of it stays.
    let Some((mut reader, head)) = PlanReader::open(journal)? else { return Ok(()) };
    if !beside::take_back(journal, place)? {
        return Ok(());
    }
    let listed = match Listed::of(place) {
        Err(Failure::BadRecord { .. }) => return Ok(()),
        other => other?,
    };
    let slots = Slots::open(journal, &head)?;
    let aside = Aside::open(journal, place)?;
    let mut placed = Parents::new(place);
    let mut folders: BTreeSet<Vec<u8>> = BTreeSet::new();
    while let Some((id, planned)) = reader.next()? {
        let stored = &planned.stored().0;
        let mut folder: &[u8] = if planned.kind == Kind::Folder { stored } else { split(stored).0 };
        while !folder.is_empty() && folders.insert(folder.to_vec()) {
            folder = split(folder).0;
        }
        if planned.kind == Kind::Folder {
            continue;
        }
        let Some(slot) = slots.get(journal, id)? else { continue };
        // A kill came after it was put aside.
        if aside.has(id) {
            aside.end(id, &planned, &slot, &mut placed)?;
        }
        if slot.shared || listed.names(stored) {
            continue;
        }
        let failed = aside.failed(&planned);
        if existing::is_surely_copy(&mut placed, stored, slot.copy, planned.kind).map_err(failed)? {
            aside.take(id, &planned, &mut placed)?;
            aside.end(id, &planned, &slot, &mut placed)?;
        }
    }
    // From below.
    for folder in folders.iter().rev() {
        remove::own_empty_folder(place, folder);
    }
    remove::own_empty_folder(root, folder.as_bytes());
    Ok(())
}
