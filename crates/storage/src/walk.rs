//! Walks a folder tree by handles, in parallel, and shows every entry to a visitor without ever holding the tree.
//!
//! - Folders are opened relative to their parent and never through a link, so paths beyond the system's limit work and a
//!   folder that is swapped for a link while we look is not entered.
//! - Links to folders are neither shown nor entered, except `sigproc_results` (categories.md §3, `links`).
//! - Memory depends on the depth of the tree and the number of threads, not on the number of files: entries are shown
//!   chunk by chunk, and a folder's subfolders wait as names only.
//! - The number of open handles is bounded; beyond it, waiting folders are closed and found again by their path.
//!
//! The walk runs on the current rayon pool. The order of entries is that of the file system and of chance.

mod chunk;
mod folder;
mod links;
mod tasks;

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::handle;
pub use chunk::{File, Kind};
pub use folder::{Place, Reached};

use crate::Skipped;

/// Longest relative path in bytes that is followed, four times the system's limit for one call. It bounds the memory
/// that a hostile tree can claim.
pub const LONGEST_PATH: usize = 16 * 1024;

/// Receives what a walk finds. Called from several threads at once.
pub trait Visitor: Sync {
    /// Looks at a part of one folder, on one thread.
    type Visit<'v>: Visit
    where
        Self: 'v;

    /// Begins a part of a folder. A large folder comes in several parts, maybe at the same time.
    fn begin<'v>(&'v self, place: &'v Place) -> Self::Visit<'v>;
}

/// Looks at entries of one folder. Dropped at the end of the part.
pub trait Visit {
    /// A regular file, or a link that counts as one.
    fn file(&mut self, file: &File<'_>);

    /// An entry that is left out.
    fn skipped(&mut self, skipped: Skipped);

    /// An empty folder (its name is empty then, and its path ends in a slash) or a link to a folder: no file, but part of
    /// the tree.
    fn folder(&mut self, _folder: &File<'_>) {}
}

/// Why a start folder could not be walked at all.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum StartError {
    /// It is not there. That alone proves nothing: its volume may not be mounted.
    #[error("{path:?} is not there; check that its volume is mounted")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// There is something else.
    #[error("{path:?} is not a folder")]
    NotAFolder {
        /// What was meant to be a folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{path:?} cannot be opened: {source}")]
    Refused {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: Errno,
    },
}

impl StartError {
    pub(crate) fn new(path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        match errno {
            Errno::NOENT => Self::Missing { path },
            Errno::NOTDIR => Self::NotAFolder { path },
            source => Self::Refused { path, source },
        }
    }
}

/// Walks everything below a start folder, which itself may be a link.
///
/// # Errors
/// [`StartError`] when the start folder cannot be opened. Whatever is wrong further down is shown to the visitor.
pub fn walk<V: Visitor>(start: &Path, visitor: &V) -> Result<(), StartError> {
    let fd = handle::open_start(start).map_err(|errno| StartError::new(start, errno))?;
    tasks::run(fd, visitor);
    Ok(())
}
