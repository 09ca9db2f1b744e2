//! Folders that a delete tidies away: what they are made again with lies in the plan, as nothing of them lies in the trash.

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;

use rustix::io::Errno;

use crate::copy::attributes;
use crate::failure::{Failure, Side};
use crate::plan::{Base, Planned};
use crate::tree::Tree;

/// Reads the extended attributes of folders while they are planned.
#[derive(Default)]
pub(super) struct Folders {
    /// The start folder of the last one.
    last: Option<(usize, Tree)>,
    failed: Option<Failure>,
}

impl Folders {
    /// The folder, with the extended attributes that it has. A failure is told at the end.
    pub(super) fn described(&mut self, planned: Planned, base: &Base) -> Planned {
        match self.attributes(&planned, base) {
            Ok(found) => planned.with_attributes(found),
            Err(failure) => {
                self.failed.get_or_insert(failure);
                planned
            }
        }
    }

    fn attributes(&mut self, planned: &Planned, base: &Base) -> Result<BTreeMap<String, String>, Failure> {
        let failed =
            |errno| Failure::io(Side::Source, "read attributes of", &base.path, &planned.path.0)(errno);
        let tree = match self.last.take().filter(|(known, _)| *known == planned.base) {
            Some((_, tree)) => tree,
            None => Tree::open(&base.path).map_err(failed)?,
        };
        let found = match tree.folder(&planned.path.0) {
            Ok(folder) => attributes(folder.as_fd()).map_err(failed)?,
            // What is not there is not tidied away.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => BTreeMap::new(),
            Err(errno) => return Err(failed(errno)),
        };
        self.last = Some((planned.base, tree));
        Ok(found)
    }

    /// The first failure.
    pub(super) fn all_described(self) -> Result<(), Failure> {
        self.failed.map_or(Ok(()), Err)
    }
}
