//! The work of a walk, cut into tasks that any thread may take.
//!
//! A task never waits for another, so the stack stays flat however deep the tree is. Each thread takes its newest task
//! first, which goes down before it goes on: at any time few folders are waiting.

use std::ffi::CStr;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::Scope;
use rustix::fs::FileType;
use rustix::io::{Errno, Result};

use super::chunk::{Chunk, File, Kind};
use super::folder::{Folder, Place};
use super::links::{self, Link};
use super::{LONGEST_PATH, Visit, Visitor};
use crate::{SkipReason, Skipped, handle};

/// Handles that waiting folders may hold open. Far below the usual limit of a process, since several walks may run.
const MOST_OPEN: usize = 128;

struct Walk<'w, V> {
    visitor: &'w V,
    open: &'w AtomicUsize,
}

impl<V> Clone for Walk<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<V> Copy for Walk<'_, V> {}

pub(super) fn run<V: Visitor>(start: OwnedFd, visitor: &V) {
    let open = AtomicUsize::new(0);
    let walk = Walk { visitor, open: &open };
    rayon::scope(|scope| {
        let place = Place::start(start);
        let opened = place.open();
        walk.enter(scope, place, opened);
    });
}

impl<'w, V: Visitor> Walk<'w, V> {
    fn enter<'s>(self, scope: &Scope<'s>, place: Place, opened: Result<OwnedFd>)
    where
        'w: 's,
    {
        match opened {
            Ok(fd) => self.list(scope, &Arc::new(Folder::new(place, fd, self.open)), true),
            Err(errno) => self.report(place, SkipReason::from_errno(errno)),
        }
    }

    fn report(self, mut place: Place, why: SkipReason) {
        place.path.pop();
        let path = place.path.clone();
        self.visitor.begin(&place).skipped(Skipped { path, why });
    }

    /// Lists a folder. When there is more than one chunk, the rest is a task of its own, so that a huge flat folder keeps
    /// all threads busy. `begun`: from its beginning.
    fn list<'s>(self, scope: &Scope<'s>, folder: &Arc<Folder<'w>>, begun: bool)
    where
        'w: 's,
    {
        let mut first = true;
        loop {
            let chunk = match Chunk::read(folder.fd()) {
                Ok(chunk) => chunk,
                Err(errno) => {
                    let path = folder.place.path.strip_suffix(b"/").unwrap_or_default().to_vec();
                    let why = SkipReason::from_errno(errno);
                    return self.visitor.begin(&folder.place).skipped(Skipped { path, why });
                }
            };
            if chunk.is_empty() {
                if first && begun && !folder.place.path.is_empty() {
                    let file = File {
                        folder: folder.fd(),
                        name: c"",
                        kind: Kind::EmptyFolder,
                        place: &folder.place.path,
                        linked_at: folder.place.linked_at(),
                    };
                    self.visitor.begin(&folder.place).folder(&file);
                }
                return;
            }
            first = false;
            let rest_elsewhere = chunk.full && self.open.load(Ordering::Relaxed) < MOST_OPEN;
            if rest_elsewhere {
                let folder = Arc::clone(folder);
                scope.spawn(move |scope| self.list(scope, &folder, false));
            }
            self.show(scope, folder, &chunk);
            if rest_elsewhere {
                return;
            }
        }
    }

    fn show<'s>(self, scope: &Scope<'s>, folder: &Arc<Folder<'w>>, chunk: &Chunk)
    where
        'w: 's,
    {
        let place = &folder.place;
        let (mut names, mut starts) = (Vec::new(), Vec::new());
        let mut visit = self.visitor.begin(place);
        for (name, kind) in chunk.entries() {
            // What Runstow calls its own at the top of a start folder is no file of the run.
            if place.path.is_empty() && name.to_bytes().starts_with(crate::plan::OWN) {
                continue;
            }
            let linked_at = place.linked_at();
            let file = |kind| File { folder: folder.fd(), name, kind, place: &place.path, linked_at };
            match judge(folder, name, kind) {
                Ok(Entry::Shown(kind)) => visit.file(&file(kind)),
                Ok(Entry::Below) => {
                    starts.push(names.len());
                    names.extend_from_slice(name.to_bytes_with_nul());
                }
                Ok(Entry::Linked(fd)) => {
                    let place = place.linked(name.to_bytes(), fd);
                    scope.spawn(move |scope| {
                        let opened = place.open();
                        self.enter(scope, place, opened);
                    });
                }
                Ok(Entry::FolderLink) => visit.folder(&file(Kind::FolderLink)),
                Err(why) => visit.skipped(Skipped { path: [&place.path, name.to_bytes()].concat(), why }),
            }
        }
        drop(visit);
        if !starts.is_empty() {
            let open = self.open.load(Ordering::Relaxed) < MOST_OPEN;
            let parent = if open { Parent::Open(Arc::clone(folder)) } else { Parent::Closed(place.clone()) };
            let all = 0..starts.len();
            let below = Arc::new(Below { parent, names, starts });
            scope.spawn(move |scope| self.descend(scope, below, all));
        }
    }

    /// Goes into one of the waiting subfolders, and leaves the others in halves to whoever is free: few hand-overs, and few
    /// tasks at a time.
    fn descend<'s>(self, scope: &Scope<'s>, below: Arc<Below<'w>>, mut range: Range<usize>)
    where
        'w: 's,
    {
        while range.len() > 1 {
            let half = range.start + range.len() / 2;
            let (others, right) = (Arc::clone(&below), half..range.end);
            scope.spawn(move |scope| self.descend(scope, others, right));
            range.end = half;
        }
        let Some(name) = below.name(range.start) else { return };
        let place = below.parent.place().child(name.to_bytes());
        let too_long = place.path.len() > LONGEST_PATH;
        let opened = match &below.parent {
            _ if too_long => Err(Errno::NAMETOOLONG),
            Parent::Open(folder) => handle::open_child(folder.fd(), name),
            Parent::Closed(_) => place.open(),
        };
        // The parent may be closed while its last child is being walked.
        drop(below);
        if too_long { self.report(place, SkipReason::TooLong) } else { self.enter(scope, place, opened) }
    }
}

enum Entry {
    Shown(Kind),
    Below,
    Linked(OwnedFd),
    FolderLink,
}

fn judge(folder: &Folder<'_>, name: &CStr, listed: FileType) -> std::result::Result<Entry, SkipReason> {
    if std::str::from_utf8(name.to_bytes()).is_err() {
        return Err(SkipReason::NotUtf8);
    }
    let kind = match listed {
        // Some file systems do not tell the kind in the listing.
        FileType::Unknown => handle::stat_entry(folder.fd(), name).map(|stat| handle::file_type(&stat)),
        listed => Ok(listed),
    };
    match kind.map_err(SkipReason::from_errno)? {
        FileType::RegularFile => Ok(Entry::Shown(Kind::File)),
        FileType::Directory => Ok(Entry::Below),
        FileType::Symlink => match links::judge(folder.fd(), name, folder.place.reached) {
            Ok(Link::Itself) => Ok(Entry::Shown(Kind::Link)),
            Ok(Link::Nothing) => Ok(Entry::FolderLink),
            Ok(Link::Folder(fd)) => Ok(Entry::Linked(fd)),
            Err(errno) => Err(SkipReason::from_errno(errno)),
        },
        _ => Err(SkipReason::Special),
    }
}

/// Subfolders that wait for their turn.
struct Below<'w> {
    parent: Parent<'w>,
    /// Each name followed by a zero byte.
    names: Vec<u8>,
    starts: Vec<usize>,
}

enum Parent<'w> {
    Open(Arc<Folder<'w>>),
    Closed(Place),
}

impl Below<'_> {
    fn name(&self, at: usize) -> Option<&CStr> {
        CStr::from_bytes_until_nul(self.names.get(*self.starts.get(at)?..)?).ok()
    }
}

impl Parent<'_> {
    fn place(&self) -> &Place {
        match self {
            Self::Open(folder) => &folder.place,
            Self::Closed(place) => place,
        }
    }
}
