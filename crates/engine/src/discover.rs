//! What runs and reports say about themselves, read from their small metadata files.

mod explog;
mod key_values;
mod report_facts;
mod start_time;

pub use explog::{Explog, MetadataError};
pub use report_facts::{ReportMetadata, results_pk, suite_version};
pub(crate) use start_time::time_in_run_name;
