//! A plan in 32 bytes, whatever the order in which its entries were found.

use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::str::FromStr;

use runstow_lifecycle::manifest::{CategoryRecord, Hash, UnknownHash};
use serde::{Deserialize, Serialize};

use super::Planned;

/// Two plans with the same digest are about the same files with the same content. When something changed since a plan was
/// shown, the digest is another. Whether a file stays because another category needs it is no part of it: that follows from
/// the states when the plan is carried out, and several moves of one request change them for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(Hash);

impl Digest {
    /// Of what an archive's list tells, all of which is meant.
    #[must_use]
    pub const fn of_list(category: &CategoryRecord) -> Self {
        Self(category.list_hash)
    }

    /// Of a plan that nobody is asked to agree to.
    pub(crate) fn of_nothing() -> Self {
        Summing::default().finish()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Digest {
    type Err = UnknownHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Sums the hashes of entries: a sum does not depend on the order.
#[derive(Clone, Copy, Default)]
pub(super) struct Summing {
    sum: [u64; 4],
    count: u64,
}

impl Summing {
    /// Adds the [`hash`] of an entry.
    pub(super) fn add(&mut self, hash: &blake3::Hash) {
        for (sum, part) in self.sum.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let part = part.try_into().map_or(0, u64::from_le_bytes);
            *sum = sum.wrapping_add(part);
        }
        self.count += 1;
    }

    pub(super) fn finish(self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.count.to_le_bytes());
        self.sum.iter().for_each(|sum| {
            hasher.update(&sum.to_le_bytes());
        });
        Digest(Hash(hasher.finalize().into()))
    }
}

/// An entry: where it is, and which file it is.
pub(super) fn hash(start: &Path, entry: &Planned) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let id = entry.identity;
    for number in [entry.kind as u64, id.inode, id.size, id.mtime.cast_unsigned(), id.mtime_ns.into()] {
        hasher.update(&number.to_le_bytes());
    }
    let start = start.as_os_str().as_bytes();
    hasher.update(&(start.len() as u64).to_le_bytes()).update(start).update(&entry.path.0);
    hasher.finalize()
}
