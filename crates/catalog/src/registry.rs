//! Runs and reports as the scan and the file listing need them.

mod absence;
mod apply;
mod archives;
mod facts;
mod find;
mod measures;
mod missing;
mod newcomers;
mod observed;
mod states;

pub(crate) use apply::{new_report, of_new_report, of_untracked_report, run_in_dir_or_new};
pub use facts::{Change, Outcome, Registered, ReportFacts, RunFacts, RunRef};
pub use find::ReportWithRun;
pub use measures::Measure;
pub(crate) use measures::sum_up;
pub use missing::{Acknowledged, Missing};
pub use observed::Observation;
pub(crate) use observed::forget_observed;

use runstow_lifecycle::{Category, State};

use crate::error::{CatalogError, Result};
use crate::records::{CategoryRow, ExperimentRow, ResultRow};
use crate::stored_path::StoredPath;

/// A sequencing run. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// `expName` of the compatible API.
    pub exp_name: String,
    /// The run directory; empty when the catalog was loaded with runs whose directory is unknown.
    pub exp_dir: StoredPath,
    /// When the run started.
    pub date_us: i64,
    /// The chip, such as `540`.
    pub chip_type: String,
    /// `PGM`, `Proton` or `S5`; empty when unknown.
    pub platform: String,
    /// The instrument's name; empty when unknown.
    pub instrument: String,
    /// `KI` keep, `A` archive, `D` delete: what the original does with signal files.
    pub storage_options: String,
    /// MB of signal files.
    pub diskusage: Option<i64>,
    /// Has the instrument finished writing?
    pub finished: bool,
    /// How that is known, or what is still missing.
    pub finished_reason: String,
    /// Is a `.runstow-keep` file in the run directory? It counts as Keep whatever `storage_options` says.
    pub keep_marker: bool,
    /// Scans in a row that did not find it.
    pub absent_scans: i64,
    /// When the first of them was.
    pub absent_since_us: Option<i64>,
    /// When a scan last found news about it.
    pub seen_us: Option<i64>,
    /// What a scan compares to see whether the metadata files have changed.
    pub fingerprint: Option<String>,
}

impl Run {
    /// Are its signal files kept, by the flag or by the marker file?
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.keep_marker || self.storage_options == KEEP
    }
}

/// The storage option that means Keep.
pub(crate) const KEEP: &str = "KI";

/// An analysis of a run. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its number, as in the URLs of the compatible API.
    pub id: i64,
    /// The run it belongs to.
    pub experiment_id: i64,
    /// `resultsName` of the compatible API.
    pub results_name: String,
    /// When the analysis was made.
    pub time_stamp_us: i64,
    /// MB of basecall, output and misc.
    pub diskusage: Option<i64>,
    /// Does it analyse the thumbnail of the chip only?
    pub thumbnail: bool,
    /// The report directory; empty when the catalog was loaded without.
    pub report_dir: StoredPath,
    /// The report whose basecalling input it links to.
    pub parent_id: Option<i64>,
    /// Version of Torrent Suite that made it.
    pub ts_version: Option<String>,
    /// Scans in a row that did not find it.
    pub absent_scans: i64,
    /// When the first of them was.
    pub absent_since_us: Option<i64>,
    /// When a scan last found news about it.
    pub seen_us: Option<i64>,
    /// What a scan compares to see whether the metadata files have changed.
    pub fingerprint: Option<String>,
    /// One slot for each of [`Category::ALL`]; none where the report has no such file record.
    pub categories: [Option<CategoryState>; 4],
}

impl Report {
    /// The state of one category.
    #[must_use]
    pub fn category(&self, category: Category) -> Option<&CategoryState> {
        self.categories[category.index()].as_ref()
    }
}

/// What is known about one category of one report. Sizes are MB of 2^20 bytes, times microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryState {
    /// Where its files are in their life.
    pub state: State,
    /// The Keep flag of the record. For signal files it is the run's.
    pub keep: bool,
    /// All of it, as the compatible API shows; none while not measured.
    pub diskspace: Option<f64>,
    /// The part below the report directory.
    pub report_mb: Option<f64>,
    /// The part below the run directory, which the run's reports share.
    pub run_mb: Option<f64>,
    /// The part behind the link to the parent report, which the parent counts too.
    pub linked_mb: Option<f64>,
    /// Files selected.
    pub files: Option<i64>,
    /// Where its files were archived to.
    pub archive_path: Option<StoredPath>,
    /// Who uses it just now.
    pub in_use: Option<String>,
    /// When its age starts.
    pub created_us: i64,
    /// When it was measured to the present numbers.
    pub measured_us: Option<i64>,
}

impl From<ExperimentRow> for Run {
    fn from(row: ExperimentRow) -> Self {
        Self {
            id: row.id,
            exp_name: row.exp_name,
            exp_dir: StoredPath::from_columns(row.exp_dir, row.exp_dir_bytes),
            date_us: row.date_us,
            chip_type: row.chip_type,
            platform: row.platform,
            instrument: row.instrument,
            storage_options: row.storage_options,
            diskusage: row.diskusage,
            finished: row.finished,
            finished_reason: row.finished_reason,
            keep_marker: row.keep_marker,
            absent_scans: row.absent_scans,
            absent_since_us: row.absent_since_us,
            seen_us: row.seen_us,
            fingerprint: row.fingerprint,
        }
    }
}

impl Report {
    pub(crate) fn from_rows(row: ResultRow, states: Vec<CategoryRow>) -> Result<Self> {
        let mut categories = [const { None }; 4];
        for state in states {
            if let Some(slot) = usize::try_from(state.category).ok().and_then(|at| categories.get_mut(at)) {
                *slot = Some(CategoryState::from_row(state)?);
            }
        }
        Ok(Self {
            id: row.id,
            experiment_id: row.experiment_id,
            results_name: row.results_name,
            time_stamp_us: row.time_stamp_us,
            diskusage: row.diskusage,
            thumbnail: row.thumbnail,
            report_dir: StoredPath::from_columns(row.report_dir, row.report_dir_bytes),
            parent_id: row.parent_id,
            ts_version: row.ts_version,
            absent_scans: row.absent_scans,
            absent_since_us: row.absent_since_us,
            seen_us: row.seen_us,
            fingerprint: row.fingerprint,
            categories,
        })
    }
}

impl CategoryState {
    fn from_row(row: CategoryRow) -> Result<Self> {
        Ok(Self {
            state: state_of(&row)?,
            keep: row.keep,
            diskspace: row.diskspace,
            report_mb: row.report_mb,
            run_mb: row.run_mb,
            linked_mb: row.linked_mb,
            files: row.files,
            archive_path: StoredPath::of_columns(row.archive_path, row.archive_path_bytes),
            in_use: row.in_use,
            created_us: row.created_us,
            measured_us: row.measured_us,
        })
    }
}

/// The state that a row holds as a code.
pub(crate) fn state_of(row: &CategoryRow) -> Result<State> {
    state_named(&row.state, row.result_id)
}

/// The state of a report's category that a code names.
pub(crate) fn state_named(code: &str, report_id: i64) -> Result<State> {
    code.parse().map_err(|error| {
        CatalogError::Invalid(format!("the catalog holds a bad state for report {report_id}: {error}"))
    })
}
