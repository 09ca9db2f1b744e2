//! Exactly which entries an action on a category would touch, what it would keep, and what it can not look at.
//!
//! Making a plan only reads. Entries are shown one by one, so that a plan of any size can be printed or written to a
//! journal; what is held in memory grows with the number of folders, not of files.

mod agreed;
mod common;
mod digest;
mod entry;
mod gather;
mod own;
mod pages;
mod place;
mod select;
mod totals;

pub use agreed::{Agreed, Less};
pub use common::{Common, CommonEntry, EntryHash};
pub use digest::Digest;
pub(crate) use entry::home;
pub use entry::{Base, Original, Planned, Stays};
pub use own::OWN;
pub(crate) use place::is_a_records_name;
pub use select::{Others, Selected, Selection, select};
pub use totals::Totals;
