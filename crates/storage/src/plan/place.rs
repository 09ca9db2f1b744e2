//! Where entries of two start folders go in one archive folder without meeting (categories.md D9).

use std::path::Path;

use runstow_lifecycle::manifest::Origin;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use crate::tree::{Tree, split};

/// Decides about paths in the archive.
pub(super) struct Places {
    /// The start folder that gives the archive its layout, unless it is not there.
    home: Option<Tree>,
    apart: Vec<u8>,
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
        let mut apart = match other {
            Origin::Report => b"_from_report_dir".to_vec(),
            Origin::Run | Origin::Linked => b"_from_run_dir".to_vec(),
        };
        while home.as_ref().is_some_and(|home| taken(home, &apart)) {
            apart.push(b'_');
        }
        Ok(Self { home, apart })
    }

    /// The path in the archive of an entry of the other folder, when it can not keep its own.
    pub(super) fn apart(&self, path: &[u8]) -> Option<Vec<u8>> {
        let home = self.home.as_ref()?;
        taken(home, path).then(|| [&self.apart, &b"/"[..], path].concat())
    }
}

impl Places {
    /// Names at the top of an archive folder that belong to its records.
    #[expect(clippy::unused_self, reason = "reads as the other rule does")]
    pub(super) fn is_taken_by_records(&self, path: &[u8]) -> bool {
        path.starts_with(b"serialized_") || path.starts_with(b"runstow_")
    }
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
