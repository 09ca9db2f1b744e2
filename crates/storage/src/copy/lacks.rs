//! What of the metadata of its source a copy does not have: its file system can not hold it, or we may not set it.

use runstow_lifecycle::manifest::Kind;
use rustix::fs::Stat;

use crate::plan::Planned;

/// What one copy lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lacks(u8);

impl Lacks {
    const OWNER: u8 = 1;
    const MODE: u8 = 2;
    const TIME: u8 = 4;
    const ATTRIBUTES: u8 = 8;
    const UNREAD: u8 = 16;

    /// What is different on the disk, whatever the system said when it was set. `mode` was added to its permissions.
    pub(super) fn of(planned: &Planned, made: &Stat, mode: u32) -> Self {
        let modified = planned.modified();
        // What who is not root must add to read the copy is told; what a folder of an archive needs is not.
        let added = if planned.kind == Kind::Folder { mode } else { 0 };
        let time = (modified.tv_sec, modified.tv_nsec) != (made.st_mtime, made.st_mtime_nsec.cast_signed());
        Self::where_set(&[
            (Self::OWNER, (made.st_uid, made.st_gid) != (planned.uid, planned.gid)),
            (Self::MODE, made.st_mode & 0o7777 & !added != planned.mode & 0o7777 & !added),
            (Self::TIME, time),
        ])
    }

    /// The same of a link, which has neither mode nor attributes.
    pub(super) fn of_link(planned: &Planned, made: &Stat) -> Self {
        let all = Self::of(planned, made, 0);
        Self(all.0 & (Self::OWNER | Self::TIME))
    }

    /// And what became of extended attributes: the copy does not take one, or the source does not tell one.
    pub(super) fn and_attributes(self, refused: bool, unread: bool) -> Self {
        let attributes = Self::where_set(&[(Self::ATTRIBUTES, refused), (Self::UNREAD, unread)]);
        Self(self.0 | attributes.0)
    }

    fn where_set(all: &[(u8, bool)]) -> Self {
        Self(all.iter().filter(|(_, lacks)| *lacks).fold(0, |bits, (bit, _)| bits | bit))
    }

    /// As one byte of a journal.
    pub(crate) const fn byte(self) -> u8 {
        self.0
    }

    /// Of a journal.
    pub(crate) const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }
}

/// How many files, links and folders lack something. It is in the list beside the data, and a restore by who may set it brings it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Owner or group.
    pub owner: u64,
    /// Permissions.
    pub mode: u64,
    /// Time of the last change, to the nanosecond.
    pub time: u64,
    /// An extended attribute.
    pub attributes: u64,
    /// An extended attribute that could not be read, so that the list does not have it either.
    pub unread: u64,
}

impl Lacking {
    pub(crate) fn count(&mut self, one: Lacks) {
        for (bit, number) in [
            (Lacks::OWNER, &mut self.owner),
            (Lacks::MODE, &mut self.mode),
            (Lacks::TIME, &mut self.time),
            (Lacks::ATTRIBUTES, &mut self.attributes),
            (Lacks::UNREAD, &mut self.unread),
        ] {
            *number += u64::from(one.0 & bit != 0);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.owner += other.owner;
        self.mode += other.mode;
        self.time += other.time;
        self.attributes += other.attributes;
        self.unread += other.unread;
    }

    /// A sentence for each kind, none when nothing is lacking.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let kinds = [
            (self.owner, "owner"),
            (self.mode, "permissions"),
            (self.time, "exact time"),
            (self.attributes, "extended attributes"),
            (self.unread, "extended attributes, which can not be read and are not in the list,"),
        ];
        let lacking = kinds.into_iter().filter(|(number, _)| *number > 0);
        let told = |(number, what)| match number {
            1 => format!("{what} of 1 file, link or folder"),
            _ => format!("{what} of {number} files, links or folders"),
        };
        lacking.map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lacking, Lacks};

    #[test]
    fn each_kind_is_counted_and_told() {
        let mut lacking = Lacking::default();
        assert!(lacking.sentences().is_empty());
        lacking.count(Lacks::from_byte(Lacks::OWNER | Lacks::TIME));
        lacking.count(Lacks::from_byte(Lacks::OWNER | Lacks::ATTRIBUTES));
        lacking.count(Lacks::default());
        assert_eq!(lacking, Lacking { owner: 2, mode: 0, time: 1, attributes: 1, unread: 0 });
        assert_eq!(lacking.sentences()[0], "owner of 2 files, links or folders");
        assert_eq!(lacking.sentences().len(), 3);
    }
}
