//! Looks on while what a job has begun is taken back.

use std::num::NonZeroUsize;

use runstow_lifecycle::Phase;
use runstow_storage::{Stop, Watch};

use super::Hand;

/// See [`Hand::undoing`].
pub(in crate::moves) struct Undoing<'h>(&'h Hand);

impl<'h> Undoing<'h> {
    pub(super) const fn of(hand: &'h Hand) -> Self {
        Self(hand)
    }
}

impl Watch for Undoing<'_> {
    fn advance(&self, _phase: Phase, bytes: u64, files: u64) {
        self.0.advance(Phase::Settle, bytes, files);
    }

    fn go_on(&self) -> Result<(), Stop> {
        match self.0.go_on() {
            Err(Stop::Cancelled) => Ok(()),
            other => other,
        }
    }

    fn may_remove(&self) -> Result<(), Stop> {
        self.is_mine()
    }

    fn is_mine(&self) -> Result<(), Stop> {
        self.go_on()?;
        if self.0.sure() { Ok(()) } else { self.0.ask() }
    }

    fn files_at_a_time(&self) -> Option<NonZeroUsize> {
        self.0.files_at_a_time()
    }
}
