//! Exactly which entries an action on a category would touch, what it would keep, and what it can not look at.
//!
//! Making a plan only reads. Entries are shown one by one, so that a plan of any size can be printed or written to a
//! journal; what is held in memory grows with the number of folders, not of files.

mod agreed;
mod common;
mod digest;
mod entry;
mod place;
mod select;

pub use agreed::{Agreed, Less};
pub use common::{Common, CommonEntry, EntryHash};
pub use digest::Digest;
pub(crate) use entry::home;
pub use entry::{Base, Original, Planned, Stays};
pub(crate) use place::is_a_records_name;
pub(crate) use select::planned;
pub use select::{Others, Selected, Selection, Totals, select};

/// What Runstow calls its own at the top of a start folder or volume begins so, and is never selected: the volume's
/// marker, the Keep marker, work in progress, trash.
pub const OWN: &[u8] = b".runstow";
