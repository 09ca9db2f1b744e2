//! A folder tree by its handle. Nothing outside can be reached through it, whatever links are planted meanwhile.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, Result};

use crate::disk;
use crate::fault::Step;
use crate::handle;

/// Longest path that is given to the system at once; longer ones go folder by folder.
const AT_ONCE: usize = 4000;

/// An open folder and what lies below it.
pub(crate) struct Tree {
    fd: OwnedFd,
    path: PathBuf,
}

impl Tree {
    /// Opens a folder; a link there is followed, as start folders may be links (categories.md §3).
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let fd = disk::step(Step::Open, || handle::open_start(path))?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Where it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its handle.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// A folder below, without a link on the way.
    pub(crate) fn folder(&self, path: &[u8]) -> Result<OwnedFd> {
        disk::step(Step::Open, || self.open_folder(path))
    }

    fn open_folder(&self, path: &[u8]) -> Result<OwnedFd> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if path.is_empty() {
            return handle::open_below(self.fd(), b"");
        }
        if path.len() > AT_ONCE {
            return handle::open_below(self.fd(), path);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(self.fd(), path, flags, Mode::empty(), within) {
            // Kernels before 5.6: folder by folder is as safe, only slower.
            Err(Errno::NOSYS | Errno::PERM) => handle::open_below(self.fd(), path),
            // A rename elsewhere on the path made the answer uncertain.
            Err(Errno::AGAIN) => Err(Errno::INTR),
            other => other,
        }
    }

    /// A tree within this one.
    pub(crate) fn within(&self, path: &[u8]) -> Result<Self> {
        Ok(Self { fd: self.folder(path)?, path: self.path.join(as_path(path)) })
    }

    /// Makes the folders of a path that are missing, and opens the last.
    pub(crate) fn make(&self, path: &[u8], mode: u32) -> Result<OwnedFd> {
        match self.folder(path) {
            Err(Errno::NOENT) => {}
            other => return other,
        }
        let mut here = self.folder(b"")?;
        for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
            let name = c_name(name)?;
            here = match disk::open(&here, &name, OFlags::RDONLY | OFlags::DIRECTORY) {
                Err(Errno::NOENT) => {
                    disk::make_folder(&here, &name, mode)?;
                    disk::open(&here, &name, OFlags::RDONLY | OFlags::DIRECTORY)?
                }
                other => other?,
            };
        }
        Ok(here)
    }
}

/// The folders of entries that follow each other, each opened once.
pub(crate) struct Parents<'t> {
    tree: &'t Tree,
    last: Option<(Vec<u8>, OwnedFd)>,
}

impl<'t> Parents<'t> {
    pub(crate) const fn new(tree: &'t Tree) -> Self {
        Self { tree, last: None }
    }

    /// The folder of an entry, and its name there.
    pub(crate) fn of(&mut self, path: &[u8]) -> Result<(BorrowedFd<'_>, CString)> {
        self.find(path, |tree, folder| tree.folder(folder))
    }

    /// The same; folders that are missing are made for us alone.
    pub(crate) fn make(&mut self, path: &[u8]) -> Result<(BorrowedFd<'_>, CString)> {
        self.find(path, |tree, folder| tree.make(folder, 0o700))
    }

    fn find(
        &mut self,
        path: &[u8],
        open: impl FnOnce(&Tree, &[u8]) -> Result<OwnedFd>,
    ) -> Result<(BorrowedFd<'_>, CString)> {
        let (folder, name) = split(path);
        let name = c_name(name)?;
        let known = self.last.take().filter(|(known, _)| known == folder);
        let entry = match known {
            Some(entry) => entry,
            None => (folder.to_vec(), open(self.tree, folder)?),
        };
        Ok((self.last.insert(entry).1.as_fd(), name))
    }
}

/// The folder part of a path, without a final slash, and the last name.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

/// A name for the system. One that is empty, has a NUL or leads elsewhere is none.
pub(crate) fn c_name(name: &[u8]) -> Result<CString> {
    if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
        return Err(Errno::INVAL);
    }
    CString::new(name).map_err(|_| Errno::INVAL)
}

/// Bytes as a path.
pub(crate) fn as_path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

/// All names of a folder but `.` and `..`.
pub(crate) fn names(folder: impl AsFd) -> Result<Vec<CString>> {
    let handle = disk::open(&folder, c".", OFlags::RDONLY | OFlags::DIRECTORY)?;
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::new(handle)? {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
