//! Between the beginning of a delete and its first removal everything is planned once more, which takes a while where there are
//! millions of files. So the gates of the beginning are asked again then: a hold or Keep that was accepted meanwhile counts.

use std::sync::{Mutex, PoisonError};

use runstow_catalog::{CatalogError, Start, Told};
use runstow_storage::Stop;

/// What was said right before the first removal of this attempt. It stays true: what has begun is not left halfway.
#[derive(Default)]
pub(super) struct FirstRemoval(Mutex<State>);

#[derive(Default)]
enum State {
    /// Nobody is to be asked.
    #[default]
    Free,
    ToBeAsked,
    Refused(Told),
    InUse(Told),
    Cancelled,
}

impl FirstRemoval {
    /// The catalog is to be asked.
    pub(super) fn is_asked(&self) {
        *self.state() = State::ToBeAsked;
    }

    /// Asks, if it is the first removal.
    pub(super) fn may_begin(&self, ask: impl FnOnce() -> Result<Start, CatalogError>) -> Result<(), Stop> {
        let mut state = self.state();
        if matches!(*state, State::ToBeAsked) {
            *state = match ask() {
                Ok(Start::Begun { .. }) => State::Free,
                Ok(Start::CancelAsked) => State::Cancelled,
                Ok(Start::Wait(told)) => State::InUse(told),
                Ok(Start::Refused(told)) => State::Refused(told),
                Ok(Start::Lost) => return Err(Stop::Displaced),
                // Nobody knows. Another worker takes the job when the lease is over.
                Err(error) => {
                    tracing::warn!(%error, "can not ask whether files may be removed; nothing was");
                    return Err(Stop::Displaced);
                }
            };
        }
        match *state {
            State::Free | State::ToBeAsked => Ok(()),
            State::Refused(_) | State::Cancelled => Err(Stop::Cancelled),
            State::InUse(_) => Err(Stop::Ending),
        }
    }

    /// Why it may not remove them at all.
    pub(super) fn refused(&self) -> Option<Told> {
        match &*self.state() {
            State::Refused(told) => Some(told.clone()),
            _ => None,
        }
    }

    /// Why it may not remove them yet.
    pub(super) fn in_use(&self) -> Option<Told> {
        match &*self.state() {
            State::InUse(told) => Some(told.clone()),
            _ => None,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
