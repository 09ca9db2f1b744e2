//! What can be wrong with an archive.

use std::fmt;

use runstow_lifecycle::RawText;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The path in the archive folder; empty for the folder itself.
    pub path: RawText,
    /// What is wrong with it.
    pub damage: Damage,
}

/// What is wrong with one path of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The content is another, the size is the same: a flipped bit, or a file that was written to.
    Content,
    /// It is shorter or longer than it was.
    Size {
        /// Bytes that the list tells.
        listed: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// It is not there.
    Missing,
    /// Something of another kind is in its place.
    Kind {
        /// What the list tells.
        listed: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// It is a link to elsewhere.
    Link {
        /// Its text.
        found: RawText,
    },
    /// It has the content that belongs to another path, and the other has the content that belongs here.
    Swapped {
        /// The other path.
        with: RawText,
    },
    /// It is in the folder, and in no list of it.
    Extra {
        /// What it is.
        kind: &'static str,
    },
    /// It can not be read, so nothing is known of it.
    Unreadable {
        /// What the system said.
        why: String,
    },
    /// The file of checksums is missing, or does not say what the list says.
    Checksums {
        /// Which of both.
        why: String,
    },
    /// The list can not be trusted, so no file could be compared.
    List {
        /// What is wrong with it.
        why: String,
    },
    /// The record is damaged, or gone while the list is there.
    Record {
        /// What is wrong with it.
        why: String,
    },
}

impl Damage {
    /// All words of [`Damage::word`].
    pub const WORDS: [&'static str; 11] = [
        "content",
        "size",
        "missing",
        "kind",
        "link",
        "swapped",
        "extra",
        "unreadable",
        "checksums",
        "list",
        "record",
    ];

    /// One word, for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Size { .. } => "size",
            Self::Missing => "missing",
            Self::Kind { .. } => "kind",
            Self::Link { .. } => "link",
            Self::Swapped { .. } => "swapped",
            Self::Extra { .. } => "extra",
            Self::Unreadable { .. } => "unreadable",
            Self::Checksums { .. } => "checksums",
            Self::List { .. } => "list",
            Self::Record { .. } => "record",
        }
    }

    /// Is a file, link or folder of the archive not what it was?
    #[must_use]
    pub const fn loses_data(&self) -> bool {
        matches!(
            self,
            Self::Content
                | Self::Size { .. }
                | Self::Missing
                | Self::Kind { .. }
                | Self::Link { .. }
                | Self::Swapped { .. }
                | Self::Unreadable { .. }
        )
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content => f.write_str("the content is not what was archived"),
            Self::Size { listed, found } => write!(f, "it has {found} bytes and had {listed}"),
            Self::Missing => f.write_str("it is missing"),
            Self::Kind { listed, found } => write!(f, "it was a {listed} and is a {found}"),
            Self::Link { found } => write!(f, "the link leads to {found} now"),
            Self::Swapped { with } => write!(f, "its content and that of {with} are swapped"),
            Self::Extra { kind } => write!(f, "no list names this {kind}"),
            Self::Unreadable { why } => write!(f, "it can not be read ({why})"),
            Self::Checksums { why } | Self::List { why } | Self::Record { why } => f.write_str(why),
        }
    }
}
