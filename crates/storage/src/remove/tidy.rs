//! What an action leaves behind: folders that became empty, links to folders that lead nowhere.

use std::cmp::Reverse;
use std::os::fd::AsFd as _;

use runstow_lifecycle::manifest::Kind;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use super::proof::{remove_empty_folder, unlink};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::PlanReader;
use crate::plan::{Base, Planned, Stays};
use crate::transfer::Removal;
use crate::tree::{Parents, Tree};
use crate::watch::Watch;

/// The folder of plugin results: it and what is below keeps its shape (lifecycle.md §4).
const PLUGIN_OUT: &[u8] = b"plugin_out";

/// Which of the folders that became empty are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tidy {
    /// None of them.
    Nothing,
    /// Those of a run or a report: `plugin_out` and what is below stays.
    Source,
    /// Those of an archive: all.
    Archive,
}

impl From<Removal> for Tidy {
    fn from(removal: Removal) -> Self {
        if removal.tidy { Self::Source } else { Self::Nothing }
    }
}

/// Tidies up after a whole plan: links to folders first, then folders from below. `bases`: its start folders, as far as
/// they are there.
pub(crate) fn tidy_all(
    mut reader: PlanReader<'_>,
    bases: &[(Option<&Tree>, &Base)],
    which: Tidy,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let mut folders = Vec::new();
    while let Some((_, planned)) = reader.next()? {
        if planned.stays == Some(Stays::Folder) || planned.kind == Kind::Folder {
            folders.push((planned.kind == Kind::Folder, Reverse(planned.path), reader.position()));
        }
    }
    folders.sort_by(|(folder, path, _), (other_folder, other_path, _)| {
        (folder, path).cmp(&(other_folder, other_path))
    });
    // Twice: a link may lead to a folder that goes only now, and be all that keeps the folder it lies in.
    for (_, _, position) in folders.iter().chain(&folders) {
        watch.go_on()?;
        let planned = reader.again(*position)?;
        let Some((Some(base), _)) = bases.get(planned.base) else { continue };
        tidy(base, &planned, which)?;
    }
    bases
        .iter()
        .filter_map(|(tree, base)| Some(((*tree)?, *base)))
        .try_for_each(|(tree, base)| date(tree, base))
}

/// Gives a start folder back the time that it had.
pub(crate) fn date(start: &Tree, base: &Base) -> Result<(), Failure> {
    let Some((mtime, mtime_ns)) = base.modified else { return Ok(()) };
    let was = Identity { inode: 0, size: 0, mtime, mtime_ns };
    match disk::set_time(start.fd(), was.modified()) {
        Ok(()) | Err(Errno::PERM | Errno::ACCESS | Errno::ROFS) => Ok(()),
        Err(errno) => Err(Failure::io(Side::Source, "date", start.path(), b"")(errno)),
    }
}

/// Tidies one folder or link of a plan up. A folder that stays gets back the time
/// that it had, so that a later action on another category does not record today's.
fn tidy(tree: &Tree, planned: &Planned, which: Tidy) -> Result<(), Failure> {
    let mut parents = Parents::new(tree);
    let failed = |errno| Failure::io(Side::Source, "tidy up", tree.path(), &planned.path.0)(errno);
    let (parent, name) = match parents.of(&planned.path.0) {
        Ok(place) => place,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    };
    let protected = match which {
        // Another category has the folder too.
        _ if planned.stays != Some(Stays::Folder) => true,
        Tidy::Nothing => true,
        Tidy::Source => planned.path.0.split(|byte| *byte == b'/').any(|name| name == PLUGIN_OUT),
        Tidy::Archive => false,
    };
    if planned.kind == Kind::Link {
        let leads_nowhere = matches!(statat(parent, &name, AtFlags::empty()), Err(Errno::NOENT));
        let same = disk::stat(parent, &name).is_ok_and(|stat| stat.st_ino == planned.identity.inode);
        if leads_nowhere && same && !protected {
            match unlink(parent, &name) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        return Ok(());
    }
    if !protected {
        match remove_empty_folder(parent, &name) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            // Somebody's working directory, or a mount point, or a link that was put there.
            Err(
                Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY | Errno::NOTDIR | Errno::ACCESS | Errno::PERM,
            ) => {}
            Err(errno) => return Err(failed(errno)),
        }
    }
    let Ok(folder) = disk::open(parent, &name, rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY)
    else {
        return Ok(());
    };
    let now = disk::stat_open(&folder).map_err(failed)?;
    if Identity::from(&now).inode == planned.identity.inode {
        match disk::set_time(folder.as_fd(), planned.identity.modified()) {
            Ok(()) | Err(Errno::PERM | Errno::ACCESS | Errno::ROFS) => {}
            Err(errno) => return Err(failed(errno)),
        }
    }
    Ok(())
}
