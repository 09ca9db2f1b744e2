//! What a verification needs to know besides its columns, in JSON.

use std::path::{Path, PathBuf};

use runstow_catalog::{Catalog, Job, JobFilter, StoredPath};
use runstow_lifecycle::{Category, JobAction, JobStatus, RawText};
use runstow_storage::verify::Choice;
use runstow_storage::{Target, Volume};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::moves::task::CopyOrder;
use crate::{EngineError, blocking};

/// The order of a verification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct VerifyOrder {
    /// The archive folder.
    pub(in crate::moves) folder: RawText,
    /// The volume that it lies on, if that is known.
    pub(in crate::moves) on: Option<Anchor>,
    /// Which contents are read.
    pub(in crate::moves) choice: Choice,
}

/// A root that carries a marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::moves) struct Anchor {
    root: PathBuf,
    volume: Uuid,
}

impl Anchor {
    pub(in crate::moves) fn target(&self) -> Target<'_> {
        Target { root: &self.root, volume: Some(self.volume) }
    }
}

impl VerifyOrder {
    /// The folder's path.
    pub(in crate::moves) fn path(&self) -> PathBuf {
        StoredPath::from_bytes(self.folder.0.clone()).to_path()
    }

    /// For the archive of a category of a report in a folder, or its latest export where no folder is known. None when
    /// there is neither.
    pub(super) async fn of(
        catalog: &Catalog,
        report: i64,
        category: Category,
        folder: Option<StoredPath>,
        choice: Choice,
    ) -> Result<Option<Self>, EngineError> {
        let filter = JobFilter {
            report: Some(report),
            actions: vec![JobAction::Archive, JobAction::Export],
            statuses: vec![JobStatus::Done],
            ..JobFilter::default()
        };
        let made: Vec<Made> = catalog
            .jobs(&filter)
            .await?
            .iter()
            .filter(|job| job.category == category)
            .filter_map(Made::by)
            .collect();
        let (folder, maker) = match folder {
            Some(folder) => {
                let path = folder.to_path();
                (path.clone(), made.into_iter().find(|made| made.folder == path))
            }
            // Newest first. Archives of which the catalog does not know any more were deleted.
            None => match made.into_iter().find(|made| made.action == JobAction::Export) {
                Some(made) => (made.folder.clone(), Some(made)),
                None => return Ok(None),
            },
        };
        let on = match maker.and_then(|made| made.on) {
            Some(on) => Some(on),
            None => {
                let folder = folder.clone();
                blocking(move || anchor(&folder)).await?
            }
        };
        let folder = RawText(StoredPath::from(folder.as_path()).as_bytes().to_vec());
        Ok(Some(Self { folder, on, choice }))
    }
}

/// What a job has made.
struct Made {
    action: JobAction,
    folder: PathBuf,
    on: Option<Anchor>,
}

impl Made {
    fn by(job: &Job) -> Option<Self> {
        let order: CopyOrder = serde_json::from_str(&job.options).ok()?;
        let folder = order.destination.root.join(&order.folder);
        let on = order.destination.volume.map(|volume| Anchor { root: order.destination.root, volume });
        Some(Self { action: job.action, folder, on })
    }
}

/// The nearest marked root above a folder that is there. Above one that is not, another disk may answer.
fn anchor(folder: &Path) -> Option<Anchor> {
    Volume::look_at(folder).ok()?;
    folder.ancestors().find_map(|root| {
        let volume = Volume::look_at(root).ok()?.marker?;
        Some(Anchor { root: root.to_owned(), volume })
    })
}
