//! Further names of files that are copied: hard links, where the target knows them.

use std::collections::HashMap;

use runstow_lifecycle::manifest::Kind;

use super::super::hard_links::FirstName;
use super::super::{Run, existing};
use super::{Made, copy_one, failure, plan_again, remove_leftover};
use crate::copy::{Copied, NotCopied};
use crate::disk;
use crate::failure::Failure;
use crate::journal::{Journal, Slot};
use crate::plan::Planned;
use crate::tree::{Parents, Tree};
use crate::watch::Phase;

/// A batch is noted as proven when two more were copied.
const UNNOTED: u64 = 2;

/// Copies of this attempt that further names may be given to, and that may not be noted as proven yet.
#[derive(Default)]
pub(super) struct Firsts {
    batch: u64,
    copied: HashMap<u64, (u64, Copied)>,
}

impl Firsts {
    /// Another batch begins.
    pub(super) fn next_batch(&mut self) {
        self.batch += 1;
        let batch = self.batch;
        self.copied.retain(|_, (made_in, _)| *made_in + UNNOTED >= batch);
    }

    pub(super) fn note(&mut self, id: u64, copied: Copied) {
        self.copied.insert(id, (self.batch, copied));
    }

    fn get(&self, id: u64) -> Option<Copied> {
        self.copied.get(&id).map(|(_, copied)| *copied)
    }
}

/// Makes a name of a copy.
pub(super) fn hard_link(
    run: &Run<'_>,
    id: u64,
    planned: &Planned,
    first: &FirstName,
    firsts: &Firsts,
) -> Result<Made, Failure> {
    let stored = planned.stored().0.clone();
    let mut staged = Parents::new(run.journal.tree());
    let known = match firsts.get(first.id) {
        Some(copied) => Some((copied, run.journal.fence)),
        None => run.slots.get(&run.journal, first.id)?.map(|slot| {
            let Slot { hash, copy, attributes, lacks, .. } = slot;
            (Copied { hash, copy, attributes, lacks }, slot.fence)
        }),
    };
    let is_the_same = |copied: &Copied| {
        let listed = planned.original.as_ref().and_then(|original| original.hash);
        listed.is_none_or(|hash| hash == copied.hash)
    };
    if let Some((copied, fence)) = known.filter(|(copied, _)| is_the_same(copied)) {
        // It waits in the journal, or an earlier attempt has given it its place.
        let incoming = run.journal.tree();
        let placed = run.placed(&first.stored);
        let new = Journal::staged(run.journal.fence, &stored);
        if link_to(run, (incoming, &Journal::staged(fence, &first.stored)), &new)?
            || (existing::is_copy(&mut Parents::new(&run.target.tree), &placed, copied.copy, Kind::File)
                && link_to(run, (&run.target.tree, &placed), &new)?)
        {
            run.progress(Phase::Copy, planned.identity.size, 1);
            return Ok(Made { id, stored, kind: Kind::File, copied, same: true });
        }
    }
    // The target knows no hard links: a copy of its own.
    let mut from = Parents::new(run.base(planned.base)?);
    let copied = match copy_one(run, planned, &mut from, &mut staged) {
        Ok(copied) => copied,
        Err(what) => {
            if what == NotCopied::Changed {
                plan_again(run)?;
            }
            return Err(failure(run, planned, what));
        }
    };
    Ok(Made { id, stored, kind: Kind::File, copied, same: false })
}

/// True when it could be linked.
fn link_to(run: &Run<'_>, (tree, first): (&Tree, &[u8]), new: &[u8]) -> Result<bool, Failure> {
    use rustix::io::Errno;
    let failed = |errno| run.journal.failed("link a copy in")(errno);
    let (mut old, mut made) = (Parents::new(tree), Parents::new(run.journal.tree()));
    let (old, old_name) = match old.of(first) {
        Err(Errno::NOENT) => return Ok(false),
        other => other.map_err(failed)?,
    };
    let (made, name) = made.make(new).map_err(failed)?;
    let mut linked = disk::hard_link(old, &old_name, made, &name);
    if linked == Err(Errno::EXIST) {
        remove_leftover(made, &name).map_err(failed)?;
        linked = disk::hard_link(old, &old_name, made, &name);
    }
    match linked {
        Ok(()) => Ok(true),
        Err(Errno::PERM | Errno::NOTSUP | Errno::MLINK | Errno::NOSYS | Errno::XDEV | Errno::NOENT) => {
            Ok(false)
        }
        Err(errno) => Err(failed(errno)),
    }
}
