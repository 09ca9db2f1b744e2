//! Delete, in a way that can be taken back: files are renamed into a trash on their own file system, which takes no room and
//! no time, and are removed from there for good later (lifecycle.md §4, Trash).
//!
//! The trash of a storage root is its folder `.runstow-trash`; each delete has a folder of its own in it, with the plan
//! and, below `files-N`, everything at the path that it had below its start folder. A start folder that lies on another
//! file system than its root has its trash inside itself.

mod archived;
mod back;
mod beside;
mod bin;
mod empty;
mod folders;
mod put;

use std::path::{Path, PathBuf};

use runstow_lifecycle::manifest::Origin;
use rustix::io::Errno;

use crate::failure::{Failure, Side};
use crate::plan::{Agreed, Digest, Selection, Totals};
use crate::target::{OpenTarget, Target};
use crate::transfer::Removal;
use crate::tree::Tree;
pub use archived::{ArchivedFiles, DeleteArchived, archive_in, list_archived, put_archived};
pub(crate) use back::make_start;
pub use back::{Returned, back};
pub use empty::{Emptied, empty, forget};
pub use put::{put, put_again};

/// The folder at the top of a storage root that deleted files lie in.
pub const TRASH: &str = ".runstow-trash";

/// A delete of one category of one report.
pub struct Delete<'a> {
    /// Names the job among all that ever use this trash; letters, digits and hyphens.
    pub job: &'a str,
    /// Grows with each attempt of the job, whoever makes it.
    pub fence: u64,
    /// Where the plan of the delete lies: what [`home`] said when it was asked for.
    pub home: &'a Path,
    /// What is deleted.
    pub selection: Selection<'a>,
    /// The storage roots that the start folders lie on, as far as they are known.
    pub roots: &'a [Target<'a>],
    /// The plan that was agreed to; none to carry out whatever is found.
    pub agreed: Option<Agreed>,
    /// How folders are tidied up afterwards.
    pub removal: Removal,
}

/// One delete in the trash.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The name of the delete.
    pub job: &'a str,
    /// Where its plan lies.
    pub home: &'a Path,
    /// The storage roots that the start folders lie on.
    pub roots: &'a [Target<'a>],
    /// Where start folders are by now: a run may have been moved since, and its files come back to where it is.
    pub now: &'a [(Origin, &'a Path)],
}

/// What a delete did.
#[derive(Clone, Debug)]
pub struct Trashed {
    /// What was planned.
    pub totals: Totals,
    /// The plan that was carried out.
    pub digest: Digest,
    /// The folder of the delete in the trash.
    pub folder: PathBuf,
    /// Names that lie in the trash now, and their apparent size in bytes.
    pub files: u64,
    /// Their apparent size in bytes.
    pub bytes: u64,
    /// What was to go and stays, with the reason.
    pub kept: Vec<String>,
    /// What could not be looked at and was left alone, with the reason.
    pub left_alone: Vec<String>,
    /// Of an archived copy: what was missing or was not what its list says, and went along as it was.
    pub not_as_listed: Vec<String>,
}

/// Where the trash for the files of a start folder is: the innermost of the roots that holds it, if both are one file
/// system; otherwise the start folder itself.
///
/// # Errors
/// When the start folder is not there.
pub fn home(start: &Path, roots: &[Target<'_>]) -> Result<PathBuf, Failure> {
    let device = |path: &Path| {
        let tree = Tree::open(path).map_err(|errno| crate::walk::StartError::new(path, errno))?;
        let stat =
            crate::disk::stat_open(tree.fd()).map_err(Failure::io(Side::Source, "look at", path, b""))?;
        Ok::<_, Failure>(stat.st_dev)
    };
    let own = device(start)?;
    match innermost(start, roots) {
        Some(root) if device(root)? == own => Ok(root.to_owned()),
        _ => Ok(start.to_owned()),
    }
}

/// The innermost root that holds a path.
pub(crate) fn innermost<'r>(path: &Path, roots: &[Target<'r>]) -> Option<&'r Path> {
    let holding = roots.iter().map(|root| root.root).filter(|root| path.starts_with(root));
    holding.max_by_key(|root| root.components().count())
}

/// Is there a whole plan of the delete? Without one nothing was moved.
///
/// # Errors
/// When the trash can not be looked at.
pub fn is_planned(place: &Place<'_>) -> Result<bool, Failure> {
    let roots = proven(place.roots)?;
    let Some(folder) = open_home(place, &roots)? else { return Ok(false) };
    Ok(crate::journal::PlanReader::open(&crate::journal::Journal::of(folder, 0))?.is_some())
}

/// Opens roots, which prove themselves.
pub(crate) fn proven<'r>(roots: &[Target<'r>]) -> Result<Vec<OpenTarget<'r>>, Failure> {
    roots.iter().cloned().map(OpenTarget::open).collect()
}

/// A folder that is gone, and not only out of sight: a root that holds it proves, after that was seen, that it is there
/// itself.
fn is_surely_gone(path: &Path, roots: &[OpenTarget<'_>]) -> bool {
    roots.iter().any(|root| root.speaks_for(path) && root.check().is_ok())
}

/// Is every root still what it was? Asked after folders were opened by their paths and before anything is changed in them:
/// then they are on the right disk, and stay there whatever is mounted at the paths later.
fn check_all(roots: &[OpenTarget<'_>]) -> Result<(), Failure> {
    roots.iter().try_for_each(OpenTarget::check)
}

/// The folder of a delete. None when there is none, and its volume proves that it is there.
fn open_home(place: &Place<'_>, roots: &[OpenTarget<'_>]) -> Result<Option<Tree>, Failure> {
    let missing = || crate::walk::StartError::Missing { path: place.home.join(TRASH).join(place.job) };
    let tree = match Tree::open(place.home) {
        Ok(tree) => tree,
        Err(Errno::NOENT) if is_surely_gone(place.home, roots) => return Ok(None),
        Err(errno) => return Err(crate::walk::StartError::new(place.home, errno).into()),
    };
    match tree.within(format!("{TRASH}/{}", place.job).as_bytes()) {
        Ok(folder) => Ok(Some(folder)),
        Err(Errno::NOENT) if is_surely_gone(place.home, roots) || roots.is_empty() => Ok(None),
        Err(Errno::NOENT) => Err(missing().into()),
        Err(errno) => {
            Err(Failure::io(Side::Source, "open the trash in", place.home, TRASH.as_bytes())(errno))
        }
    }
}
