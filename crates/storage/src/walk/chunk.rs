//! A part of a folder's listing, as much as the system gives at once.

use std::cell::RefCell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, FileType, RawDir, Statx, StatxFlags, statx};
use rustix::io::{Errno, Result};

use crate::handle;
use crate::{SkipReason, Skipped};

/// The kinds of entries that a visitor is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A link to a file, a broken link or a circle of links: the link itself is meant.
    Link,
    /// A link to a folder, which is not entered. No category lists it, but a move must not lose it.
    FolderLink,
    /// A folder with nothing in it. No category lists it, but a move must not lose it.
    EmptyFolder,
}

/// A file or link in its folder.
pub struct File<'a> {
    pub(super) folder: BorrowedFd<'a>,
    pub(super) name: &'a CStr,
    pub(super) kind: Kind,
    pub(super) place: &'a [u8],
    pub(super) linked_at: Option<usize>,
}

impl File<'_> {
    /// Its name: valid UTF-8.
    #[must_use]
    pub const fn name(&self) -> &[u8] {
        self.name.to_bytes()
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its path relative to the start folder.
    #[must_use]
    pub fn path(&self) -> Vec<u8> {
        [self.place, self.name()].concat()
    }

    /// The length of the path of the link that led here, when the file was reached through one: it lies in another
    /// folder tree.
    #[must_use]
    pub const fn linked_at(&self) -> Option<usize> {
        self.linked_at
    }

    /// Everything that the system tells of the entry itself.
    ///
    /// # Errors
    /// What to report when it cannot be found out.
    pub(crate) fn stat(&self) -> std::result::Result<Statx, Skipped> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH;
        statx(self.folder, self.name, flags, StatxFlags::BASIC_STATS)
            .map_err(|errno| Skipped { path: self.path(), why: SkipReason::from_errno(errno) })
    }

    /// The text of a link.
    ///
    /// # Errors
    /// What to report when it cannot be found out.
    pub(crate) fn link_text(&self) -> std::result::Result<Vec<u8>, Skipped> {
        match rustix::fs::readlinkat(self.folder, self.name, Vec::new()) {
            Ok(text) => Ok(text.into_bytes()),
            Err(errno) => Err(Skipped { path: self.path(), why: SkipReason::from_errno(errno) }),
        }
    }

    /// Apparent size in bytes, not blocks; a link counts 0 (categories.md §8). Asks the system.
    ///
    /// # Errors
    /// What to report when it cannot be found out.
    pub fn size(&self) -> std::result::Result<u64, Skipped> {
        match self.kind {
            Kind::Link | Kind::FolderLink | Kind::EmptyFolder => Ok(0),
            Kind::File => match handle::stat_entry(self.folder, self.name) {
                Ok(stat) => Ok(stat.stx_size),
                Err(errno) => Err(Skipped { path: self.path(), why: SkipReason::from_errno(errno) }),
            },
        }
    }
}

/// Bytes asked for at once: some 800 names of usual length.
const BUFFER: usize = 32 * 1024;

thread_local! {
    static LISTED: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(BUFFER));
}

/// Names and kinds, packed.
#[derive(Default)]
pub(super) struct Chunk {
    /// Each name followed by a zero byte.
    names: Vec<u8>,
    kinds: Vec<FileType>,
    /// There is surely more: the system filled the buffer.
    pub(super) full: bool,
}

impl Chunk {
    /// The next part, from where the handle stands. Empty at the end.
    pub(super) fn read(folder: BorrowedFd<'_>) -> Result<Self> {
        LISTED.with_borrow_mut(|buffer| Self::fill(folder, buffer.spare_capacity_mut()))
    }

    fn fill(folder: BorrowedFd<'_>, buffer: &mut [MaybeUninit<u8>]) -> Result<Self> {
        let room = buffer.len();
        let mut chunk = Self::default();
        let mut used = 0;
        let mut listing = RawDir::new(folder, buffer);
        while let Some(entry) = listing.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            let name = entry.file_name().to_bytes_with_nul();
            // Head of a record, name, and what alignment adds.
            used += (19 + name.len()).next_multiple_of(8);
            if name != b".\0" && name != b"..\0" {
                chunk.names.extend_from_slice(name);
                chunk.kinds.push(entry.file_type());
            }
            if listing.is_buffer_empty() && !chunk.kinds.is_empty() {
                break;
            }
        }
        chunk.full = used + 300 > room;
        Ok(chunk)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&CStr, FileType)> {
        let names = self.names.split_inclusive(|b| *b == 0).filter_map(|n| CStr::from_bytes_with_nul(n).ok());
        names.zip(self.kinds.iter().copied())
    }
}
