//! Entries that were left out, and why. A walk never stops at one of them, and never drops one silently.

use std::fmt;

use rustix::io::Errno;

/// An entry that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Path relative to the start folder, as bytes; empty for the start folder itself.
    pub path: Vec<u8>,
    /// Why.
    pub why: SkipReason,
}

/// Why an entry was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The name is not UTF-8: a file has no category, a folder is not entered (categories.md §3, §11).
    NotUtf8,
    /// A FIFO, socket or device: there is nothing to copy, and removing it loses it (categories.md D10).
    Special,
    /// A folder at the top of the start folder that Runstow calls its own.
    Own,
    /// The path grew longer than [`crate::walk::LONGEST_PATH`].
    TooLong,
    /// It was there when the folder was listed and is gone now.
    Vanished,
    /// The system refused to open, list or stat it.
    Refused(Errno),
}

impl SkipReason {
    pub(crate) const fn from_errno(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Vanished,
            other => Self::Refused(other),
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("the name is not UTF-8; rename it to have it managed"),
            Self::Special => f.write_str("a FIFO, socket or device; it is left alone"),
            Self::Own => f.write_str(
                "a folder of a name that is Runstow's own, with something in it; it is left alone. What a job puts there it takes away \
                 itself; move out what belongs to the run",
            ),
            Self::TooLong => f.write_str("the path is too long; what lies below is not managed"),
            Self::Vanished => f.write_str("it vanished while the folder was being read"),
            Self::Refused(errno) => write!(f, "cannot be read: {errno}"),
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", String::from_utf8_lossy(&self.path).escape_debug(), self.why)
    }
}
