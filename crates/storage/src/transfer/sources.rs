//! Removes what has a proven copy in its place, entry by entry.

use std::path::Path;

use runstow_lifecycle::manifest::Origin;

use super::{Done, Removal, Run};
use crate::copy::NotCopied;
use crate::failure::{Failure, Side};
use crate::journal::join;
use crate::remove::{Outcome, Proof, Remover, tidy_all};
use crate::tree::Parents;
use crate::watch::Phase;

/// Target and storage roots are proven again after this many removals.
const BETWEEN_CHECKS: u64 = 256;

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
    let mut placed = Parents::new(&place);
    let mut removers: Vec<Option<Remover<'_>>> = Vec::new();
    for base in &run.bases {
        removers.push(base.as_ref().map(|base| Remover::open(base, job_name(run))).transpose()?);
    }
    let mut since_check = 0;
    let mut reader = run.reader()?;
    while let Some((id, planned)) = reader.next()? {
        if !planned.goes() {
            continue;
        }
        let Some(Some(remover)) = removers.get_mut(planned.base) else {
            is_surely_gone(run, planned.base)?;
            continue;
        };
        let path = || join(&run.head.bases[planned.base].path, &planned.path.0);
        let Some(slot) = run.slots.get(&run.journal, id)? else {
            done.kept.push(format!("{}: it has no proven copy", path().display()));
            continue;
        };
        if since_check == BETWEEN_CHECKS {
            check_volumes(run)?;
            since_check = 0;
        }
        since_check += 1;
        run.watch.may_remove()?;
        let stored = &planned.stored().0;
        let proof =
            Proof::of_copy(&planned, &slot, &mut placed, stored, (run.hash, run.watch)).map_err(|why| {
                match why {
                    NotCopied::Stopped(stop) => Failure::Stopped(stop),
                    NotCopied::Source(errno) | NotCopied::Target(errno) => {
                        Failure::io(Side::Target, "look at the copy", place.path(), stored)(errno)
                    }
                    NotCopied::Changed | NotCopied::Damaged => damaged(place.path(), stored),
                }
            })?;
        let Some(proof) = proof else {
            return Err(damaged(place.path(), stored));
        };
        match remover.take(id, &planned, proof, run.watch)? {
            Outcome::Removed => {
                done.removed += 1;
                done.removed_bytes += planned.identity.size;
            }
            Outcome::Gone => {}
            Outcome::Kept(why) => done.kept.push(format!("{}: {why}", path().display())),
        }
        run.progress(Phase::Remove, planned.identity.size, 1);
    }
    for remover in removers.into_iter().flatten() {
        done.kept.extend(remover.close()?);
    }
    let bases: Vec<_> = run.bases.iter().map(Option::as_ref).zip(&run.head.bases).collect();
    tidy_all(run.reader()?, &bases, removal.into(), run.watch)
}

fn damaged(place: &Path, stored: &[u8]) -> Failure {
    let why = "the proven copy is gone or was changed; its source is kept".into();
    Failure::BadRecord { path: join(place, stored), why }
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
