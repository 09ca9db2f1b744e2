//! Finds run dirs and report dirs below a storage root, without looking into them further than needed.
//!
//! A folder with `ion_params_00.json` or `expMeta.dat` is a report, also when it has an `explog.txt`, as reports do. A
//! folder with `explog.txt` or `explog.json` is a run. What lies below a run or report is not looked at.
//!
//! A link to such a folder is shown as a link, since runs that were moved often stay reachable by one; whether that is
//! the same run twice is for the engine to say. Links to other folders, and folders whose name begins with a dot
//! (snapshots, trash), are passed over.
//!
//! Folders of archives are passed over, and told: they look like the runs and reports that they are copies of, and taken for
//! those they would be moved and deleted as such. A folder with a record, a list or checksums of ours is one; nobody else
//! writes those, and a restore does not bring them back. While copies get their places there is no record yet, so everything
//! below the root of an archive is passed over too: a folder with a marker and with the place for work in progress. A storage
//! root that gets files back looks the same, which is why roots are told apart by what the caller knows of them.

mod signs;

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{AtFlags, Dir, FileType, fstat, statat};
use rustix::io::Errno;

use crate::archive::{Sign, sign_of};
use crate::walk::StartError;
use crate::{SkipReason, Skipped, Volume, handle};
pub use signs::signs;

/// How many levels below the root are looked at when nothing else is said: runs lie at
/// `<root>/<instrument>/<run>`, reports at `<root>/<report>`, and roots may hold another level or two.
pub const DEFAULT_DEPTH: usize = 4;

/// What a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A run dir.
    Run,
    /// A report dir.
    Report,
}

/// A run dir or report dir.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Run or report.
    pub kind: Kind,
    /// Where it is, beginning with the root as it was given.
    pub path: PathBuf,
    /// The path is a link to the folder.
    pub is_link: bool,
    /// Last change of the folder itself: an entry came or went.
    pub modified: Timestamp,
    /// Which of [`METADATA`] are there.
    pub metadata: Vec<&'static str>,
}

/// The files that tell what a folder is.
pub const METADATA: [&str; 4] = ["ion_params_00.json", "expMeta.dat", "explog.txt", "explog.json"];
const OF_REPORTS: usize = 2;

/// What was found below a root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// Runs and reports, sorted by path.
    pub found: Vec<Found>,
    /// What could not be looked at, relative to the root.
    pub skipped: Vec<Skipped>,
    /// Archives, passed over with everything below them, sorted by path.
    pub archives: Vec<Passed>,
}

/// An archive that lies below a storage root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// Where it is, beginning with the root as it was given.
    pub path: PathBuf,
    /// It is the root of archives, and not the folder of one.
    pub is_root: bool,
}

/// What is known of the storage roots around: a folder that looks like the root of an archive is none if it is one of them.
#[derive(Clone, Debug, Default)]
pub struct StorageRoots {
    /// Their paths.
    pub paths: Vec<PathBuf>,
    /// Their markers: a disk is still the same when it is mounted elsewhere.
    pub markers: Vec<uuid::Uuid>,
}

impl StorageRoots {
    fn has(&self, path: &Path) -> bool {
        let is_marked = || {
            let marker = Volume::look_at(path).ok().and_then(|volume| volume.marker);
            marker.is_some_and(|marker| self.markers.contains(&marker))
        };
        self.paths.iter().any(|root| root == path) || is_marked()
    }
}

/// Looks for runs and reports up to `depth` levels below a root. The root itself is never one.
///
/// # Errors
/// [`StartError`] when the root cannot be opened.
pub fn discover(root: &Path, depth: usize, roots: &StorageRoots) -> Result<Discovered, StartError> {
    let fd = handle::open_start(root).map_err(|errno| StartError::new(root, errno))?;
    let mut search = Search { root, roots, done: Discovered::default() };
    search.folder(fd, &mut Vec::new(), depth);
    search.done.found.sort_by(|a, b| a.path.cmp(&b.path));
    search.done.archives.sort();
    Ok(search.done)
}

struct Search<'a> {
    root: &'a Path,
    roots: &'a StorageRoots,
    done: Discovered,
}

impl Search<'_> {
    /// `path`: of this folder relative to the root, with a final `/` unless it is empty.
    fn folder(&mut self, fd: OwnedFd, path: &mut Vec<u8>, depth: usize) {
        if depth == 0 {
            return;
        }
        let entries = match Dir::read_from(&fd) {
            Ok(entries) => entries,
            Err(errno) => return self.skip(path, b"", SkipReason::from_errno(errno)),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(fd.as_fd(), path, entry.file_name(), entry.file_type(), depth),
                Err(errno) => return self.skip(path, b"", SkipReason::from_errno(errno)),
            }
        }
    }

    fn entry(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &mut Vec<u8>,
        name: &CStr,
        kind: FileType,
        depth: usize,
    ) {
        let bytes = name.to_bytes();
        if bytes.starts_with(b".")
            || !matches!(kind, FileType::Directory | FileType::Symlink | FileType::Unknown)
        {
            return;
        }
        let looked = open_either(folder, name, kind).and_then(|opened| {
            let Some((fd, is_link)) = opened else { return Ok(None) };
            let what = what(fd.as_fd())?;
            // Of links, only those to runs and reports count.
            let sign = if is_link && what.is_none() { Sign::None } else { sign_of(fd.as_fd())? };
            Ok(Some(Looked { fd, is_link, what, sign }))
        });
        let looked = match looked {
            Ok(Some(looked)) => looked,
            Ok(None) => return,
            Err(errno) => return self.skip(path, bytes, SkipReason::from_errno(errno)),
        };
        let whole = self.root.join(OsStr::from_bytes(&[path.as_slice(), bytes].concat()));
        let is_root = looked.sign == Sign::Root && looked.what.is_none() && !self.roots.has(&whole);
        if is_root || looked.sign == Sign::Folder {
            self.done.archives.push(Passed { path: whole, is_root });
            return;
        }
        let Looked { fd, is_link, what, .. } = looked;
        if let Some((kind, metadata, modified)) = what {
            self.done.found.push(Found { kind, path: whole, is_link, modified, metadata });
        } else if !is_link {
            let length = path.len();
            path.extend_from_slice(bytes);
            path.push(b'/');
            self.folder(fd, path, depth - 1);
            path.truncate(length);
        }
    }

    fn skip(&mut self, folder: &[u8], name: &[u8], why: SkipReason) {
        let mut path = [folder, name].concat();
        if path.ends_with(b"/") {
            path.pop();
        }
        self.done.skipped.push(Skipped { path, why });
    }
}

/// A folder on the way.
struct Looked {
    fd: OwnedFd,
    is_link: bool,
    what: What,
    sign: Sign,
}

/// The folder, and whether the name is a link to it. None for files and broken links.
fn open_either(
    folder: BorrowedFd<'_>,
    name: &CStr,
    kind: FileType,
) -> Result<Option<(OwnedFd, bool)>, Errno> {
    if kind != FileType::Symlink {
        match handle::open_child(folder, name) {
            Ok(fd) => return Ok(Some((fd, false))),
            Err(Errno::NOTDIR | Errno::LOOP) if kind == FileType::Unknown => {}
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        }
    }
    match handle::open_through_link(folder, name) {
        Ok(fd) => Ok(Some((fd, true))),
        Err(Errno::NOTDIR | Errno::NOENT | Errno::LOOP) => Ok(None),
        Err(errno) => Err(errno),
    }
}

type What = Option<(Kind, Vec<&'static str>, Timestamp)>;

fn what(folder: BorrowedFd<'_>) -> Result<What, Errno> {
    let mut metadata = Vec::new();
    for name in METADATA {
        match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => metadata.push(name),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    if metadata.is_empty() {
        return Ok(None);
    }
    let is_report = metadata.iter().any(|m| METADATA[..OF_REPORTS].contains(m));
    let kind = if is_report { Kind::Report } else { Kind::Run };
    Ok(Some((kind, metadata, handle::modified(&fstat(folder)?))))
}

#[cfg(test)]
mod tests;
