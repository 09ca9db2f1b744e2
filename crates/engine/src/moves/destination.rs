//! May copies go there? (lifecycle.md §3, gate 6)

use std::path::{Path, PathBuf};

use runstow_storage::volume::create_marker;
use runstow_storage::{Target, Volume};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::subject::Subject;

/// Switches the room check off: scratch space in front of tapes.
const NO_SIZE_CHECK: &str = ".no_size_check";

/// Where copies go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The root of the archive.
    pub root: PathBuf,
    /// The marker that it carries, by which it is known again.
    pub volume: Option<Uuid>,
    /// Take it though nothing is mounted there: a folder of the system's own disk.
    pub not_mounted: bool,
}

impl Destination {
    /// Looks at a folder that was named as the root of an archive.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn look_at(root: &Path, not_mounted: bool) -> Result<Self, String> {
        if !root.is_absolute() {
            return Err(format!("{root:?} must be an absolute path"));
        }
        let volume = look(root)?;
        Ok(Self { root: root.to_owned(), volume: volume.marker, not_mounted })
    }

    /// Marks the root, if it is not, so that an empty mount point is never taken for it (categories.md D16).
    ///
    /// # Errors
    /// A sentence that says why not.
    pub(super) fn marked(&self) -> Result<Self, String> {
        let volume = match self.volume {
            Some(known) => known,
            None => create_marker(&self.root).map_err(|error| error.to_string())?,
        };
        Ok(Self { volume: Some(volume), ..self.clone() })
    }

    /// As storage is told.
    pub(super) fn target(&self) -> Target<'_> {
        Target { root: &self.root, volume: self.volume }
    }

    /// May this much of a report go there? Every reason why not.
    pub(super) fn objections(&self, subject: &Subject, bytes: u64) -> Vec<String> {
        let mut objections = Vec::new();
        if let Err(failure) = self.target().prove() {
            return vec![failure.to_string()];
        }
        let volume = match look(&self.root) {
            Ok(volume) => volume,
            Err(why) => return vec![why],
        };
        if volume.read_only {
            objections.push(format!("{:?} is mounted read-only", self.root));
        }
        if !self.not_mounted && !is_below_mount_point(&self.root) {
            objections.push(format!(
                "nothing is mounted at {:?} or above it, so copies would fill the system's own disk; mount the archive, \
                 or allow it with --not-mounted",
                self.root
            ));
        }
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        for folder in subject.folders() {
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            if root.starts_with(&folder) || folder.starts_with(&root) {
                objections.push(format!("{:?} and the source {folder:?} lie in each other", self.root));
            }
        }
        if bytes > volume.available_bytes && !self.root.join(NO_SIZE_CHECK).exists() {
            objections.push(format!(
                "{:?} has room for {} bytes, {bytes} are needed; make room, or put a file {NO_SIZE_CHECK} there",
                self.root, volume.available_bytes
            ));
        }
        objections
    }
}

fn look(root: &Path) -> Result<Volume, String> {
    Volume::look_at(root).map_err(|error| error.to_string())
}

/// Is it a mount point, or below one other than `/`?
fn is_below_mount_point(root: &Path) -> bool {
    root.ancestors()
        .filter(|path| path.parent().is_some())
        .any(|path| Volume::look_at(path).is_ok_and(|volume| volume.is_mount_point))
}
