//! Entries of a plan that other moves of the same request can take too.

use serde::{Deserialize, Serialize};

use super::{Planned, Stays};

/// More of them are not noted one by one: then the plan must be found again exactly.
const MOST: usize = 8192;

/// What a plan has in common with others: an entry each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    entries: Vec<CommonEntry>,
    /// There are more than can be noted.
    more: bool,
}

/// One entry, by its hash: eight of the bytes that go into the plan's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryHash(u64);

/// An entry that others can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommonEntry {
    /// Which one.
    pub hash: EntryHash,
    /// Its apparent size in bytes.
    pub size: u64,
    /// The move can remove it, now or once nothing needs it any more.
    pub goes: bool,
}

impl Common {
    pub(super) fn add(&mut self, hash: &blake3::Hash, entry: &Planned) {
        if self.entries.len() == MOST {
            self.more = true;
            return;
        }
        let hash = hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let goes = !matches!(entry.stays, Some(Stays::Linked | Stays::ReportPage | Stays::Folder));
        self.entries.push(CommonEntry { hash: EntryHash(hash), size: entry.identity.size, goes });
    }

    pub(super) fn sorted(mut self) -> Self {
        self.entries.sort_unstable();
        self
    }

    /// All of them, in order; none when there are too many to be noted.
    #[must_use]
    pub fn entries(&self) -> Option<&[CommonEntry]> {
        (!self.more).then_some(self.entries.as_slice())
    }
}
