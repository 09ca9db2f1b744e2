//! What is there: the only crate that touches managed files and archive targets.
//!
//! It reads folder trees and judges them by the rules of `runstow-lifecycle`; it knows nothing of the catalog. What
//! changes a disk is [`transfer`] and [`restore`], which copy and prove, [`trash`], which renames and gives back,
//! [`remove`](self), the only module that removes, and [`volume::create_marker`] and [`fresh_tree`], which can only add.

mod archive;
mod classification;
mod copy;
mod disk;
mod failure;
mod handle;
mod hash;
mod identity;
mod journal;
mod linked_results;
mod list;
mod measure;
mod onboard;
mod open_files;
mod position;
mod realpath;
mod remove;
mod skipped;
mod survey;
mod target;
mod threads;
mod tree;
mod uptime;
mod watch;

pub mod discover;
pub mod fault;
pub mod fresh_tree;
pub mod metadata_file;
pub mod plan;
pub mod restore;
pub mod transfer;
pub mod trash;
pub mod verify;
pub mod volume;
pub mod walk;

pub use archive::{ArchiveFolder, Archives, Entries, Recorded, Whose, is_archive_folder};
pub use classification::{Files, Line, Refused, ReportSpec, classification};
pub use copy::Lacking;
pub use failure::{Cure, Failure, Stop};
pub use identity::{Identity, Noted};
pub use journal::INCOMING;
pub use linked_results::parent_report_dir;
pub use list::{Listed, Listing, Where, list};
pub use measure::{CategorySize, Measured, measure, measure_run};
pub use metadata_file::{MetadataError, MetadataFile, MetadataFolder};
pub use onboard::leaves_onboard;
pub use open_files::{OpenFile, open_for_writing};
pub use position::{Position, mount_point};
pub use skipped::{SkipReason, Skipped};
pub use survey::{Decision, Presence, Presences, Reach, ReportFiles, Side};
pub use target::Target;
pub use uptime::uptime;
pub use volume::Volume;
pub use watch::{Alone, Phase, Watch};
