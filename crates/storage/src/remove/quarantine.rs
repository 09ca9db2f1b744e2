//! Takes a source away: aside first, where nobody else writes, then for good.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;

use super::copy_at::CopyAt;
use super::proof::{Proof, remove_empty_folder};
use super::take::Taking;
use crate::copy::NotCopied;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::join;
use crate::plan::Planned;
use crate::tree::{Parents, Tree, names};
use crate::watch::Watch;

/// What became of a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was removed.
    Removed,
    /// It was not there any more.
    Gone,
    /// It stays, and why.
    Kept(String),
}

/// Removes entries of one start folder.
pub(crate) struct Remover<'t> {
    tree: &'t Tree,
    name: CString,
    aside: Mutex<Option<Arc<OwnedFd>>>,
    /// What an attempt that was killed has put aside, by the number of the entry.
    left: BTreeSet<u64>,
}

impl<'t> Remover<'t> {
    /// Looks what an earlier attempt of the job has put aside.
    pub(crate) fn open(tree: &'t Tree, job: impl AsRef<str>) -> Result<Self, Failure> {
        let failed = |errno| Failure::io(Side::Source, "open", tree.path(), b"")(errno);
        let name = CString::new(format!(".runstow-removing-{}", job.as_ref())).unwrap_or_default();
        let mut remover = Self { tree, name, aside: Mutex::default(), left: BTreeSet::new() };
        match tree.folder(remover.name.as_bytes()) {
            Ok(aside) => {
                let left = names(&aside).map_err(failed)?;
                remover.left = left.iter().filter_map(|name| name.to_str().ok()?.parse().ok()).collect();
                remover.aside = Mutex::new(Some(Arc::new(aside)));
            }
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed(errno)),
        }
        Ok(remover)
    }

    /// To find entries of the start folder; each thread has its own.
    pub(crate) fn parents(&self) -> Parents<'t> {
        Parents::new(self.tree)
    }

    /// Has an earlier attempt put it aside?
    pub(crate) fn has_aside(&self, id: u64) -> bool {
        self.left.contains(&id)
    }

    /// Removes an entry, if it is what the proof is about, and its copy stays without it. Several threads may be at it.
    pub(crate) fn take(
        &self,
        parents: &mut Parents<'t>,
        (id, planned): (u64, &Planned),
        proof: Proof,
        copy: &mut CopyAt<'_, '_>,
        watch: &dyn Watch,
    ) -> Result<Outcome, Failure> {
        let start = self.tree.path();
        let failed = |errno| Failure::io(Side::Source, "remove", start, &planned.path.0)(errno);
        let unread = |why| match why {
            NotCopied::Stopped(stop) => Failure::Stopped(stop),
            NotCopied::Source(errno) | NotCopied::Target(errno) => failed(errno),
            NotCopied::Changed | NotCopied::Damaged => failed(Errno::STALE),
        };
        let aside_name = aside_name(id);
        if self.left.contains(&id) {
            let aside = self.aside().map_err(|errno| self.no_aside(errno))?;
            let old = parents.of(&planned.path.0).ok();
            let old = old.as_ref().map(|(folder, name)| (*folder, name.as_c_str()));
            match Taking::open(aside.as_fd()).and_then(|taking| taking.end(old, (aside.as_fd(), &aside_name)))
            {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(failed(errno)),
            }
            return self.finish(parents, (id, planned), proof, copy);
        }
        let aside = match self.aside() {
            Ok(aside) => Some(aside),
            // A full disk has no room for one folder more, and is what the removal is to make room on.
            Err(Errno::NOSPC | Errno::DQUOT) => None,
            Err(errno) => return Err(self.no_aside(errno)),
        };
        let (folder, name) = match parents.of(&planned.path.0) {
            Ok(place) => place,
            Err(Errno::NOENT) => return Ok(Outcome::Gone),
            Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(replaced()),
            Err(errno) => return Err(failed(errno)),
        };
        match disk::stat(folder, &name) {
            Ok(stat) if proof.copy_seen().is_some_and(|seen| seen.is_the_source(&stat)) => {
                return Err(self.one_place(planned));
            }
            Ok(stat) if proof.is_surely_about(&stat, (folder, &name), watch).map_err(unread)? => {}
            Ok(_) => return Ok(Outcome::Kept("it was changed since it was copied".into())),
            Err(Errno::NOENT) => return Ok(Outcome::Gone),
            Err(errno) => return Err(failed(errno)),
        }
        let put_aside = match &aside {
            Some(aside) => Taking::new(aside.as_fd()).take((folder, &name), (aside.as_fd(), &aside_name)),
            None => Err(Errno::XDEV),
        };
        match put_aside {
            Ok(()) => self.finish(parents, (id, planned), proof, copy),
            Err(Errno::NOENT) => Ok(Outcome::Gone),
            // Another file system is mounted within the tree, or there is no room: it can not be put aside, only looked at.
            Err(Errno::XDEV) => match proof.unlink(folder, &name) {
                Ok(true) => Ok(Outcome::Removed),
                Ok(false) => Ok(replaced()),
                Err(Errno::NOENT) => Ok(Outcome::Gone),
                Err(errno) => Err(failed(errno)),
            },
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Unlinks what was put aside, or gives it back when it is another file, or took its copy along.
    fn finish(
        &self,
        parents: &mut Parents<'t>,
        (id, planned): (u64, &Planned),
        proof: Proof,
        copy: &mut CopyAt<'_, '_>,
    ) -> Result<Outcome, Failure> {
        let start = self.tree.path();
        let failed = |errno| Failure::io(Side::Source, "remove", start, &planned.path.0)(errno);
        let aside_name = aside_name(id);
        let aside = self.aside().map_err(|errno| self.no_aside(errno))?;
        let put_aside = match disk::stat(aside.as_fd(), &aside_name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(Outcome::Gone),
            Err(errno) => return Err(failed(errno)),
        };
        let stays = copy.stays(&proof, &put_aside);
        if !stays.map_err(Failure::io(Side::Target, "look at the copy of", start, &planned.path.0))? {
            self.give_back(parents, id, planned)?;
            return Err(self.one_place(planned));
        }
        match proof.unlink(aside.as_fd(), &aside_name) {
            Ok(true) => Ok(Outcome::Removed),
            Ok(false) => self.give_back(parents, id, planned),
            Err(Errno::NOENT) => Ok(Outcome::Gone),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Puts back what lies aside, as far as nothing else lies at its place.
    pub(crate) fn give_back(
        &self,
        parents: &mut Parents<'t>,
        id: u64,
        planned: &Planned,
    ) -> Result<Outcome, Failure> {
        let start = self.tree.path();
        let failed = |errno| Failure::io(Side::Source, "put back", start, &planned.path.0)(errno);
        let aside_name = aside_name(id);
        let aside = self.aside().map_err(|errno| self.no_aside(errno))?;
        let (folder, name) = parents.make(&planned.path.0).map_err(failed)?;
        match disk::rename_new(aside.as_fd(), &aside_name, folder, &name) {
            Ok(()) => Ok(replaced()),
            Err(Errno::NOENT) => Ok(Outcome::Gone),
            Err(Errno::EXIST) => {
                let where_it_is = self.tree.path().join(self.name.to_string_lossy().as_ref());
                Ok(Outcome::Kept(format!(
                    "it was replaced while it was being removed; what was there lies in {} as {}",
                    where_it_is.display(),
                    aside_name.to_string_lossy()
                )))
            }
            Err(errno) => Err(failed(errno)),
        }
    }

    fn one_place(&self, planned: &Planned) -> Failure {
        Failure::OnePlace { path: join(self.tree.path(), &planned.path.0) }
    }

    fn aside(&self) -> Result<Arc<OwnedFd>, Errno> {
        let mut known = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(aside) = known.as_ref() {
            return Ok(Arc::clone(aside));
        }
        disk::make_folder(self.tree.fd(), &self.name, 0o700)?;
        let aside = Arc::new(self.tree.folder(self.name.as_bytes())?);
        *known = Some(Arc::clone(&aside));
        Ok(aside)
    }

    fn no_aside(&self, errno: Errno) -> Failure {
        Failure::io(Side::Source, "put files aside in", self.tree.path(), self.name.as_bytes())(errno)
    }

    /// Ends the work in this folder. Returns what still lies aside, as sentences.
    pub(crate) fn close(self) -> Result<Vec<String>, Failure> {
        if self.aside.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Ok(Vec::new());
        }
        let failed =
            |errno| Failure::io(Side::Source, "remove", self.tree.path(), self.name.as_bytes())(errno);
        match remove_empty_folder(self.tree.fd(), &self.name) {
            Ok(()) | Err(Errno::NOENT) => Ok(Vec::new()),
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                let path = self.tree.path().join(self.name.to_string_lossy().as_ref());
                Ok(vec![format!("{}: files that were put aside lie here", path.display())])
            }
            Err(errno) => Err(failed(errno)),
        }
    }
}

/// What an entry is called while it lies aside.
fn aside_name(id: u64) -> CString {
    CString::new(id.to_string()).unwrap_or_default()
}

fn replaced() -> Outcome {
    Outcome::Kept("something else was put in its place".into())
}
