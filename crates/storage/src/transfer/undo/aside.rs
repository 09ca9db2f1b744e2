//! A copy goes into the journal before it is removed. In its place others may write at any moment; in the journal nobody does.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::CString;

use rustix::io::Errno;

use super::super::existing::is_surely_copy;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Journal, Slot, join};
use crate::plan::Planned;
use crate::remove::{Taking, own_copy};
use crate::tree::{Parents, Tree, c_name, names};

/// The first is enough, but where what was put aside was another's, and the copy came back to its place meanwhile.
const NAMES: [&str; 2] = ["undone", "undone-too"];

/// Before the journal goes.
///
/// # Errors
/// [`Failure::Occupied`]: something was put aside that nobody has looked at.
pub(super) fn nothing_is_left(journal: &Journal) -> Result<(), Failure> {
    let failed = |errno| journal.failed("look into the journal")(errno);
    let mut all = names(journal.fd()).map_err(failed)?;
    all.retain(|name| name.to_bytes().starts_with(NAMES[0].as_bytes()));
    all.extend(Taking::new(journal.fd()).left_over().map_err(failed)?);
    match all.first() {
        Some(name) => Err(Failure::Occupied { path: join(journal.path(), name.to_bytes()) }),
        None => Ok(()),
    }
}

/// Takes copies out of their place.
pub(super) struct Aside<'j> {
    journal: &'j Journal,
    place: &'j Tree,
    taking: Taking<'j>,
    /// What an attempt that was killed has put aside, by the number of the entry.
    left: BTreeSet<u64>,
    /// Something came to the place of the last copy while that was put aside.
    was_quicker: Cell<bool>,
}

impl<'j> Aside<'j> {
    /// Looks what an earlier attempt has put aside.
    pub(super) fn open(journal: &'j Journal, place: &'j Tree) -> Result<Self, Failure> {
        let taking = Taking::open(journal.fd()).map_err(journal.failed("look into the journal"))?;
        let all = names(journal.fd()).map_err(journal.failed("look into the journal"))?;
        let number = |name: &CString| {
            name.to_str().ok()?.rsplit_once('-').filter(|(name, _)| NAMES.contains(name))?.1.parse().ok()
        };
        let left = all.iter().filter_map(number).collect();
        Ok(Self { journal, place, taking, left, was_quicker: Cell::new(false) })
    }

    pub(super) fn failed(&self, planned: &Planned) -> impl Fn(Errno) -> Failure + use<> {
        let path = join(self.place.path(), &planned.stored().0);
        move |errno| Failure::Io { doing: "take back", path: path.clone(), errno, side: Side::Target }
    }

    /// Has an earlier attempt put it aside?
    pub(super) fn has(&self, id: u64) -> bool {
        self.left.contains(&id)
    }

    /// Puts what lies in the place of a copy aside.
    pub(super) fn take(&self, id: u64, planned: &Planned, placed: &mut Parents<'_>) -> Result<(), Failure> {
        let failed = self.failed(planned);
        for name in NAMES {
            let name = Self::name(name, id).map_err(&failed)?;
            let (parent, old) = placed.of(&planned.stored().0).map_err(&failed)?;
            match self.taking.take((parent, &old), (self.journal.fd(), &name)) {
                Ok(()) | Err(Errno::NOENT) => return Ok(()),
                Err(Errno::EXIST) => self.was_quicker.set(true),
                Err(errno) => return Err(failed(errno)),
            }
        }
        Err(self.occupied(planned))
    }

    /// Removes what was put aside, now or before a kill, if it is the copy. What somebody has put in its place goes back.
    pub(super) fn end(
        &self,
        id: u64,
        planned: &Planned,
        slot: &Slot,
        placed: &mut Parents<'_>,
    ) -> Result<(), Failure> {
        let failed = self.failed(planned);
        let mut own = Parents::new(self.journal.tree());
        for _ in NAMES {
            let mut strange = false;
            for name in NAMES {
                let here = Self::name(name, id).map_err(&failed)?;
                match disk::stat(self.journal.fd(), &here) {
                    Err(Errno::NOENT) => continue,
                    other => drop(other.map_err(&failed)?),
                }
                let old = placed.of(&planned.stored().0).ok();
                let old = old.as_ref().map(|(folder, name)| (*folder, name.as_c_str()));
                self.taking.end(old, (self.journal.fd(), &here)).map_err(&failed)?;
                if is_surely_copy(&mut own, here.to_bytes(), slot.copy, planned.kind).map_err(&failed)? {
                    own_copy(self.journal.fd(), &here).map_err(&failed)?;
                    continue;
                }
                let (parent, old) = placed.make(&planned.stored().0).map_err(&failed)?;
                match disk::rename_new(self.journal.fd(), &here, parent, &old) {
                    Err(Errno::EXIST) => strange = true,
                    other => other.map_err(&failed)?,
                }
            }
            if !strange {
                return self.give_back(planned, placed);
            }
            if !is_surely_copy(placed, &planned.stored().0, slot.copy, planned.kind).map_err(&failed)? {
                return Err(self.occupied(planned));
            }
            self.take(id, planned, placed)?;
        }
        Err(self.occupied(planned))
    }

    /// What was taken unseen, and found its name in use when it was to go back.
    fn give_back(&self, planned: &Planned, placed: &mut Parents<'_>) -> Result<(), Failure> {
        if !self.was_quicker.take() {
            return Ok(());
        }
        let failed = self.failed(planned);
        for name in self.taking.left_over().map_err(&failed)? {
            let (parent, old) = placed.make(&planned.stored().0).map_err(&failed)?;
            match disk::rename_new(self.journal.fd(), &name, parent, &old) {
                Err(Errno::EXIST) => return Err(self.occupied(planned)),
                other => other.map_err(&failed)?,
            }
        }
        Ok(())
    }

    fn name(name: &str, id: u64) -> rustix::io::Result<CString> {
        c_name(format!("{name}-{id}").as_bytes())
    }

    fn occupied(&self, planned: &Planned) -> Failure {
        Failure::Occupied { path: join(self.place.path(), &planned.stored().0) }
    }
}
