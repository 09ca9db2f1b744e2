//! Jobs: one action on one category of one report, from the request to its end (lifecycle.md §2 to §4).
//!
//! A job has a [`JobStatus`]; which state its category shows meanwhile follows from its [`Course`]. No clock and no
//! database here: the catalog keeps jobs, the engine carries them out.

mod action;
mod course;
mod status;
mod wholeness;
mod words;

pub use action::JobAction;
pub use course::{Course, Unfit};
pub use status::{JobStatus, Phase, Priority};
pub use wholeness::Wholeness;
pub use words::UnknownWord;
