//! The neutral JSON: the whole catalog as one text that people can read, keep as a backup and load elsewhere.
//!
//! It has the shape of conformance/api/dataset.json, and more keys where Runstow knows more: `shape` lists them
//! all. What has its default is left out.

mod check;
mod dump;
mod line;
mod load;
mod place;
mod rows;
mod scalars;
mod shape;

pub use dump::Described;
pub use load::{LoadSummary, Replace};
