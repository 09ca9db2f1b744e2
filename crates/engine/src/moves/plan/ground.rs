//! Are the folders of a move those of a live run and report, below a storage root? And does its destination lie apart from
//! them?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runstow_catalog::{Catalog, Volume};
use runstow_storage::discover::METADATA;
use runstow_storage::is_archive_folder;

use super::Request;
use crate::EngineError;
use crate::moves::able::removes;
use crate::moves::archives::Archives;
use crate::moves::circumstances::Circumstances;
use crate::moves::rooted::{real, root_above, rootless, untouchable};
use crate::moves::subject::Subject;

/// What the catalog knows of storage roots and of archives below them.
#[derive(Clone)]
pub(super) struct Ground {
    volumes: Arc<Vec<Volume>>,
    archives: Arc<Archives>,
}

/// What it means for a move.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) objections: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Ground {
    /// Asks the catalog, once for a request.
    pub(super) async fn of(catalog: &Catalog, known: &Circumstances) -> Result<Self, EngineError> {
        let volumes = known.lookups.volumes(catalog).await?;
        Ok(Self { volumes, archives: known.lookups.archives(catalog).await? })
    }

    /// Judges the start folders. Blocks on storage.
    pub(super) fn sources(&self, subject: &Subject, request: &Request) -> Judged {
        let mut judged = Judged::default();
        for folder in subject.folders() {
            if let Some(archive) = self.archive_at(folder) {
                judged.objections.push(format!(
                    "the folder {folder:?} is no live run or report: {archive:?} is an archive or export; what is archived there is brought \
                     back with `runstow restore --from`"
                ));
            }
            if removes(request.action) {
                judged.objections.extend(untouchable(&self.volumes, folder));
            } else if let Some(why) = rootless(&self.volumes, folder) {
                judged.warnings.push(format!("{why}; it is copied all the same"));
            }
        }
        judged
    }

    /// The archive that a folder is, or lies in: the catalog says so, or what lies beside the data.
    fn archive_at(&self, folder: &Path) -> Option<PathBuf> {
        if let Some(archive) = self.archives.holding(folder) {
            return Some(archive.to_owned());
        }
        let real = real(folder).unwrap_or_else(|| folder.to_owned());
        let root = root_above(&self.volumes, folder);
        let above = |path: &Path| -> Vec<PathBuf> {
            // Where no root is known, what lies above is not ours to look into.
            let levels = if root.is_some() { usize::MAX } else { 1 };
            let within = path.ancestors().take(levels).take_while(|above| !self.is_root(above));
            within.map(Path::to_owned).collect()
        };
        let mut folders = above(&real);
        folders.extend(above(folder).into_iter().filter(|_| real != *folder));
        // What can not be looked into, no other gate lets pass.
        folders.into_iter().find(|folder| is_archive_folder(folder).unwrap_or(false))
    }

    fn is_root(&self, path: &Path) -> bool {
        path.parent().is_none() || self.volumes.iter().any(|volume| Path::new(&volume.facts.path) == path)
    }

    /// Judges a destination that lies below a storage root. Blocks on storage.
    pub(super) fn destination(&self, known: &Circumstances, folder: Option<&str>) -> Judged {
        let mut judged = Judged::default();
        let Some(place) = &known.destination else { return judged };
        let at = &place.place.root;
        let Some(root) = root_above(&self.volumes, at) else { return judged };
        judged.warnings.push(format!(
            "the destination {at:?} lies below the storage root {root:?}: scans pass over what is archived there, and a disk that is lost \
             takes both"
        ));
        let folder = folder.map(|folder| at.join(folder));
        let live = folder.filter(|folder| {
            METADATA.iter().any(|name| folder.join(name).symlink_metadata().is_ok())
                && self.archives.holding(folder).is_none()
                && !is_archive_folder(folder).unwrap_or(false)
        });
        judged.objections.extend(live.map(|live| {
            format!(
                "a live run or report lies in {live:?}, where the copies would go; choose another destination"
            )
        }));
        judged
    }
}
