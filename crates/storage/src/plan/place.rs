//! Where entries of two start folders go in one archive folder without meeting (categories.md D9).

use std::path::Path;

use runstow_lifecycle::manifest::Origin;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use crate::tree::{Tree, split};

/// Decides about paths.
pub(super) struct Places {
    /// The start folder that gives the archive its layout, unless it is not there.
    home: Option<Tree>,
    /// For entries of the other folder that can not keep their path.
    other: Vec<u8>,
    /// For entries of the home folder whose names belong to records.
    own: Vec<u8>,
}

impl Places {
    /// `home` gives the layout; entries of the other folder, `other`, step aside.
    ///
    /// # Errors
    /// When `home` can not be opened though it is there: without looking into it two files would get the same place.
    pub(super) fn new(home: Option<&Path>, other: Origin) -> Result<Self, Errno> {
        let home = match home.map(Tree::open) {
            None | Some(Err(Errno::NOENT | Errno::NOTDIR)) => None,
            Some(other) => Some(other?),
        };
        let (other, own) = match other {
            Origin::Report => ("_from_report_dir", "_from_run_dir"),
            Origin::Run | Origin::Linked => ("_from_run_dir", "_from_report_dir"),
        };
        let free = |name: &str| {
            let mut name = name.as_bytes().to_vec();
            while home.as_ref().is_some_and(|home| taken(home, &name)) {
                name.push(b'_');
            }
            name
        };
        Ok(Self { other: free(other), own: free(own), home })
    }

    /// The path in the archive of an entry that can not keep its own. Two entries never get the same: each folder has a
    /// name of its own for what steps aside, and nothing else has that name.
    pub(super) fn apart(&self, path: &[u8], at_home: bool) -> Option<Vec<u8>> {
        if at_home {
            is_a_records_name(path).then(|| [&self.own, &b"/"[..], path].concat())
        } else {
            let taken = is_a_records_name(path)
                || path.split(|byte| *byte == b'/').next() == Some(self.own.as_slice())
                || path.split(|byte| *byte == b'/').next() == Some(self.other.as_slice())
                || self.home.as_ref().is_some_and(|home| taken(home, path));
            taken.then(|| [&self.other, &b"/"[..], path].concat())
        }
    }
}

/// Names at the top of an archive folder that belong to its records.
pub(crate) fn is_a_records_name(path: &[u8]) -> bool {
    path.starts_with(b"serialized_") || path.starts_with(b"runstow_")
}

/// Has the folder something at this path, or something that is no folder on the way? What can not be found out counts as
/// taken: stepping aside is always safe.
fn taken(home: &Tree, path: &[u8]) -> bool {
    let (folder, name) = split(path);
    match home.folder(folder) {
        Ok(folder) => !matches!(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW), Err(Errno::NOENT)),
        Err(errno) => errno != Errno::NOENT,
    }
}
