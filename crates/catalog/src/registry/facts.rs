//! What a scan has found out about runs and reports, and what came of telling the catalog.

use crate::stored_path::StoredPath;

/// A run as found on disk. Empty text means not found out, and leaves what the catalog knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The run directory: what a run is recognised by.
    pub exp_dir: StoredPath,
    /// A run of the catalog that was found to have moved here. Only the caller can see that its old directory is
    /// gone; [`crate::Catalog::runs_by_name`] gives the candidates.
    pub moved_from: Option<i64>,
    /// The id to use if the run is new and the id is free.
    pub wanted_id: Option<i64>,
    /// The run's name.
    pub exp_name: String,
    /// When it started, in microseconds since 1970 UTC.
    pub date_us: i64,
    /// The chip.
    pub chip_type: String,
    /// `PGM`, `Proton` or `S5`.
    pub platform: String,
    /// The instrument's name.
    pub instrument: String,
    /// Has the instrument finished writing?
    pub finished: bool,
    /// Nothing proves that it has, but nothing changed of late either: what once was finished stays so. Its markers may have gone
    /// with an archive.
    pub quiet: bool,
    /// How that is known, or what is still missing.
    pub finished_reason: String,
    /// Is there a `.runstow-keep` file?
    pub keep_marker: bool,
    /// Changes when the metadata files do.
    pub fingerprint: Option<String>,
}

/// Which run a report belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum RunRef {
    /// The run of this number.
    Id(i64),
    /// The run in this directory, registered before or in the same call.
    Dir(StoredPath),
}

/// A report as found on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportFacts {
    /// The report directory: what a report is recognised by.
    pub report_dir: StoredPath,
    /// A report of the catalog that was found to have moved here.
    pub moved_from: Option<i64>,
    /// The id to use if the report is new and the id is free, such as `ResultsPK` of `primary.key`.
    pub wanted_id: Option<i64>,
    /// Its run.
    pub run: RunRef,
    /// The report's name. Together with the time it is taken over only while the fingerprint is new, so that what
    /// a client has changed through the API stays.
    pub results_name: String,
    /// When the analysis was made, in microseconds since 1970 UTC.
    pub time_stamp_us: i64,
    /// Does it analyse the thumbnail only?
    pub thumbnail: bool,
    /// Directory of the report that it links to; none leaves what the catalog knows.
    pub parent_dir: Option<StoredPath>,
    /// Version of Torrent Suite; none leaves what the catalog knows.
    pub ts_version: Option<String>,
    /// Changes when the metadata files do.
    pub fingerprint: Option<String>,
}

/// One thing to tell the catalog.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A run was found.
    Run(RunFacts),
    /// A report was found.
    Report(ReportFacts),
}

/// What became of a [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The run's or report's number.
    pub id: i64,
    /// What the catalog had to do.
    pub outcome: Outcome,
}

/// What the catalog had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not known.
    New,
    /// Something about it was not known.
    Changed,
    /// All was known; nothing was written.
    Same,
}
