//! May copies go there? (lifecycle.md §3, gate 6)

use std::path::{Path, PathBuf};

use runstow_catalog::Volume as Known;
use runstow_storage::volume::{create_marker, may_write};
use runstow_storage::{INCOMING, Position, Target, Volume};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::archive_roots::{self, Another};
use super::room::{Need, Room};
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

    /// The same with the marker that somebody may have given it since it was looked at.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub(super) fn as_it_is(&self) -> Result<Self, String> {
        let volume = match self.volume {
            Some(known) => Some(known),
            None => look(&self.root)?.marker,
        };
        Ok(Self { volume, ..self.clone() })
    }

    /// As storage is told.
    pub(super) fn target(&self) -> Target<'_> {
        Target { root: &self.root, volume: self.volume }
    }

    /// Looks whether copies may go there at all.
    pub(super) fn look_again(self, known: &[Known]) -> Looked {
        let mut objections = Vec::new();
        let (mut available, mut found) = (None, self.volume);
        match self.target().prove().map_err(|failure| failure.to_string()).and_then(|()| look(&self.root)) {
            Err(why) => objections.push(why),
            Ok(volume) => {
                found = volume.marker;
                if volume.read_only {
                    objections.push(format!("{:?} is mounted read-only", self.root));
                }
                if !self.root.join(NO_SIZE_CHECK).exists() {
                    available = Some(Room::of(&self.root, &volume));
                }
            }
        }
        let mounted = !objections.is_empty() || is_below_mount_point(&self.root);
        let real = archive_roots::real(&self.root);
        let position = Position::of(&self.root);
        let another = archive_roots::another(known, &self.root, found, &real);
        Looked { place: self, objections, another, mounted, available, real, position }
    }
}

/// A destination as it was found.
pub(super) struct Looked {
    pub(super) place: Destination,
    /// Why nothing can go there.
    pub(super) objections: Vec<String>,
    /// It is not what was there before.
    pub(super) another: Option<Another>,
    mounted: bool,
    /// None where that is not to be asked.
    available: Option<Room>,
    real: PathBuf,
    position: Option<Position>,
}

impl Looked {
    /// What a person must confirm when nothing is mounted there.
    pub(super) fn not_mounted(&self) -> Option<String> {
        (!self.mounted).then(|| {
            format!(
                "nothing is mounted at {:?} or above it, so copies would fill the system's own disk; mount the archive, \
                 or confirm that it is to be used all the same",
                self.place.root
            )
        })
    }

    /// The first folder on the way to a place below its root that this user may not write to.
    pub(super) fn not_permitted(&self, folder: Option<&str>) -> Option<String> {
        let root = &self.place.root;
        // What is not there yet is made in the innermost folder that is.
        let below = |place: &str| {
            let place = root.join(place);
            place.ancestors().find(|path| path.exists() || *path == root).map(Path::to_owned)
        };
        let written = [INCOMING].into_iter().chain(folder).filter_map(below);
        let denied = std::iter::once(root.clone()).chain(written).find(|folder| !may_write(folder))?;
        Some(format!(
            "{denied:?} can not be written by the user that Runstow runs as; give it the right to, or run Runstow as one who has it"
        ))
    }

    /// The source folders that lie in it, or in which it lies, by their paths or by another mount of the same disk.
    pub(super) fn overlaps(&self, subject: &Subject) -> Vec<String> {
        let overlaps = |folder: &&PathBuf| {
            let position = Position::of(folder);
            let folder = folder.canonicalize().unwrap_or_else(|_| (*folder).clone());
            let one_place = self.position.as_ref().zip(position.as_ref()).is_some_and(|(a, b)| a.overlaps(b));
            one_place || self.real.starts_with(&folder) || folder.starts_with(&self.real)
        };
        let overlapping = subject.folders().filter(overlaps);
        overlapping
            .map(|folder| format!("{:?} and the source {folder:?} lie in each other", self.place.root))
            .collect()
    }

    /// Why it does not fit, beside what was promised to others.
    pub(super) fn too_small(&self, need: Need, promised: Need) -> Option<String> {
        let why = self.available.as_ref()?.lacks(need, promised)?;
        Some(format!("{why}; make room, or put a file {NO_SIZE_CHECK} there"))
    }

    /// How much room there is, for people.
    pub(super) fn room(&self) -> String {
        self.available.as_ref().map_or_else(
            || format!("{NO_SIZE_CHECK} lies there, so its room is not asked for"),
            |room| room.to_string(),
        )
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
