//! Which files of a list have further names. There may be millions, so each is a number.

use std::collections::HashSet;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::Entry;

/// Files of which the list has further names.
#[derive(Debug, Default)]
pub(crate) struct Twins(HashSet<u64>);

impl Twins {
    /// Reads an entry for the first time.
    pub(crate) fn note(&mut self, entry: &Entry) {
        self.0.extend(entry.same_as.as_ref().map(number));
    }

    /// What all names of the entry's file have in common; none for a file with one name.
    pub(crate) fn of(&self, entry: &Entry) -> Option<u64> {
        let first = entry.same_as.as_ref().map(number);
        first.or_else(|| Some(number(&entry.path)).filter(|number| self.0.contains(number)))
    }
}

/// Two files with one number would only be compared with each other: who makes them names of one file compares their contents first.
fn number(path: &RawText) -> u64 {
    let hash = blake3::hash(&path.0);
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
