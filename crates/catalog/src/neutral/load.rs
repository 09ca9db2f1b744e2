//! Loading: the whole document or nothing, in one transaction.

mod ended;
mod forgotten;
mod prepared;
mod present;

use std::fmt;

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::jobs;
use prepared::Prepared;

/// From this many reports on, the database gathers fresh statistics, or it would plan for the old size.
const WORTH_ANALYZING: usize = 1000;

/// What a load does with a catalog that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Refuses to load.
    No,
    /// Removes everything first: records, accounts, sessions, scans, jobs that have ended. Refuses if something lies in
    /// the trash that the document does not know.
    Yes,
    /// The same, but what lies in the trash and is not known to the document stays there, known to nobody.
    ForgettingTrash,
}

/// What was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Accounts.
    pub users: usize,
    /// Runs.
    pub experiments: usize,
    /// Reports.
    pub results: usize,
    /// Events.
    pub events: usize,
    /// File servers.
    pub fileservers: usize,
    /// Messages.
    pub messages: usize,
    /// Storage roots.
    pub volumes: usize,
    /// Jobs that have not ended: they go on.
    pub jobs: usize,
    /// Deletes that lie in the trash.
    pub trash: usize,
}

impl fmt::Display for LoadSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, experiments, results, events, fileservers, messages, volumes: _, jobs, trash } =
            self;
        write!(
            f,
            "{experiments} runs, {results} reports, {events} events, {fileservers} file servers, \
             {messages} messages, {users} users"
        )?;
        if *jobs > 0 {
            write!(f, ", {jobs} jobs that have not ended")?;
        }
        if *trash > 0 {
            write!(f, ", {trash} entries of the trash")?;
        }
        Ok(())
    }
}

impl Catalog {
    /// Loads a document in the neutral JSON. All ids stay as given, and the next id of each kind is the largest
    /// one plus one. Whatever goes wrong, the catalog is either as it was or holds the whole document.
    ///
    /// Jobs of the document go on: the next worker takes them. A category that is in process or in error without a job
    /// comes in as it is, as only who looks can say where its files are: [`Catalog::orphaned_states`] finds it, and
    /// [`Catalog::settle_orphan`] frees it.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] with the place of what is wrong in the document, [`CatalogError::Conflict`] when
    /// the catalog holds records and [`Replace::No`] is given, when jobs have not ended, when a job of the document has
    /// ended here, or when [`Replace::Yes`] would forget what lies in the trash.
    pub async fn load(&self, document: impl Into<Vec<u8>>, replace: Replace) -> Result<LoadSummary> {
        let text = document.into();
        // Parsing and hashing passwords take long; other requests must not wait for them.
        let mut prepared = tokio::task::spawn_blocking(move || Prepared::from_text(&text))
            .await
            .map_err(|error| CatalogError::Invalid(format!("the document could not be read: {error}")))??;
        let summary = prepared.summary();
        let mut tx = self.db.write().await?;
        jobs::require_none_alive(&mut tx).await?;
        match replace {
            Replace::No => present::require_empty(&mut tx).await?,
            Replace::Yes => forgotten::require_none(&mut tx, &prepared.trash).await?,
            Replace::ForgettingTrash => {}
        }
        ended::require_none(&mut tx, &prepared.jobs).await?;
        ended::outrun(&mut tx, &mut prepared.jobs).await?;
        present::clear(&mut tx).await?;
        prepared.write(&mut tx).await?;
        tx.commit().await?;
        if summary.results >= WORTH_ANALYZING {
            self.db.analyze().await?;
        }
        Ok(summary)
    }
}
