//! One entry of a plan.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use runstow_lifecycle::manifest::{Hash, Kind, Origin};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::{FileType, Stat, Timespec};
use serde::{Deserialize, Serialize};

use crate::identity::{Identity, Noted};

/// A folder that entries are taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// What it is to the report.
    pub origin: Origin,
    /// Its absolute path.
    pub path: PathBuf,
    /// When its list of names changed last, before the work: seconds since 1970, and nanoseconds. It gets that time back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<(i64, u32)>,
}

/// Why an entry is not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stays {
    /// Another category that is still local needs it (categories.md §7.3).
    Needed,
    /// It lies in the run's folder, and another report of the run that is still local has it too.
    Shared,
    /// It belongs to another report, and was reached through a link.
    Linked,
    /// The report's page, which stays readable (lifecycle.md §5).
    ReportPage,
    /// A folder or a link to a folder: what is left of them is tidied up afterwards.
    Folder,
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Needed => "a category that is still local needs it",
            Self::Shared => "another report of the run still has it",
            Self::Linked => "it belongs to another report",
            Self::ReportPage => "the report page stays readable",
            Self::Folder => "a folder",
        })
    }
}

/// What a copy out of an archive must become, where the archive's file does not say so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Hash of the content, by the archive's list; none when there is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// Text of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<RawText>,
    /// Last change of content: seconds since 1970.
    pub mtime: i64,
    /// And nanoseconds.
    pub mtime_ns: u32,
    /// Extended attributes; values in base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What all names of the same file have in common; none for a file with one name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<u64>,
}

/// One entry, as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Which of the plan's folders it lies in.
    pub base: usize,
    /// Its path below that folder.
    pub path: RawText,
    /// Its path in an archive, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<RawText>,
    /// What it is.
    pub kind: Kind,
    /// What tells whether it is still the same.
    pub identity: Identity,
    /// When the system noted its last change of any kind, where that is known. Nobody can set it, so it tells of changes
    /// that leave size and time as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<Noted>,
    /// Permissions.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Number of names, and the device, by which hard links find each other.
    pub names: u32,
    /// Number of the device, for the same.
    pub device: u64,
    /// Text of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<RawText>,
    /// Why it is not removed, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Stays>,
    /// Of what comes out of an archive: what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Box<Original>>,
}

impl Planned {
    /// An entry of a start folder, as it is found there.
    pub(crate) fn of(
        path: Vec<u8>,
        kind: Kind,
        stat: &rustix::fs::Statx,
        text: Option<RawText>,
        stays: Option<Stays>,
    ) -> Self {
        let mut identity = Identity::from(stat);
        if kind != Kind::File {
            identity.size = 0;
        }
        Self {
            base: 0,
            path: RawText(path),
            apart: None,
            kind,
            identity,
            noted: Some(stat.into()),
            mode: u32::from(stat.stx_mode) & 0o7777,
            uid: stat.stx_uid,
            gid: stat.stx_gid,
            names: stat.stx_nlink,
            device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            text,
            stays,
            original: None,
        }
    }

    /// Its path in an archive.
    #[must_use]
    pub fn stored(&self) -> &RawText {
        self.apart.as_ref().unwrap_or(&self.path)
    }

    /// A removing action takes it away.
    #[must_use]
    pub const fn goes(&self) -> bool {
        self.stays.is_none()
    }

    /// It stays only as long as another category or report needs it.
    #[must_use]
    pub const fn is_needed(&self) -> bool {
        matches!(self.stays, Some(Stays::Needed | Stays::Shared))
    }

    /// Is this the very entry that was planned, unchanged?
    pub(crate) fn is(&self, stat: &Stat) -> bool {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Symlink => Kind::Link,
            _ => return false,
        };
        let mut identity = Identity::from(stat);
        if kind == Kind::Link {
            identity.size = 0;
        }
        kind == self.kind && identity == self.identity
    }

    /// Is this its very inode, by whatever path it was found?
    pub(crate) fn is_the_very_inode(&self, stat: &Stat) -> bool {
        stat.st_ino == self.identity.inode
            && (stat.st_dev == self.device || self.noted == Some(Noted::from(stat)))
    }

    /// The same folder, which is made again with these extended attributes.
    pub(crate) fn with_attributes(self, attributes: BTreeMap<String, String>) -> Self {
        if attributes.is_empty() {
            return self;
        }
        let (mtime, mtime_ns) = (self.identity.mtime, self.identity.mtime_ns);
        let original = Original { mtime, mtime_ns, attributes, ..Original::default() };
        Self { original: Some(Box::new(original)), ..self }
    }

    /// What all names of the same file have in common; none for a file with one name.
    pub(crate) fn hard_linked(&self) -> Option<(u64, u64)> {
        if let Some(original) = &self.original {
            return original.twin.map(|twin| (0, twin));
        }
        (self.kind == Kind::File && self.names > 1).then_some((self.device, self.identity.inode))
    }

    /// The time of the last change that a copy gets.
    pub(crate) fn modified(&self) -> Timespec {
        match &self.original {
            Some(original) => Timespec { tv_sec: original.mtime, tv_nsec: original.mtime_ns.into() },
            None => self.identity.modified(),
        }
    }
}

/// The start folder that gives an archive its layout: its entries keep their paths, those of the other folder step aside
/// where both have the same (categories.md D9).
#[must_use]
pub(crate) const fn home(category: Category) -> Origin {
    match category {
        Category::Sigproc => Origin::Run,
        Category::Basecall | Category::Output | Category::Misc => Origin::Report,
    }
}
