//! Moves: archive and export, from the question what would be done to the job that has done it.
//!
//! A plan is made first and shown ([`plan()`]); what is agreed to becomes jobs ([`ask()`]); a [`Worker`] carries them out.
//! A job whose files are no longer those of its plan is refused. Archives are read again by [`verify`].

mod ask;
mod destination;
mod hand;
mod order;
mod plan;
mod subject;
pub mod verify;
mod work;

pub use ask::{Wish, ask};
pub use destination::Destination;
pub use plan::{Plan, Request, plan};
pub use work::{Worked, Worker};
