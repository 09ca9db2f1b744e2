//! Folders that a delete tidies away: what they are made again with lies in the plan, as nothing of them lies in the trash.

use std::os::fd::AsFd as _;

use rustix::io::Errno;

use crate::copy::attributes;
use crate::failure::{Failure, Side};
use crate::journal::PlanFile;
use crate::plan::{Base, Planned};
use crate::tree::Tree;

/// Adds folders to a plan, with the extended attributes that they have.
pub(super) fn add(file: &mut PlanFile, bases: &[Base], folders: Vec<Planned>) -> Result<(), Failure> {
    let mut last: Option<(usize, Tree)> = None;
    for planned in folders {
        let Some(base) = bases.get(planned.base) else { continue };
        let failed =
            |errno| Failure::io(Side::Source, "read attributes of", &base.path, &planned.path.0)(errno);
        let tree = match last.take().filter(|(known, _)| *known == planned.base) {
            Some((_, tree)) => tree,
            None => Tree::open(&base.path).map_err(failed)?,
        };
        let found = match tree.folder(&planned.path.0) {
            Ok(folder) => attributes(folder.as_fd()).map_err(failed)?,
            // What is not there is not tidied away.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Default::default(),
            Err(errno) => return Err(failed(errno)),
        };
        last = Some((planned.base, tree));
        file.add(planned.with_attributes(found));
    }
    Ok(())
}
