//! Moves: archive, export, delete, restore and purge, from the question what would be done to the job that has done it.
//!
//! A plan is made first and shown ([`plan()`], [`delete`], [`restore`], [`purge`]); what is agreed to becomes jobs
//! ([`ask()`]); a [`Worker`] carries them out.
//! A job whose files are no longer those of its plan is refused.

pub mod adopt;
mod ask;
pub mod delete;
mod destination;
mod hand;
mod plan;
pub mod purge;
pub mod restore;
mod subject;
mod task;
mod work;

pub use ask::{Wish, ask};
pub use destination::Destination;
pub use plan::{Plan, Request, plan};
pub use runstow_storage::trash::TRASH;
pub use work::{Worked, Worker};
