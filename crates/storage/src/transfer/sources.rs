//! Removes what has a proven copy in its place, entry by entry.

use std::path::PathBuf;

use rayon::prelude::*;
use runstow_lifecycle::manifest::Origin;
use rustix::io::Errno;

use super::{Done, Removal, Run};
use crate::copy::NotCopied;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Head, join};
use crate::plan::Planned;
use crate::remove::{CopyAt, Outcome, Proof, Remover, tidy_all};
use crate::threads::{pool, writers};
use crate::tree::{Parents, Tree};
use crate::watch::Phase;

/// Target and storage roots are proven again after this many removals.
const BETWEEN_CHECKS: usize = 256;

/// One thread removes so many before it takes others.
const AT_ONCE: usize = 8;

pub(super) fn remove(run: &Run<'_>, removal: Removal, done: &mut Done) -> Result<(), Failure> {
    check_volumes(run)?;
    let own = run.head.bases.iter().filter(|base| base.origin != Origin::Linked);
    Failure::if_open(own.map(|base| base.path.as_path()))?;
    let place = run.target.tree.within(run.folder.as_bytes()).map_err(Failure::io(
        Side::Target,
        "open",
        run.target.tree.path(),
        run.folder.as_bytes(),
    ))?;
    let mut removers: Vec<Option<Remover<'_>>> = Vec::new();
    for base in &run.bases {
        removers.push(base.as_ref().map(|base| Remover::open(base, job_name(run))).transpose()?);
    }
    // To remove a small file is to wait for the disk: many wait at once.
    let threads = pool(&run.journal, run.head.entries, writers(run.watch))?;
    let removing = Removing { run, place: &place, removers: &removers };
    let mut reader = run.reader()?;
    let (mut without_copy, mut out_of_sight) = (Vec::new(), 0);
    loop {
        let mut some = Vec::with_capacity(BETWEEN_CHECKS);
        while some.len() < BETWEEN_CHECKS {
            let Some((id, planned)) = reader.next()? else { break };
            if planned.goes() {
                some.push((id, planned));
            }
        }
        if some.is_empty() {
            break;
        }
        check_volumes(run)?;
        let removed: Vec<Result<Vec<Gone>, Failure>> =
            threads.install(|| some.par_chunks(AT_ONCE).map(|few| removing.few(few)).collect());
        for gone in removed {
            for gone in gone? {
                match gone {
                    Gone::Removed(bytes) => {
                        done.removed += 1;
                        done.removed_bytes += bytes;
                    }
                    Gone::Before => done.gone_before += 1,
                    Gone::OutOfSight => out_of_sight += 1,
                    Gone::Kept(why) => done.kept.push(why),
                    Gone::NoCopy(path) => without_copy.push(path),
                }
            }
        }
    }
    if let Some(first) = without_copy.first() {
        run.slots.sync(&run.journal)?;
        run.journal.set_copies_again()?;
        return Err(Failure::CopyGone { count: without_copy.len(), first: first.clone() });
    }
    done.kept.extend(moved_away(&run.head, out_of_sight));
    for remover in removers.into_iter().flatten() {
        done.kept.extend(remover.close()?);
    }
    let bases: Vec<_> = run.bases.iter().map(Option::as_ref).zip(&run.head.bases).collect();
    tidy_all(run.reader()?, &bases, removal.into(), run.watch)
}

/// What became of one source.
enum Gone {
    /// It was removed; its size in bytes.
    Removed(u64),
    /// It was gone already.
    Before,
    /// It lay in a start folder that is gone.
    OutOfSight,
    /// It stays, with its path and the reason.
    Kept(String),
    /// It stays until it is copied again: its copy, at this path, is missing or damaged by now.
    NoCopy(PathBuf),
}

/// Sources that are removed.
struct Removing<'r> {
    run: &'r Run<'r>,
    /// The folder of the copies.
    place: &'r Tree,
    removers: &'r [Option<Remover<'r>>],
}

impl<'r> Removing<'r> {
    /// Removes a few, on one thread.
    fn few(&self, few: &[(u64, Planned)]) -> Result<Vec<Gone>, Failure> {
        let mut placed = Parents::new(self.place);
        let mut sources: Vec<Option<Parents<'r>>> =
            self.removers.iter().map(|remover| remover.as_ref().map(Remover::parents)).collect();
        few.iter().map(|(id, planned)| self.one(*id, planned, &mut placed, &mut sources)).collect()
    }

    fn one(
        &self,
        id: u64,
        planned: &Planned,
        placed: &mut Parents<'_>,
        sources: &mut [Option<Parents<'r>>],
    ) -> Result<Gone, Failure> {
        let Self { run, place, removers } = *self;
        let remover = removers.get(planned.base).and_then(Option::as_ref);
        let source = sources.get_mut(planned.base).and_then(Option::as_mut);
        let (Some(remover), Some(source)) = (remover, source) else {
            is_surely_gone(run, planned.base)?;
            return Ok(Gone::OutOfSight);
        };
        let path = || join(&run.head.bases[planned.base].path, &planned.path.0);
        let Some(slot) = run.slots.get(&run.journal, id)? else {
            return Ok(Gone::Kept(format!("{}: it has no proven copy", path().display())));
        };
        run.watch.may_remove()?;
        let stored = &planned.stored().0;
        let proof = match Proof::of_copy(planned, &slot, placed, stored, (run.hash, run.watch)) {
            Ok(Some(proof)) => proof,
            Ok(None) | Err(NotCopied::Changed | NotCopied::Damaged) => {
                return self.without_copy(id, planned, remover, source);
            }
            Err(NotCopied::Stopped(stop)) => return Err(Failure::Stopped(stop)),
            Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => {
                return Err(Failure::io(Side::Target, "look at the copy", place.path(), stored)(errno));
            }
        };
        let mut copy = CopyAt { placed, path: stored };
        let gone = match remover.take(source, (id, planned), proof, &mut copy, run.watch)? {
            Outcome::Removed => Gone::Removed(planned.identity.size),
            Outcome::Gone => Gone::Before,
            Outcome::Kept(why) => Gone::Kept(format!("{}: {why}", path().display())),
        };
        run.progress(Phase::Remove, planned.identity.size, 1);
        Ok(gone)
    }

    /// The copy is missing or damaged by now. A source that is still there is copied again, and what of it lies aside comes
    /// back first.
    fn without_copy(
        &self,
        id: u64,
        planned: &Planned,
        remover: &Remover<'r>,
        source: &mut Parents<'r>,
    ) -> Result<Gone, Failure> {
        let run = self.run;
        if remover.has_aside(id) {
            remover.give_back(source, id, planned)?;
        }
        let start = &run.head.bases[planned.base].path;
        let path = join(start, &planned.path.0);
        let there = source.of(&planned.path.0).and_then(|(folder, name)| disk::stat(folder, &name));
        match there {
            Ok(stat) if planned.is(&stat) => {
                run.slots.clear(&run.journal, id)?;
                Ok(Gone::NoCopy(join(self.place.path(), &planned.stored().0)))
            }
            Ok(_) => Ok(Gone::Kept(format!("{}: it was changed since it was copied", path.display()))),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Gone::Kept(format!(
                "{}: it was removed before, and by now its copy is missing or damaged; `runstow verify` names it",
                path.display()
            ))),
            Err(errno) => Err(Failure::io(Side::Source, "look at", start, &planned.path.0)(errno)),
        }
    }
}

/// What to say of files whose start folder is gone. Nobody but a person removes or renames that.
pub(crate) fn moved_away(head: &Head, files: u64) -> Option<String> {
    let mut own = head.bases.iter().filter(|base| base.origin != Origin::Linked);
    let gone = own.find(|base| base.path.symlink_metadata().is_err()).filter(|_| files > 0)?;
    Some(format!(
        "{}: the folder is not there any more, and {files} files that lay in it were not looked for. If it was renamed or moved, those that were \
         not removed before are still in it: scan, and ask for this again",
        gone.path.display()
    ))
}

fn check_volumes(run: &Run<'_>) -> Result<(), Failure> {
    run.target.check()?;
    run.roots.iter().try_for_each(crate::target::OpenTarget::check)
}

/// A start folder that is not there holds nothing to remove, if its storage root proves that it is mounted. Otherwise the
/// files may only be out of sight.
fn is_surely_gone(run: &Run<'_>, base: usize) -> Result<(), Failure> {
    let path = run.head.bases.get(base).map(|base| base.path.clone()).unwrap_or_default();
    if run.roots.iter().any(|root| root.speaks_for(&path)) {
        return Ok(());
    }
    Err(crate::walk::StartError::Missing { path }.into())
}

fn job_name<'r>(run: &'r Run<'_>) -> std::borrow::Cow<'r, str> {
    run.journal.path().file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default()
}
