//! What the slots of a move say of all its copies together.

use super::Run;
use crate::copy::Lacking;
use crate::failure::Failure;
use crate::journal::Slot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// All copies were surely read back from the medium.
    pub(crate) from_medium: bool,
    /// What they could not be given.
    pub(crate) lacking: Lacking,
}

impl Proven {
    /// Of no copy.
    pub(crate) const NONE: Self =
        Self { from_medium: true, lacking: Lacking { owner: 0, mode: 0, time: 0, attributes: 0, unread: 0 } };

    pub(crate) fn count(&mut self, slot: &Slot) {
        self.from_medium &= slot.from_medium;
        self.lacking.count(slot.lacks);
    }

    /// Of a move whose copies all have their place.
    pub(crate) fn of(run: &Run<'_>) -> Result<Self, Failure> {
        let mut proven = Self::NONE;
        let mut reader = run.reader()?;
        while let Some((id, _)) = reader.next()? {
            if let Some(slot) = run.slots.get(&run.journal, id)? {
                proven.count(&slot);
            }
        }
        Ok(proven)
    }
}
