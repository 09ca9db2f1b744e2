//! What we know: the only crate that speaks SQL.
//!
//! A [`Catalog`] holds every run, report and category state on SQLite (default, a file) or PostgreSQL.
//! Callers never see a query; they see records and operations.

mod answers;
mod api_keys;
mod compat;
mod db;
mod edit;
mod error;
mod events;
mod health;
mod holds;
mod ids;
mod jobs;
mod keeps;
mod messages;
mod neutral;
pub mod passwords;
mod pattern;
pub mod query;
mod records;
pub mod registry;
mod scans;
mod sessions;
mod settings;
mod stored_path;
mod tables;
pub mod times;
mod tokens;
mod totals;
mod url;
mod user_edits;
mod users;
mod verifications;
mod volumes;

use std::sync::Arc;

use sea_query::Query;

pub use answers::{Begun, KeptAnswer};
pub use api_keys::ApiKey;
pub use compat::{Assignment, Editable, LARGEST_ID, NewReport, RecordEditor};
pub use edit::Edit;
pub use error::{CatalogError, Result};
pub use events::About;
pub use holds::{Hold, HoldNarrowing, HoldOn, NewHold};
pub use jobs::Found as VerificationFound;
pub use jobs::{
    ArchivePlace, Choice, ClaimLimits, Claimed, Done, Enqueued, Job, JobCounts, JobFilter, LONGEST_LEASE,
    LONGEST_PAUSE, Lease, Maintenance, NewBatch, NewJob, NewTrash, OrphanedState, Outcome, Progress,
    Published, Refusal, Sources, Start, Ticket, Told, TrashChange, TrashFilter, Trashed,
};
pub use keeps::{Acknowledgement, Keep, KeepDetails, KeepWish, KeptOnVolume};
pub use messages::NewMessage;
pub use neutral::{Described, LoadSummary, Replace};
pub use pattern::{Pattern, PatternError, Place};
pub use query::{
    BrowseKey, BrowseOrder, Browsed, CategoryFilter, CategoryRow, Direction, EventFilter, LoggedEvent, Page,
    ReportBrowse, ReportColumn, ReportEntry, ReportNarrowing, ReportQuery, ReportRow, SortValue,
};
pub use scans::{Scan, ScanOutcome, ScanWarning};
pub use sessions::{NewSession, Session};
pub use stored_path::StoredPath;
pub use totals::CategoryTotal;
pub use url::DatabaseUrl;
pub use user_edits::UserChange;
pub use users::{NewUser, User};
pub use verifications::{Archived, ScheduleProgress, Verification};
pub use volumes::{Volume, VolumeFacts, VolumeKind, VolumeStatus};

use db::Db;
use tables::CatalogVersion;

/// Room for remembered counts of lists, in bytes.
const COUNTS: u64 = 1 << 20;

/// An open catalog. Cloning is cheap: clones share the connections.
#[derive(Clone)]
pub struct Catalog {
    db: Db,
    url: DatabaseUrl,
    touched: api_keys::Touched,
    selections: Arc<query::Remembered<query::Selection>>,
    counts: Arc<query::Remembered<u64>>,
}

impl Catalog {
    /// Opens the catalog and brings its tables up to date; a SQLite file that is missing is made.
    ///
    /// # Errors
    /// When the database can not be reached, opened or migrated.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        Ok(Self {
            db: Db::open(url).await?,
            url: url.clone(),
            touched: Default::default(),
            selections: Arc::new(query::Selection::remembered()),
            counts: Arc::new(query::Remembered::new(COUNTS, |_| size_of::<u64>())),
        })
    }

    /// Where this catalog is kept.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A number that has grown when anything in the catalog has changed, by this process or another.
    /// What was computed from the catalog after reading a version stays true while the version stays.
    /// Sessions, last use of API keys, scans and how full a volume is do not count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn version(&self) -> Result<i64> {
        let query = Query::select().column(CatalogVersion::Version).from(CatalogVersion::Table).to_owned();
        match self.db.first(&query).await? {
            Some(row) => row.get(0),
            None => {
                Err(CatalogError::Invalid("the catalog has lost its version row: restore a backup".into()))
            }
        }
    }

    /// SQL statements run so far by this process, for metrics and for tests that bound them.
    pub fn statements(&self) -> u64 {
        self.db.statements()
    }

    /// Finishes what is running and closes the connections.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
