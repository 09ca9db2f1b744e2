//! Looks at a copy again when its source is out of the way.
//!
//! A destination may show the sources themselves by another path: a bind mount, an overlay, a share of this very disk.
//! There a source is its own copy, equal in every bit, and goes with it. What was put aside is gone from its path, and the
//! system has noted a change of it: a copy that shows either is no copy.

use std::os::fd::AsFd as _;

use rustix::fs::Stat;
use rustix::io::{Errno, Result};

use super::proof::Proof;
use crate::disk;
use crate::identity::{Identity, Noted};
use crate::tree::Parents;

/// Where the copy of a file lies.
pub(crate) struct CopyAt<'c, 'p> {
    /// Finds entries of the folder of the copies.
    pub(crate) placed: &'c mut Parents<'p>,
    /// The path there.
    pub(crate) path: &'c [u8],
}

/// What a copy looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    identity: Identity,
    noted: Noted,
}

impl From<&Stat> for Seen {
    fn from(stat: &Stat) -> Self {
        Self { identity: stat.into(), noted: stat.into() }
    }
}

impl CopyAt<'_, '_> {
    /// Is it still there now that the source was put aside, and no part of it? Asks whoever keeps it, not the memory of the
    /// system: network mounts remember for a while what is gone.
    ///
    /// # Errors
    /// When that can not be found out now.
    pub(super) fn stays(&mut self, proof: &Proof, aside: &Stat) -> Result<bool> {
        let Some(before) = proof.copy_seen() else { return Ok(true) };
        let gone = |errno| matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP);
        let now = match self.placed.of(self.path) {
            Ok((folder, name)) => disk::stat_now(folder.as_fd(), &name),
            Err(errno) => Err(errno),
        };
        match now {
            Ok(now) => {
                let now = Seen { identity: (&now).into(), noted: (&now).into() };
                let moved_with_it = now.noted != before.noted && now.noted == Noted::from(aside);
                Ok(now.identity == before.identity && !moved_with_it)
            }
            Err(errno) if gone(errno) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}

impl Seen {
    /// Is it the file that lies at the source's place?
    pub(super) fn is_the_source(&self, source: &Stat) -> bool {
        *self == Self::from(source)
    }
}
