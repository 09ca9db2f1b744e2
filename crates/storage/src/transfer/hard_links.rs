//! Which names of a plan are names of the same file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::failure::Failure;
use crate::journal::{PlanReader, Position};
use crate::plan::Planned;

/// The first name of each file that has several, until all of them were seen. There may be millions, so only numbers are held;
/// the path is read again when it is needed.
#[derive(Default)]
pub(super) struct HardLinks {
    first: HashMap<(u64, u64), First>,
}

struct First {
    id: u64,
    position: Position,
    /// This attempt copies it: its further names are names of that copy.
    is_new: bool,
    /// Names that were not seen yet. Some may not be in the plan.
    left: u32,
}

/// The first name of a file, for one of its further names.
pub(super) struct FirstName {
    /// The number of the entry.
    pub(super) id: u64,
    /// Its path in the archive.
    pub(super) stored: Vec<u8>,
    /// This attempt copies it.
    pub(super) is_new: bool,
}

impl HardLinks {
    /// The first name of the same file; none for the first itself, and for a file with one name. Asked once for each entry, in
    /// the order of the plan, when `reader` has just read it.
    pub(super) fn first_of(
        &mut self,
        id: u64,
        planned: &Planned,
        reader: &PlanReader<'_>,
    ) -> Result<Option<FirstName>, Failure> {
        let Some(key) = planned.hard_linked() else { return Ok(None) };
        match self.first.entry(key) {
            Entry::Vacant(free) => {
                let left = further_names(planned);
                free.insert(First { id, position: reader.position(), is_new: false, left });
                Ok(None)
            }
            Entry::Occupied(mut known) => {
                let first = known.get_mut();
                let stored = reader.again(first.position)?.stored().0.clone();
                let name = FirstName { id: first.id, stored, is_new: first.is_new };
                first.left = first.left.saturating_sub(1);
                if first.left == 0 {
                    known.remove();
                }
                Ok(Some(name))
            }
        }
    }

    /// Notes that this attempt copies an entry.
    pub(super) fn copies(&mut self, id: u64, planned: &Planned) {
        let first = planned.hard_linked().and_then(|key| self.first.get_mut(&key));
        if let Some(first) = first.filter(|first| first.id == id) {
            first.is_new = true;
        }
    }
}

/// How many names of its file may follow. An archive may hold each as a file of its own.
fn further_names(planned: &Planned) -> u32 {
    if planned.original.is_some() { u32::MAX } else { planned.names.saturating_sub(1).max(1) }
}
