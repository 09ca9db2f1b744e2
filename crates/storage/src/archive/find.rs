//! Where archives of Runstow lie below a folder.

use std::path::{Path, PathBuf};

use runstow_lifecycle::manifest::Record;

use super::ArchiveFolder;
use super::beside::Beside;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::tree::{as_path, names};

/// How far below a folder archives are looked for.
const LEVELS: usize = 2;

/// What was found.
#[derive(Default)]
pub struct Archives {
    /// Records, with their folders, in order of these.
    pub records: Vec<(PathBuf, Record)>,
    /// What tells of further archives, of which no record can be used.
    pub unrecorded: Vec<Failure>,
}

impl ArchiveFolder {
    /// Archives of Runstow in a folder, or where it has none, up to two levels below: report folders lie one below
    /// `archivedReports` of an archive, run folders one below its root.
    ///
    /// # Errors
    /// When a folder can not be read.
    pub fn find(start: &Path) -> Result<Archives, Failure> {
        let mut found = Archives::default();
        let mut waiting = vec![(start.to_owned(), 0)];
        while let Some((path, depth)) = waiting.pop() {
            let folder = Self::open(&path)?;
            let here = Beside::look(&folder.tree)?;
            let unrecorded = here.any_unrecorded();
            if here.records.is_empty() && unrecorded.is_none() && depth < LEVELS {
                let failed = |errno| Failure::io(Side::Target, "look into", &path, b"")(errno);
                for name in names(folder.tree.fd()).map_err(failed)? {
                    let stat = disk::stat(folder.tree.fd(), &name).map_err(failed)?;
                    let is_folder =
                        rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Directory;
                    // What file systems make for themselves, only root may read.
                    let own = name.to_bytes().starts_with(b".") || name.as_c_str() == c"lost+found";
                    if is_folder && !own {
                        waiting.push((path.join(as_path(name.to_bytes())), depth + 1));
                    }
                }
            }
            found.unrecorded.extend(unrecorded.map(|unrecorded| unrecorded.failure(&folder.tree)));
            found.records.extend(here.records.into_iter().map(|(_, record)| (path.clone(), record)));
        }
        found.records.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }
}
