//! Who looks on while a move is carried out: shows progress, and may stop it.

use std::num::NonZeroUsize;

pub use runstow_lifecycle::Phase;

use crate::failure::Stop;

/// Looks on. Called from several threads at once, often: answers must be cheap.
pub trait Watch: Sync {
    /// How much there is to do, once it is known.
    fn total(&self, _bytes: u64, _files: u64) {}

    /// Some bytes and files more are done in a phase.
    fn advance(&self, _phase: Phase, _bytes: u64, _files: u64) {}

    /// May the work go on? Asked between files, and within large ones.
    ///
    /// # Errors
    /// Why not.
    fn go_on(&self) -> Result<(), Stop>;

    /// May a source be removed now? Asked right before each removal: the answer must be certain, so a worker that was
    /// frozen and does not know whether it still holds its job must find out.
    ///
    /// # Errors
    /// Why not.
    fn may_remove(&self) -> Result<(), Stop> {
        self.go_on()
    }

    /// Is the work still this worker's, for certain? Asked right before what another may have written is replaced.
    ///
    /// # Errors
    /// Why it has to stop.
    fn is_mine(&self) -> Result<(), Stop> {
        self.go_on()
    }

    /// Waits until this many more bytes may be read: a limit of bandwidth.
    fn wait_for(&self, _bytes: u64) {}

    /// How many files may be copied, read back or removed at the same time; none: what suits the machine.
    fn files_at_a_time(&self) -> Option<NonZeroUsize> {
        None
    }
}

/// For what is no part of the progress that is shown: records, and what is read once more.
pub(crate) struct Unseen<'w>(pub(crate) &'w dyn Watch);

impl Watch for Unseen<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        self.0.go_on()
    }

    fn is_mine(&self) -> Result<(), Stop> {
        self.0.is_mine()
    }
}

/// Nobody looks on.
pub struct Alone;

impl Watch for Alone {
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }
}
