//! Archives in a directory, without a catalog.

use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_storage::verify::{Choice, Finding, Verification, Verified, places, verify};
use runstow_storage::{Failure, Watch};

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum BareTold<'a> {
    /// Something is wrong in this folder. Void if the work fails afterwards.
    Found(&'a Path, Finding),
    /// A category was looked at.
    Read(Bare),
}

/// One category of one archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Bare {
    /// The archive folder.
    pub folder: PathBuf,
    /// The category; none where nothing of Runstow lies.
    pub category: Option<Category>,
    /// What was looked at; nothing where it can not be compared.
    pub verified: Verified,
}

/// Verifies the archives in a directory: itself, or those below the root of an archive. Findings are
/// told as they are found, then what was looked at. Blocks. Gives how many categories were looked at.
///
/// # Errors
/// When the directory can not be read, or the work was stopped.
pub fn verify_bare(
    dir: &Path,
    categories: &[Category],
    choice: Choice,
    watch: &dyn Watch,
    told: &mut dyn FnMut(BareTold<'_>),
) -> Result<u64, Failure> {
    let mut count = 0;
    for place in places(dir)? {
        if place.unproven {
            let verified = Verified { unproven: true, ..Verified::default() };
            told(BareTold::Read(Bare { folder: place.folder, category: None, verified }));
            count += 1;
            continue;
        }
        // The folder is looked through for extra files once, whatever lies in it.
        let mut extras = true;
        for category in place.categories.iter().filter(|category| categories.contains(category)) {
            let verification = Verification {
                folder: &place.folder,
                target: None,
                category: *category,
                whose: None,
                choice,
                extras,
            };
            let mut found = |finding| told(BareTold::Found(&place.folder, finding));
            let verified = verify(&verification, watch, &mut found)?;
            let folder = place.folder.clone();
            told(BareTold::Read(Bare { folder, category: Some(*category), verified }));
            count += 1;
            extras = false;
        }
    }
    Ok(count)
}
