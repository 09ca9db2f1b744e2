//! What is there: the only crate that touches managed files and archive targets.
//!
//! It reads folder trees and judges them by the rules of `runstow-lifecycle`; it knows nothing of the catalog. Everything
//! here only reads, except [`volume::create_marker`] and [`fresh_tree`], which can only add.

mod classification;
mod handle;
mod linked_results;
mod list;
mod measure;
mod onboard;
mod realpath;
mod skipped;
mod survey;

pub mod discover;
pub mod fresh_tree;
pub mod metadata_file;
pub mod volume;
pub mod walk;

pub use classification::{Files, Line, Refused, ReportSpec, classification};
pub use linked_results::parent_report_dir;
pub use list::{Listed, Listing, Where, list};
pub use measure::{CategorySize, Measured, measure, measure_run};
pub use metadata_file::{MetadataError, MetadataFile, MetadataFolder};
pub use onboard::leaves_onboard;
pub use skipped::{SkipReason, Skipped};
pub use survey::{Decision, Presence, Presences, Reach, ReportFiles, Side};
pub use volume::Volume;
