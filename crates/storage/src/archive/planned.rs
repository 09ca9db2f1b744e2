//! From an entry of a list to an entry of a plan that copies out of the archive.

use std::path::Path;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::{Entry, Kind};
use rustix::fs::{FileType, Stat, readlinkat};
use rustix::io::Errno;

use crate::copy::in_archive;
use crate::disk;
use crate::failure::Failure;
use crate::identity::{Identity, Noted};
use crate::plan::{Original, Planned, Stays};
use crate::tree::{Parents, Tree, as_path};

/// What is wrong with an entry.
pub(crate) enum Wrong {
    /// It is not what the list says.
    Damaged(&'static str),
    /// It could not be looked at.
    System(Errno),
}

/// Is the entry there as the list says, as far as can be told without reading it? Also the text of a link. `was`: where its
/// start folder was.
pub(crate) fn look(
    stored: &mut Parents<'_>,
    entry: &Entry,
    was: &Path,
) -> Result<(Stat, Option<RawText>), Wrong> {
    let gone = |errno| match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV => Wrong::Damaged("it is missing"),
        errno => Wrong::System(errno),
    };
    let (folder, name) = stored.of(&entry.path.0).map_err(gone)?;
    let stat = disk::stat(folder, &name).map_err(gone)?;
    match (FileType::from_raw_mode(stat.st_mode), entry.kind) {
        (FileType::RegularFile, Kind::File) if Identity::from(&stat).size == entry.size => Ok((stat, None)),
        (FileType::RegularFile, Kind::File) => Err(Wrong::Damaged("its size is another")),
        (FileType::Symlink, Kind::Link) => {
            let text = readlinkat(folder, &name, Vec::new()).map_err(Wrong::System)?.into_bytes();
            let original = entry.link.as_ref().map(|link| link.0.as_slice()).unwrap_or_default();
            let expected = in_archive(was, &entry.origin().0, original);
            if text == original || Some(&text) == expected.as_ref() {
                Ok((stat, Some(RawText(text))))
            } else {
                Err(Wrong::Damaged("the link leads elsewhere"))
            }
        }
        _ => Err(Wrong::Damaged("there is something else")),
    }
}

/// How an entry of a list is planned.
pub(crate) struct Way<'e> {
    /// As it was found in the archive; none for folders.
    pub(crate) stat: Option<&'e Stat>,
    /// The text that a link has in the archive.
    pub(crate) text: Option<RawText>,
    /// The text that its copy gets.
    pub(crate) becomes: Option<RawText>,
    /// Where it goes, if not to the path that it has in the archive.
    pub(crate) apart: Option<RawText>,
    /// What all names of its file have in common.
    pub(crate) twin: Option<u64>,
}

/// Plans an entry: its content has to be the listed one.
pub(crate) fn planned(entry: &Entry, way: Way<'_>) -> Planned {
    let listed = Identity { inode: 0, size: 0, mtime: entry.mtime, mtime_ns: entry.mtime_ns };
    let mut identity = way.stat.map_or(listed, Identity::from);
    if entry.kind != Kind::File {
        identity.size = 0;
    }
    Planned {
        base: 0,
        path: entry.path.clone(),
        apart: way.apart,
        kind: entry.kind,
        identity,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        noted: way.stat.map(Noted::from),
        names: 1,
        device: 0,
        text: way.text,
        stays: (entry.kind == Kind::Folder).then_some(Stays::Folder),
        original: Some(Box::new(Original {
            hash: entry.hash,
            text: way.becomes,
            mtime: entry.mtime,
            mtime_ns: entry.mtime_ns,
            attributes: entry.attributes.clone(),
            twin: way.twin,
        })),
    }
}

/// Entries of a list that are not as it says.
#[derive(Default)]
pub(crate) struct Damage {
    count: usize,
    first: String,
}

impl Damage {
    /// Notes what is wrong with an entry of the archive.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub(crate) fn note(&mut self, archive: &Tree, entry: &Entry, wrong: Wrong) -> Result<(), Failure> {
        match wrong {
            Wrong::Damaged(why) => {
                if self.count == 0 {
                    self.first = format!("{}: {why}", archive.path().join(as_path(&entry.path.0)).display());
                }
                self.count += 1;
                Ok(())
            }
            Wrong::System(errno) => {
                let side = crate::failure::Side::Source;
                Err(Failure::io(side, "look at", archive.path(), &entry.path.0)(errno))
            }
        }
    }

    /// # Errors
    /// When there was any.
    pub(crate) fn none(self) -> Result<(), Failure> {
        let Self { count, first } = self;
        if count == 0 { Ok(()) } else { Err(Failure::ArchiveDamaged { count, first }) }
    }
}
