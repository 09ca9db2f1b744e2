//! Folders that the catalog knows to hold archives, though nothing in them may say so: those of Torrent Suite have no list of
//! Runstow, and those that a job fills just now have none yet.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use runstow_catalog::{Catalog, JobFilter};
use runstow_lifecycle::{JobAction, JobStatus};

use super::task::CopyOrder;
use crate::EngineError;

/// The archive folders below some storage roots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archives(HashSet<PathBuf>);

impl Archives {
    /// Those of categories that lie below one of these folders, and all that jobs are filling.
    pub(crate) async fn below(catalog: &Catalog, roots: &[String]) -> Result<Self, EngineError> {
        let recorded = catalog.archives_below(roots).await?;
        let mut all: HashSet<PathBuf> = recorded.iter().map(|path| path.to_path()).collect();
        let filter = JobFilter {
            statuses: JobStatus::ALL.into_iter().filter(|status| status.live()).collect(),
            actions: vec![JobAction::Archive, JobAction::Export],
            limit: i64::MAX.unsigned_abs(),
            ..JobFilter::default()
        };
        for job in catalog.jobs(&filter).await? {
            if let Ok(order) = serde_json::from_str::<CopyOrder>(&job.options) {
                all.insert(order.destination.root.join(order.folder));
            }
        }
        Ok(Self(all))
    }

    /// The archive that a folder is, or lies in; by its path, and by its path without links.
    pub(crate) fn holding(&self, folder: &Path) -> Option<&Path> {
        if self.0.is_empty() {
            return None;
        }
        let known = |path: &Path| path.ancestors().find_map(|above| self.0.get(above)).map(PathBuf::as_path);
        known(folder).or_else(|| known(&folder.canonicalize().ok()?))
    }
}
