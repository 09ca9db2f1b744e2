//! Delete of an archived copy: the category's files, its list and its checksums go into the trash of the archive's own file
//! system, and its part of the record with them. What then lies in the trash is an archive folder by itself: a restore
//! can take it from there, with the same proof, until the trash is emptied.

mod doubles;
mod listing;
mod record;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Origin;
use rustix::io::Errno;

use super::bin::{Bin, below};
use super::put::move_all;
use super::{Place, Trashed, check_all};
use crate::archive::{ArchiveFolder, Whose};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::{Head, Journal, PlanFile};
use crate::plan::{Base, Digest};
use crate::remove::{Tidy, own_empty_folder};
use crate::target::{OpenTarget, Target};
use crate::tree::Tree;
use crate::watch::{Phase, Watch};
pub(super) use doubles::{make as make_double, remove as remove_double, take_back as take_double_back};
use listing::list_open;
pub use listing::{ArchivedFiles, list_archived};
pub(super) use record::{forget_record, strike, unstrike};

/// A delete of what an archive folder holds of one category.
pub struct DeleteArchived<'a> {
    /// Names the job among all that ever use this trash; letters, digits and hyphens.
    pub job: &'a str,
    /// Grows with each attempt of the job, whoever makes it.
    pub fence: u64,
    /// Where the plan of the delete lies: what [`super::home`] said of the archive folder.
    pub home: &'a Path,
    /// The archive folder.
    pub from: &'a Path,
    /// The category.
    pub category: Category,
    /// The report as the archive's record describes it.
    pub whose: Whose<'a>,
    /// The root of the archive, as far as it is known.
    pub roots: &'a [Target<'a>],
    /// The list that was agreed to; none for whichever is there.
    pub agreed: Option<Digest>,
}

/// The folder below that of a delete in which a deleted archive lies, as an archive folder.
#[must_use]
pub fn archive_in(folder: &Path) -> PathBuf {
    folder.join(below(0))
}

/// Puts the archived copy of a category into the trash. May be called again after anything; it goes on where it was. Files
/// that other categories of the folder have too stay, with a second name in the trash.
///
/// # Errors
/// [`Failure`]; call again when it is mended, or [`super::back`] to take back what was done. Without a list of Runstow
/// nothing tells which files are the category's alone, so none is touched.
pub fn put_archived(delete: &DeleteArchived<'_>, watch: &dyn Watch) -> Result<Trashed, Failure> {
    let place = Place { job: delete.job, home: delete.home, roots: delete.roots, now: &[] };
    let (bin, again) =
        Bin::begin(&place, delete.fence, |roots, journal| plan(delete, roots, journal, watch))?;
    watch.total(bin.head.totals.bytes, bin.head.totals.files);
    let mut done = move_all(&bin, Tidy::Archive, again, watch)?;
    done.not_as_listed = std::mem::take(&mut done.left_alone);
    // The archive folder itself, if nothing is left in it, and if it can be made again.
    if let Ok(below) = delete.from.strip_prefix(delete.home)
        && bin.roots.iter().any(|root| root.speaks_for(delete.from))
    {
        let home = Tree::open(delete.home).map_err(failed("tidy up", delete.home, b""))?;
        bin.check()?;
        own_empty_folder(&home, below.as_os_str().as_bytes());
    }
    Ok(done)
}

fn plan(
    delete: &DeleteArchived<'_>,
    roots: &[OpenTarget<'_>],
    journal: &Journal,
    watch: &dyn Watch,
) -> Result<Head, Failure> {
    watch.go_on()?;
    watch.advance(Phase::Plan, 0, 0);
    let folder = ArchiveFolder::open(delete.from)?;
    check_all(roots)?;
    let stat = disk::stat_open(folder.tree.fd()).map_err(failed("look at", delete.from, b""))?;
    let modified = Identity::from(&stat);
    let mut file = PlanFile::begin(journal)?;
    let found = list_open(&folder, delete.category, delete.whose, &mut |planned| {
        watch.go_on()?;
        file.add(planned);
        Ok(())
    })?;
    // What another disk holds is no plan.
    check_all(roots)?;
    if delete.agreed.is_some_and(|agreed| agreed != found.digest) {
        return Err(Failure::changed_plan(found.totals));
    }
    let head = Head {
        entries: file.entries(),
        bases: vec![Base {
            origin: Origin::Report,
            path: delete.from.to_owned(),
            modified: Some((modified.mtime, modified.mtime_ns)),
        }],
        trash: vec![delete.home.to_owned()],
        totals: found.totals,
        digest: found.digest,
        made_by: journal.fence,
        left_alone: found.damage,
        record: Some(found.record),
    };
    file.finish(journal, head)
}

fn failed(doing: &'static str, root: &Path, path: &[u8]) -> impl FnOnce(Errno) -> Failure + use<> {
    Failure::io(Side::Target, doing, root, path)
}
