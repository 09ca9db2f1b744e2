//! Copies one entry to where nothing is yet, and reads a copy back from the medium.

mod attributes;
mod content;
mod direct;
mod lacks;
mod link_text;
mod medium;
mod metadata;
mod read_back;

use std::ffi::CStr;
use std::os::fd::BorrowedFd;

use runstow_lifecycle::manifest::{Hash, HashKind, Kind};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::disk;
use crate::failure::Stop;
use crate::identity::{Identity, Noted};
use crate::plan::Planned;
use crate::tree::Parents;
use crate::watch::Watch;
pub(crate) use attributes::attributes;
pub use lacks::Lacking;
pub(crate) use lacks::Lacks;
pub(crate) use link_text::in_archive;
pub(crate) use metadata::{copy_link as set_link_metadata, set_folder_metadata, tolerated};
pub(crate) use read_back::read_back;

/// Bytes handled at once.
pub(crate) const PIECE: usize = 1 << 20;

/// A copy that was made and not yet proven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copied {
    /// Hash of what was read from the source; of a link, of the text that it was given.
    pub(crate) hash: Hash,
    /// The copy.
    pub(crate) copy: Identity,
    /// The source has extended attributes.
    pub(crate) attributes: bool,
    /// What it could not be given.
    pub(crate) lacks: Lacks,
}

/// Why one entry was not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotCopied {
    /// It is not, or no longer, what was planned.
    Changed,
    /// The source can not be read.
    Source(Errno),
    /// The target can not be written.
    Target(Errno),
    /// It is not what the archive's list says.
    Damaged,
    /// Somebody wants it to stop.
    Stopped(Stop),
}

impl From<Stop> for NotCopied {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// What copying needs to know besides the entry.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) hash: HashKind,
    pub(crate) watch: &'a dyn Watch,
    /// The text that a link gets.
    pub(crate) text: Option<&'a [u8]>,
    /// The target's file system gains by writes around the page cache.
    pub(crate) direct: bool,
}

/// Copies a file or link; `to` must be free. A copy that did not succeed may be left behind.
pub(crate) fn copy(
    way: Way<'_>,
    planned: &Planned,
    from: &mut Parents<'_>,
    to: (BorrowedFd<'_>, &CStr),
) -> Result<Copied, NotCopied> {
    let (folder, name) = from.of(&planned.path.0).map_err(source)?;
    match planned.kind {
        Kind::File => copy_file(way, planned, (folder, &name), to),
        Kind::Link => copy_link(way, planned, (folder, &name), to),
        Kind::Folder => Err(NotCopied::Changed),
    }
}

fn source(errno: Errno) -> NotCopied {
    match errno {
        // It was there when the plan was made, and a link can not be in its place.
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV => NotCopied::Changed,
        other => NotCopied::Source(other),
    }
}

/// A name could not be made. File systems that can not hold some names, such as `a:b`, say that of a name in two ways.
pub(crate) fn not_named(errno: Errno) -> NotCopied {
    NotCopied::Target(if errno == Errno::INVAL { Errno::ILSEQ } else { errno })
}

/// A link could not be made where files can be: exFAT, and SMB by its server's will, hold none.
fn not_linked(errno: Errno) -> NotCopied {
    match errno {
        Errno::PERM | Errno::NOSYS | Errno::NOTSUP => NotCopied::Target(Errno::MEDIUMTYPE),
        errno => not_named(errno),
    }
}

fn copy_file(
    way: Way<'_>,
    planned: &Planned,
    (from, old): (BorrowedFd<'_>, &CStr),
    (to, new): (BorrowedFd<'_>, &CStr),
) -> Result<Copied, NotCopied> {
    // Not to wait for a FIFO that was put in its place.
    let file = disk::open(from, old, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map_err(source)?;
    let before = disk::stat_open(&file).map_err(NotCopied::Source)?;
    if !is_as_planned(planned, &before) || !is_file(&before) {
        return Err(NotCopied::Changed);
    }
    let copy = disk::create_file(to, new).map_err(not_named)?;
    let hash = content::copy(way, &file, &before, &copy)?;
    if planned.original.as_ref().and_then(|original| original.hash).is_some_and(|listed| listed != hash) {
        return Err(NotCopied::Damaged);
    }
    let after = disk::stat_open(&file).map_err(NotCopied::Source)?;
    if !is_as_planned(planned, &after) || Noted::from(&after) != Noted::from(&before) {
        return Err(NotCopied::Changed);
    }
    let metadata::Given { attributes, lacks } = metadata::copy(&file, planned, &copy)?;
    let made = disk::stat_open(&copy).map_err(NotCopied::Target)?;
    Ok(Copied { hash, copy: Identity::from(&made), attributes, lacks })
}

fn is_as_planned(planned: &Planned, stat: &rustix::fs::Stat) -> bool {
    Identity::from(stat) == planned.identity && planned.noted.is_none_or(|noted| noted == Noted::from(stat))
}

fn is_file(stat: &rustix::fs::Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile
}

fn copy_link(
    way: Way<'_>,
    planned: &Planned,
    (from, old): (BorrowedFd<'_>, &CStr),
    (to, new): (BorrowedFd<'_>, &CStr),
) -> Result<Copied, NotCopied> {
    let text = rustix::fs::readlinkat(from, old, Vec::new()).map_err(|errno| match errno {
        Errno::INVAL => NotCopied::Changed,
        errno => source(errno),
    })?;
    if planned.text.as_ref().is_none_or(|planned| planned.0 != text.as_bytes()) {
        return Err(NotCopied::Changed);
    }
    let text = way.text.unwrap_or(text.as_bytes());
    disk::symlink(text, to, new).map_err(not_linked)?;
    metadata::copy_link(planned, to, new).map_err(NotCopied::Target)?;
    let made = disk::stat(to, new).map_err(NotCopied::Target)?;
    let mut copy = Identity::from(&made);
    copy.size = 0;
    let lacks = Lacks::of_link(planned, &made);
    Ok(Copied { hash: text_hash(text), copy, attributes: false, lacks })
}

/// Hash of the text of a link.
pub(crate) fn text_hash(text: &[u8]) -> Hash {
    Hash(*blake3::hash(text).as_bytes())
}

/// The same of a link that is there.
pub(crate) fn link_hash(folder: BorrowedFd<'_>, name: &CStr) -> Result<Hash, Errno> {
    Ok(text_hash(rustix::fs::readlinkat(folder, name, Vec::new())?.as_bytes()))
}
