//! Use cases: what Runstow can do, once for every face. The only crate that joins what the catalog says
//! with what the disk has.

pub mod demo;
pub mod discover;
pub mod doctor;
pub mod files;
mod keep_file;
pub mod moves;
pub mod progress;
pub mod roots;
pub mod scan;
pub mod schedule;
mod volumes;

pub use runstow_catalog as catalog;

/// Why a use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] runstow_catalog::CatalogError),
    /// A file set can not be used.
    #[error(transparent)]
    FileSet(#[from] runstow_lifecycle::classify::CompileError),
    /// A runs.json can not be used; the text names file and place.
    #[error("{0}")]
    RunsFile(String),
    /// A destination of copies can not be used; the text says why.
    #[error("{0}")]
    Destination(String),
    /// An archive that the catalog is to know can not be used; the text says why.
    #[error("{0}")]
    Archive(String),
    /// A request would remove more than it may.
    #[error(transparent)]
    TooMuch(#[from] moves::TooMuch),
    /// A task that was running ended without an answer: a defect of this program.
    #[error("the work ended unexpectedly ({0}); nothing was changed by it: please report this")]
    Broken(String),
}

/// Runs work that blocks, away from the threads that answer requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, EngineError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| EngineError::Broken(error.to_string()))
}
