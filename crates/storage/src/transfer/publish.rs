//! Gives every proven copy its place, then writes list, checksums and, last, the record.

use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use super::record::{self, Contents, Description};
use super::{Proven, Run, existing, folders};
use crate::copy::{NotCopied, read_back};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Journal, PlanReader, Position, Slot, join};
use crate::plan::Planned;
use crate::remove;
use crate::tree::{Parents, Tree};
use crate::watch::Phase;

/// Gives all copies their place, writes list, checksums and record.
pub(super) fn publish(
    run: &Run<'_>,
    description: &Description<'_>,
    contents: &Contents<'_>,
) -> Result<Proven, Failure> {
    // Further categories of the report come to the same folders later, so the owner must be able to write.
    let (place, proven) = place_all(run, 0o700)?;
    record::write(run, &place, description, proven.from_medium, contents)?;
    run.journal.set_untouched()?;
    complete(run)?;
    Ok(proven)
}

/// Gives all copies their place. `add_mode` is added to the permissions of folders.
pub(crate) fn place_all(run: &Run<'_>, add_mode: u32) -> Result<(Tree, Proven), Failure> {
    run.target.check()?;
    let failed =
        |errno| Failure::io(Side::Target, "make", run.target.tree.path(), run.folder.as_bytes())(errno);
    run.target.tree.make(run.folder.as_bytes(), 0o755).map_err(failed)?;
    let place = run.target.tree.within(run.folder.as_bytes()).map_err(failed)?;
    let mut publishing = Publishing {
        run,
        place: &place,
        staged: Parents::new(run.journal.tree()),
        placed: Parents::new(&place),
        folders: Vec::new(),
        proven: Proven::NONE,
    };
    let mut reader = run.reader()?;
    while let Some((id, planned)) = reader.next()? {
        run.watch.go_on()?;
        publishing.entry(id, planned, reader.position())?;
    }
    publishing.date_folders(add_mode, &reader)?;
    let proven = publishing.proven;
    run.slots.sync(&run.journal)?;
    sync(run)?;
    Ok((place, proven))
}

/// Notes that everything is in its place, durably, and removes what is needed no more.
pub(crate) fn complete(run: &Run<'_>) -> Result<(), Failure> {
    sync(run)?;
    run.target.check()?;
    run.journal.set_complete()?;
    remove_staging(run)
}

fn sync(run: &Run<'_>) -> Result<(), Failure> {
    disk::sync_file_system(run.target.tree.fd()).map_err(Failure::io(
        Side::Target,
        "make durable what was copied to",
        run.target.tree.path(),
        b"",
    ))
}

/// What attempts have left: folders, and copies that another attempt made again.
fn remove_staging(run: &Run<'_>) -> Result<(), Failure> {
    for name in crate::tree::names(run.journal.fd()).map_err(run.journal.failed("look into the journal"))? {
        if name.to_bytes().starts_with(b"staged-") {
            let name = name.to_string_lossy();
            remove::own_folder(run.journal.tree(), "", &name)
                .map_err(run.journal.failed("remove copies that are not needed in"))?;
        }
    }
    Ok(())
}

struct Publishing<'r, 'p> {
    run: &'r Run<'r>,
    place: &'p Tree,
    staged: Parents<'r>,
    placed: Parents<'p>,
    folders: Vec<(u64, Position)>,
    proven: Proven,
}

impl Publishing<'_, '_> {
    fn entry(&mut self, id: u64, planned: Planned, position: Position) -> Result<(), Failure> {
        if planned.kind == Kind::Folder {
            let path = &planned.stored().0;
            self.place.make(path, 0o755).map_err(|errno| self.failed("make", path, errno))?;
            self.folders.push((id, position));
            return Ok(());
        }
        let Some(slot) = self.run.slots.get(&self.run.journal, id)? else {
            let why = format!("entry {id} has no proven copy");
            return Err(Failure::Journal { path: self.run.journal.path().join("slots"), why });
        };
        self.proven.count(&slot);
        let stored = &planned.stored().0;
        match self.rename(&slot, stored) {
            Ok(()) => {}
            // An earlier attempt has come this far.
            Err(Errno::NOENT) if self.is_in_place(stored, &slot, planned.kind) => {}
            Err(Errno::EXIST) => self.share(id, &planned, slot)?,
            Err(errno) => return Err(self.failed("give its place to", stored, errno)),
        }
        self.run.progress(Phase::Publish, planned.identity.size, 1);
        Ok(())
    }

    fn rename(&mut self, slot: &Slot, stored: &[u8]) -> Result<(), Errno> {
        let staged = Journal::staged(slot.fence, stored);
        let (to, new) = match self.placed.of(stored) {
            Err(Errno::NOENT) => {
                let (folder, _) = crate::tree::split(stored);
                self.place.make(folder, 0o755)?;
                self.placed.of(stored)?
            }
            other => other?,
        };
        let (from, old) = self.staged.of(&staged)?;
        disk::rename_new(from, &old, to, &new)
    }

    fn is_in_place(&mut self, stored: &[u8], slot: &Slot, kind: Kind) -> bool {
        existing::is_copy(&mut self.placed, stored, slot.copy, kind)
    }

    /// Something is there already: fine when it is the same, which is found out by reading it. Two categories may have a
    /// file in common.
    fn share(&mut self, id: u64, planned: &Planned, mut slot: Slot) -> Result<(), Failure> {
        let stored = &planned.stored().0;
        if existing::is_copy(&mut self.placed, stored, slot.copy, planned.kind) {
            return Ok(());
        }
        let occupied = || Failure::Occupied { path: join(self.place.path(), stored) };
        let place = self.place.path();
        let (folder, name) =
            self.placed.of(stored).map_err(Failure::io(Side::Target, "look at", place, stored))?;
        let same = match planned.kind {
            Kind::Link => crate::copy::link_hash(folder, &name).is_ok_and(|there| there == slot.hash),
            _ => match read_back(self.run.hash, folder, &name, Phase::Publish, self.run.watch) {
                Ok(read) => {
                    slot.from_medium &= read.from_medium;
                    self.proven.from_medium &= read.from_medium;
                    read.hash == slot.hash
                }
                Err(NotCopied::Stopped(stop)) => return Err(stop.into()),
                Err(NotCopied::Changed | NotCopied::Damaged) => false,
                Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => {
                    return Err(Failure::io(Side::Target, "read", place, stored)(errno));
                }
            },
        };
        if !same {
            return Err(occupied());
        }
        let stat = disk::stat(folder, &name).map_err(Failure::io(Side::Target, "look at", place, stored))?;
        if planned.is_the_very_inode(&stat) {
            let start = self.run.head.bases.get(planned.base).map(|base| base.path.clone());
            return Err(Failure::OnePlace { path: join(&start.unwrap_or_default(), &planned.path.0) });
        }
        slot.copy = (&stat).into();
        slot.shared = true;
        if planned.kind == Kind::Link {
            slot.copy.size = 0;
        }
        self.run.slots.put(&self.run.journal, id, &slot)
    }

    /// The metadata of folders comes last: each new entry changes their times, and what is made below them takes over some of it.
    fn date_folders(&mut self, add_mode: u32, reader: &PlanReader<'_>) -> Result<(), Failure> {
        for (id, position) in std::mem::take(&mut self.folders).into_iter().rev() {
            let planned = reader.again(position)?;
            let path = &planned.stored().0;
            let folder = self.place.folder(path).map_err(|errno| self.failed("open", path, errno))?;
            let slot = folders::give(self.run, &planned, &folder, add_mode)
                .map_err(|what| folders::failure(self.run, &planned, self.place.path(), what))?;
            self.proven.count(&slot);
            self.run.slots.put(&self.run.journal, id, &slot)?;
        }
        Ok(())
    }

    fn failed(&self, doing: &'static str, path: &[u8], errno: Errno) -> Failure {
        Failure::io(Side::Target, doing, self.place.path(), path)(errno)
    }
}
