//! Which names of a plan are names of the same file.

use std::collections::{HashMap, HashSet};

use crate::plan::Planned;

/// The first name of each file that has several. Only such files are held in memory.
#[derive(Default)]
pub(super) struct HardLinks {
    first: HashMap<(u64, u64), (u64, Vec<u8>)>,
    /// First names that this attempt copies: their further names are names of that copy.
    copied: HashSet<u64>,
}

impl HardLinks {
    /// Remembers an entry, if it is the first of its file.
    pub(super) fn note(&mut self, id: u64, planned: &Planned) {
        if let Some(key) = planned.hard_linked() {
            self.first.entry(key).or_insert_with(|| (id, planned.stored().0.clone()));
        }
    }

    /// Remembers that this attempt copies an entry.
    pub(super) fn copies(&mut self, id: u64, planned: &Planned) {
        if planned.hard_linked().is_some() && self.first_of(id, planned).is_none() {
            self.copied.insert(id);
        }
    }

    /// Is it a further name of a file that this attempt copies?
    pub(super) fn names_a_new_copy(&self, id: u64, planned: &Planned) -> bool {
        self.first_of(id, planned).is_some_and(|(first, _)| self.copied.contains(&first))
    }

    /// The first name of the same file: its number and its path in the archive. None for the first itself.
    pub(super) fn first_of(&self, id: u64, planned: &Planned) -> Option<(u64, &[u8])> {
        let (first, stored) = self.first.get(&planned.hard_linked()?)?;
        (*first != id).then_some((*first, stored.as_slice()))
    }
}
