//! What neighbouring moves of one request would each read from the catalog again: reports of a run, the record of a report,
//! the storage roots, the archives below them.

use std::sync::{Arc, Mutex, PoisonError};

use runstow_catalog::registry::Report;
use runstow_catalog::{Catalog, Described, Volume};

use super::archives::Archives;
use crate::EngineError;

/// What was read last. A request names the categories of a report, and mostly the reports of a run, one after the other.
#[derive(Default)]
pub(super) struct Lookups {
    siblings: Last<Vec<Report>>,
    described: Last<Option<Described>>,
    volumes: Last<Vec<Volume>>,
    archives: Last<Archives>,
}

/// The last answer, and what it was about.
struct Last<T>(Mutex<Option<(i64, Arc<T>)>>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Last<T> {
    async fn or_read<E: Into<EngineError>>(
        &self,
        about: i64,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, EngineError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, known)) = known.filter(|(of, _)| *of == about) {
            return Ok(known);
        }
        let found = Arc::new(read.await.map_err(Into::into)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((about, Arc::clone(&found)));
        Ok(found)
    }
}

impl Lookups {
    pub(super) async fn reports_of_run(
        &self,
        catalog: &Catalog,
        run: i64,
    ) -> Result<Arc<Vec<Report>>, EngineError> {
        self.siblings.or_read(run, catalog.reports_of_run(run)).await
    }

    pub(super) async fn describe(
        &self,
        catalog: &Catalog,
        report: i64,
    ) -> Result<Arc<Option<Described>>, EngineError> {
        self.described.or_read(report, catalog.describe(report)).await
    }

    pub(super) async fn volumes(&self, catalog: &Catalog) -> Result<Arc<Vec<Volume>>, EngineError> {
        self.volumes.or_read(0, catalog.volumes()).await
    }

    /// The archives that lie below storage roots.
    pub(super) async fn archives(&self, catalog: &Catalog) -> Result<Arc<Archives>, EngineError> {
        let volumes = self.volumes(catalog).await?;
        let roots: Vec<String> = volumes.iter().map(|volume| volume.facts.path.clone()).collect();
        self.archives.or_read(0, Archives::below(catalog, &roots)).await
    }
}
