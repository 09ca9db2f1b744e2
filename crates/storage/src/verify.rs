//! Reads an archive again and compares it with what was written beside it (lifecycle.md §4). Nothing here writes.
//!
//! Contents are read from the medium, as far as the file system lets that be certain, by several threads. Whether every
//! entry is there, with its size, kind and the text of its link, is always looked at, also where only a sample of the
//! contents is read. Memory does not grow with the number of files.
//!
//! What is only found missing because the target went away is no finding: the target must prove itself before and after.

mod beside;
mod checking;
mod choice;
mod entry;
mod extra;
mod finding;
mod places;
mod swapped;

use std::collections::BTreeMap;
use std::path::Path;

use runstow_lifecycle::{Category, RawText};

use crate::archive::{ArchiveFolder, Whose};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::target::Target;
use crate::tree::Tree;
use crate::walk::StartError;
use crate::watch::Watch;
use checking::{Checking, ListFailure};
pub use choice::Choice;
pub use finding::{Damage, Finding};
pub use places::{Place, places};

/// What is to be verified.
#[derive(Clone, Debug)]
pub struct Verification<'a> {
    /// The folder of the archive.
    pub folder: &'a Path,
    /// The volume that it lies on, as far as that is known: it tells a folder that was removed from one whose disk is not
    /// mounted.
    pub target: Option<Target<'a>>,
    /// The category.
    pub category: Category,
    /// The report as a record describes it; none for all reports that have such files there.
    pub whose: Option<Whose<'a>>,
    /// Which contents are read.
    pub choice: Choice,
    /// Look for files that belong to no category of the folder. Not while something is archived there.
    pub extras: bool,
}

/// What was looked at, and how much is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verified {
    /// Runstow has written no record here: there is nothing to compare with. So it is with what Torrent Suite archived.
    pub unproven: bool,
    /// Regular files of the list, by name.
    pub files: u64,
    /// Links of the list.
    pub links: u64,
    /// Folders of the list.
    pub folders: u64,
    /// Bytes of all files of the list.
    pub bytes: u64,
    /// Files whose content was read.
    pub read_files: u64,
    /// Bytes of them.
    pub read_bytes: u64,
    /// All that was read was surely read from the medium. Otherwise the system was asked to forget what it held in memory,
    /// which some network mounts do not do.
    pub from_medium: bool,
    /// Every content was read, or could not be.
    pub complete: bool,
    /// How often each [`Damage::word`] was found.
    pub counts: BTreeMap<&'static str, u64>,
    /// Files and links whose time of the last change is another, and the first of them. No damage.
    pub times: Differences,
    /// Files and folders whose permissions are others. No damage.
    pub modes: Differences,
    /// Why extra files were not looked for, if they were to be.
    pub extras_unknown: Option<String>,
}

/// How many, and the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// How many.
    pub count: u64,
    /// The first.
    pub first: Option<RawText>,
}

impl Differences {
    fn add(&mut self, path: &RawText) {
        self.count += 1;
        self.first.get_or_insert_with(|| path.clone());
    }
}

impl Verified {
    /// Is everything that was looked at as it was written?
    #[must_use]
    pub fn whole(&self) -> bool {
        !self.unproven && self.counts.is_empty()
    }

    /// How many findings there are.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// Verifies one category in one archive folder, and tells each finding. When it fails, what was told is void.
///
/// # Errors
/// When the archive is not there to be looked at, or the work was stopped.
pub fn verify(
    verification: &Verification<'_>,
    watch: &dyn Watch,
    found: &mut dyn FnMut(Finding),
) -> Result<Verified, Failure> {
    let mut verified = Verified { from_medium: true, ..Verified::default() };
    let mut counts = BTreeMap::new();
    let mut tell = |finding: Finding| {
        *counts.entry(finding.damage.word()).or_default() += 1;
        found(finding);
    };
    prove(verification)?;
    match ArchiveFolder::open(verification.folder) {
        Ok(folder) => {
            look(verification, &folder, watch, &mut tell, &mut verified)?;
            still_there(&folder)?;
            prove(verification)?;
        }
        // The volume has proven itself, so it is the folder that is gone or damaged.
        Err(Failure::Start(error))
            if verification.target.as_ref().is_some_and(|target| target.volume.is_some()) =>
        {
            let damage = match error {
                StartError::Missing { .. } => Damage::Missing,
                StartError::NotAFolder { .. } => {
                    Damage::Kind { listed: "folder", found: "thing of another kind" }
                }
                StartError::Refused { source, .. } => entry::refused(verification.folder, b"", source)?,
            };
            tell(Finding { path: RawText::default(), damage });
        }
        Err(failure) => return Err(failure),
    }
    verified.counts = counts;
    Ok(verified)
}

fn prove(verification: &Verification<'_>) -> Result<(), Failure> {
    verification.target.as_ref().map_or(Ok(()), Target::prove)
}

/// Is the folder at the path still the one that was opened? On a disk that was taken away everything is missing.
fn still_there(folder: &ArchiveFolder) -> Result<(), Failure> {
    let path = folder.path();
    let failed = |errno| Failure::io(Side::Target, "look at", path, b"")(errno);
    let now = Tree::open(path).map_err(|errno| StartError::new(path, errno))?;
    let (before, now) = (disk::stat_open(folder.tree.fd()), disk::stat_open(now.fd()));
    let (before, now) = (before.map_err(failed)?, now.map_err(failed)?);
    if (before.st_dev, before.st_ino) == (now.st_dev, now.st_ino) {
        return Ok(());
    }
    let what = "another folder is there than when the work began".into();
    Err(Failure::WrongVolume { path: path.to_owned(), what })
}

fn look(
    verification: &Verification<'_>,
    folder: &ArchiveFolder,
    watch: &dyn Watch,
    tell: &mut dyn FnMut(Finding),
    verified: &mut Verified,
) -> Result<(), Failure> {
    let (records, wrong) = beside::records(folder, verification.category, verification.whose)?;
    verified.unproven = records.is_empty() && wrong.is_none();
    wrong.into_iter().for_each(&mut *tell);
    let mut usable = !records.is_empty();
    for recorded in &records {
        let mut checking = Checking::new(verification, folder, recorded, watch, verified)?;
        match checking.all(tell) {
            Ok(()) => {}
            Err(ListFailure::Damaged(damage)) => {
                let path = RawText(recorded.category.list.as_bytes().to_vec());
                tell(Finding { path, damage });
                usable = false;
            }
            Err(ListFailure::Other(failure)) => return Err(failure),
        }
    }
    if !usable {
        verified.complete = false;
        return Ok(());
    }
    if verification.extras {
        verified.extras_unknown = match extra::find(folder, watch, tell) {
            Err(Failure::Io { errno, .. }) => {
                let damage = entry::refused(folder.path(), b"", errno)?;
                Some(format!("extra files could not be looked for: {damage}"))
            }
            other => other?,
        };
    }
    Ok(())
}
