//! The rules, without IO: which files belong to which category, which states a category may be in, who may do what.
//!
//! Everything here is a pure function of its arguments, so that a decision can be tested, shown and explained
//! before anything is touched. No file is opened, no clock is read, no query is made.

pub mod action;
pub mod category;
pub mod classify;
pub mod completion;
pub mod file_set;
pub mod job;
pub mod manifest;
pub mod megabytes;
pub mod raw_text;
pub mod role;
pub mod state;

pub use action::Action;
pub use category::{Category, CategorySet};
pub use classify::{Classifier, KeepSet, Verdict};
pub use file_set::{FileSet, FileSets};
pub use job::{Course, JobAction, JobStatus, Phase, Priority, Wholeness};
pub use megabytes::Megabytes;
pub use raw_text::RawText;
pub use role::{Right, Role};
pub use state::State;
