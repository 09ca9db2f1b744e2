//! What requests of the native API share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use runstow_catalog::{CatalogError, KeptOnVolume};
use runstow_engine::files::{Classifiers, ReportListing};
use runstow_lifecycle::{Action, FileSets};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::events::feed::Feed;
use super::problem::{Kind, Problem};
use crate::app::App;

/// Walks at a time: each keeps several threads and the disks busy.
const WALKS: usize = 2;
/// How long a list of files serves the pages that follow.
const LISTING: Duration = Duration::from_secs(120);
/// Lists of files kept at most; a large one holds tens of MB.
const LISTINGS: u64 = 8;

/// Which list of files: report, action, catalog's version.
type ListingKey = (i64, Action, i64);

/// The kept part of each volume by its id, and the catalog's version it was found at.
type KeptAt = (i64, Arc<HashMap<i64, KeptOnVolume>>);

/// Shared by all requests.
pub(crate) struct Shared {
    classifiers: OnceLock<Arc<Classifiers>>,
    listings: Cache<ListingKey, Arc<ReportListing>>,
    walks: Arc<Semaphore>,
    kept: Mutex<Option<KeptAt>>,
    /// Tells those who follow events that there may be news.
    pub(super) feed: Feed,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            classifiers: OnceLock::new(),
            listings: Cache::builder().max_capacity(LISTINGS).time_to_live(LISTING).build(),
            walks: Arc::new(Semaphore::new(WALKS)),
            kept: Mutex::default(),
            feed: Feed::default(),
        }
    }
}

impl Shared {
    /// With a site's own file sets.
    pub(crate) fn new(classifiers: Arc<Classifiers>) -> Self {
        Self { classifiers: OnceLock::from(classifiers), ..Self::default() }
    }

    /// The file sets; the built-in ones unless the site has its own.
    pub(super) fn classifiers(&self) -> Result<Arc<Classifiers>, Problem> {
        if let Some(known) = self.classifiers.get() {
            return Ok(known.clone());
        }
        let made = Classifiers::new(&Arc::new(FileSets::built_in().clone())).map_err(|error| {
            tracing::error!(%error, "the built-in file sets can not be used");
            Problem::new(Kind::Internal, "The file sets can not be used; the server's log says why.")
        })?;
        Ok(self.classifiers.get_or_init(|| Arc::new(made)).clone())
    }

    /// A turn to walk folders, for as long as it is held: also by a thread whose request was given up meanwhile.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.walks.clone().acquire_owned().await.ok()
    }

    /// The files of a report for an action, from a walk of its folders not longer than two minutes ago.
    pub(super) async fn listing(
        &self,
        app: &App,
        report: i64,
        action: Action,
        version: i64,
    ) -> Result<Arc<ReportListing>, Problem> {
        let key = (report, action, version);
        if let Some(known) = self.listings.get(&key) {
            return Ok(known);
        }
        let _turn = self.walks.acquire().await;
        if let Some(known) = self.listings.get(&key) {
            return Ok(known);
        }
        let found = app.catalog().report_with_run(report).await?;
        let found = found.ok_or_else(|| Problem::no_such("report", report))?;
        let listing = runstow_engine::files::list_report(found, self.classifiers()?, vec![action]).await;
        let listing = Arc::new(listing.map_err(|error| {
            tracing::error!(%error, report, "files can not be listed");
            Problem::new(Kind::Internal, "The files could not be listed; the server's log says why.")
        })?);
        self.listings.insert(key, listing.clone());
        Ok(listing)
    }

    /// The kept part of each volume, found once per version.
    pub(super) async fn kept(
        &self,
        app: &App,
        version: i64,
    ) -> Result<Arc<HashMap<i64, KeptOnVolume>>, CatalogError> {
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, kept)) = known.filter(|(at, _)| *at >= version) {
            return Ok(kept);
        }
        let found = Arc::new(app.catalog().kept_by_volume().await?);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, found.clone()));
        Ok(found)
    }
}
