//! One line of a list against what is there.

use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::path::Path;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::{CategoryRecord, Entry, Hash, Kind, Origin};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use super::finding::Damage;
use crate::copy::{self, NotCopied};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::tree::{Parents, as_path};
use crate::watch::{Phase, Watch};

/// What was found out about one entry.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) wrong: Option<Wrong>,
    /// Bytes of content that were read; none when it was not.
    pub(super) read: Option<u64>,
    /// It was read, and the system may have answered from memory.
    pub(super) from_memory: bool,
    /// The time of the last change is another.
    pub(super) time: bool,
    /// The permissions are others.
    pub(super) mode: bool,
}

/// What is wrong with an entry.
pub(super) enum Wrong {
    /// Not what it was.
    Damage(Damage),
    /// The content is another: which, tells a swap.
    Differs { found: Hash, size: u64 },
}

impl From<Damage> for Wrong {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

/// What checking needs to know besides the entry.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) root: &'a Path,
    pub(super) category: &'a CategoryRecord,
    pub(super) watch: &'a dyn Watch,
}

/// Looks at an entry and, with `read`, reads its content.
pub(super) fn check(
    way: Way<'_>,
    parents: &mut Parents<'_>,
    entry: &Entry,
    read: bool,
) -> Result<Checked, Failure> {
    way.watch.go_on()?;
    let refused = |errno| refused(way.root, &entry.path.0, errno);
    let wrong = |wrong: Wrong| Checked { wrong: Some(wrong), ..Checked::default() };
    let (folder, name) = match parents.of(&entry.path.0) {
        Ok(found) => found,
        Err(errno) => return Ok(wrong(refused(errno)?.into())),
    };
    let stat = match disk::stat(folder, &name) {
        Ok(stat) => stat,
        Err(errno) => return Ok(wrong(refused(errno)?.into())),
    };
    let found = FileType::from_raw_mode(stat.st_mode);
    if found != file_type(entry.kind) {
        let (listed, found) = (name_of(file_type(entry.kind)), name_of(found));
        return Ok(wrong(Damage::Kind { listed, found }.into()));
    }
    let mut checked = match entry.kind {
        Kind::File => file(way, (folder, &name), entry, &stat, read)?,
        Kind::Link => match rustix::fs::readlinkat(folder, &name, Vec::new()) {
            Ok(text) if leads_there(way.category, entry, text.as_bytes()) => Checked::default(),
            Ok(text) => wrong(Damage::Link { found: RawText(text.into_bytes()) }.into()),
            Err(errno) => wrong(refused(errno)?.into()),
        },
        Kind::Folder => Checked::default(),
    };
    note(&mut checked, entry, &stat);
    Ok(checked)
}

/// Times and modes are notes: many file systems keep them badly, and they say nothing about the content. Folders get a
/// new time whenever another category comes to the folder.
fn note(checked: &mut Checked, entry: &Entry, stat: &Stat) {
    let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
    checked.time = entry.kind != Kind::Folder && (stat.st_mtime, nanos) != (entry.mtime, entry.mtime_ns);
    let owner = if entry.kind == Kind::Folder { 0o700 } else { 0 };
    checked.mode = entry.kind != Kind::Link && (stat.st_mode & 0o7777) != ((entry.mode & 0o7777) | owner);
}

fn file(
    way: Way<'_>,
    (folder, name): (BorrowedFd<'_>, &CStr),
    entry: &Entry,
    stat: &Stat,
    read: bool,
) -> Result<Checked, Failure> {
    let Some(hash) = entry.hash else {
        let why = format!("it gives no checksum of {}", entry.path);
        return Ok(Checked { wrong: Some(Damage::List { why }.into()), ..Checked::default() });
    };
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    // What has another size is read too: it may be the content of another path.
    if !read && size == entry.size {
        return Ok(Checked::default());
    }
    way.watch.wait_for(size);
    let found = match copy::read_back(way.category.hash, folder, name, Phase::Prove, way.watch) {
        Ok(found) => found,
        Err(NotCopied::Stopped(stop)) => return Err(stop.into()),
        Err(NotCopied::Changed | NotCopied::Damaged) => {
            let damage = Damage::Kind { listed: "file", found: "thing that changes while it is looked at" };
            return Ok(Checked { wrong: Some(damage.into()), ..Checked::default() });
        }
        Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => {
            let damage = refused(way.root, &entry.path.0, errno)?;
            return Ok(Checked { wrong: Some(damage.into()), ..Checked::default() });
        }
    };
    let size = found.identity.size;
    let same = found.hash == hash && size == entry.size;
    Ok(Checked {
        wrong: (!same).then_some(Wrong::Differs { found: found.hash, size }),
        read: Some(size),
        from_memory: !found.from_medium,
        ..Checked::default()
    })
}

/// What a refusal of the system means: the entry is gone or can not be read, or the whole target does not answer.
pub(super) fn refused(root: &Path, path: &[u8], errno: Errno) -> Result<Damage, Failure> {
    match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV => Ok(Damage::Missing),
        Errno::STALE
        | Errno::NOTCONN
        | Errno::NODEV
        | Errno::NXIO
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::TIMEDOUT
        // Of this machine, not of the archive.
        | Errno::MFILE
        | Errno::NFILE
        | Errno::NOMEM
        | Errno::AGAIN => Err(Failure::io(Side::Target, "verify", root, path)(errno)),
        other => Ok(Damage::Unreadable { why: other.to_string() }),
    }
}

/// Is it the text that the archive gave the link (`copy::in_archive`)?
fn leads_there(category: &CategoryRecord, entry: &Entry, found: &[u8]) -> bool {
    let Some(listed) = &entry.link else { return false };
    if found == listed.0 {
        return true;
    }
    if entry.from == Origin::Linked {
        // The start folder of another report is not recorded: the end of the way must be the same.
        let mut inside = found;
        while let Some(rest) = inside.strip_prefix(b"../") {
            inside = rest;
        }
        let end = [b"/", inside].concat();
        return listed.0.starts_with(b"/") && !found.starts_with(b"/") && listed.0.ends_with(&end);
    }
    category.folders.get(&entry.from).is_some_and(|start| {
        copy::in_archive(as_path(&start.0), &entry.origin().0, &listed.0).is_some_and(|text| text == found)
    })
}

const fn file_type(kind: Kind) -> FileType {
    match kind {
        Kind::File => FileType::RegularFile,
        Kind::Link => FileType::Symlink,
        Kind::Folder => FileType::Directory,
    }
}

/// A kind of entry, for people.
pub(super) const fn name_of(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "file",
        FileType::Directory => "folder",
        FileType::Symlink => "link",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        FileType::CharacterDevice | FileType::BlockDevice => "device",
        FileType::Unknown => "thing of unknown kind",
    }
}
