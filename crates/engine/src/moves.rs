//! Moves: archive, export, delete, restore and purge, from the question what would be done to the job that has done it.
//!
//! A plan is made first and shown ([`plan()`], [`Batch`], [`purge`]); what is agreed to becomes jobs
//! ([`ask()`]); a [`Worker`] carries them out. A job whose files are no longer those of its plan is refused. Each plan
//! says what every gate says ([`Gate`]). Archives are read again by [`verify`].

mod able;
pub mod adopt;
mod archive_roots;
mod archives;
mod ask;
mod bandwidth;
mod batch;
mod circumstances;
mod destination;
mod destinations;
mod first_removal;
mod folders;
mod gate;
mod hand;
pub mod import;
mod limits;
mod lookups;
mod plan;
pub mod purge;
mod room;
mod rooted;
mod settings;
mod subject;
mod task;
mod vanished;
pub mod verify;
mod work;

pub use able::{NotYet, able, copies};
pub(crate) use archives::Archives;
pub use ask::{Wish, ask};
pub use bandwidth::Bandwidth;
pub use batch::{Agreed, Batch, Terms};
pub use destination::Destination;
pub use destinations::{Destinations, Named, NamedDestination, NoDestination};
pub use gate::{Confirmation, Gate, GateName, Verdict};
pub use limits::{Limits, TooMuch};
pub use plan::{Plan, Request, outline, plan};
pub(crate) use rooted::is_below_root;
pub use runstow_storage::plan::{Digest, Planned as PlannedEntry};
pub use runstow_storage::trash::TRASH;
pub use settings::Settings;
pub(crate) use vanished::is_much;
pub use vanished::{Vanished, vanished};
pub use work::{Worked, Worker};
