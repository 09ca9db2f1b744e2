//! Archive and export: plan, copy, prove, give the copies their place, and only then, for an archive, remove the sources
//! (lifecycle.md §4).
//!
//! [`run`] may be called again after anything: a kill, a failure, a lost target. It goes on where the journal says.

mod again;
mod archived;
mod batch;
mod beside;
mod existing;
mod folders;
mod hard_links;
mod how_far;
mod planning;
mod proven;
mod publish;
mod record;
mod same_place;
mod sources;
mod undo;

use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::HashKind;

use crate::archive::Whose;
use crate::copy::Lacking;
use crate::failure::{Failure, Side};
use crate::journal::{Head, INCOMING, Journal, PlanReader, Slots};
use crate::plan::{Agreed, Digest, Selection, Totals};
use crate::remove;
use crate::target::{OpenTarget, Target};
use crate::tree::Tree;
use crate::watch::{Phase, Watch};
pub use archived::{Archived, export};
pub(crate) use batch::copy_all;
pub use how_far::{is_complete, may_have_removed};
pub use planning::check;
pub(crate) use proven::Proven;
pub(crate) use publish::{complete, place_all};
pub use record::Description;
pub(crate) use record::write_record;
pub(crate) use sources::moved_away;
pub use undo::undo;
pub(crate) use undo::undo_copies;

/// An archive or export of one category of one report.
pub struct Transfer<'a> {
    /// Names the job among all that ever use this target; letters, digits and hyphens.
    pub job: &'a str,
    /// Grows with each attempt of the job, whoever makes it.
    pub fence: u64,
    /// What is moved.
    pub selection: Selection<'a>,
    /// The storage roots that the start folders lie on, as far as they are known.
    pub roots: &'a [Target<'a>],
    /// The destination.
    pub target: Target<'a>,
    /// The folder below the destination's root, such as `archivedReports/NAME`.
    pub folder: &'a str,
    /// The plan that was agreed to; none to carry out whatever is found.
    pub agreed: Option<Agreed>,
    /// How contents are hashed.
    pub hash: HashKind,
    /// What the record beside the data says.
    pub description: Description<'a>,
    /// Remove the sources (archive), or leave them (export).
    pub removal: Option<Removal>,
}

/// How sources are removed.
#[derive(Clone, Copy, Debug)]
pub struct Removal {
    /// Remove folders that became empty, as the file set says.
    pub tidy: bool,
}

/// What a move did.
#[derive(Clone, Debug)]
pub struct Done {
    /// What was copied.
    pub totals: Totals,
    /// The plan that was carried out.
    pub digest: Digest,
    /// The folder of the copies.
    pub folder: PathBuf,
    /// All copies were surely read back from the medium. Otherwise the system was asked to forget what it held in memory,
    /// which some network mounts do not do.
    pub from_medium: bool,
    /// What copies could not be given of the metadata of their sources. The list beside the data has it.
    pub lacking: Lacking,
    /// Names that were removed, and their apparent size in bytes.
    pub removed: u64,
    /// Apparent size of what was removed, in bytes.
    pub removed_bytes: u64,
    /// Names that were gone from their place before their turn came: an earlier attempt that was killed has removed them, or somebody
    /// else has. All had a proven copy.
    pub gone_before: u64,
    /// Sources that were to be removed and stay, with the reason.
    pub kept: Vec<String>,
    /// What could not be looked at and was left alone, with the reason.
    pub left_alone: Vec<String>,
}

/// A transfer that is being carried out.
pub(crate) struct Run<'r> {
    pub(crate) category: Category,
    pub(crate) hash: HashKind,
    pub(crate) watch: &'r dyn Watch,
    pub(crate) roots: Vec<OpenTarget<'r>>,
    pub(crate) target: OpenTarget<'r>,
    pub(crate) journal: Journal,
    pub(crate) slots: Slots,
    pub(crate) head: Head,
    /// The start folders, as far as they are there.
    pub(crate) bases: Vec<Option<Tree>>,
    pub(crate) folder: &'r str,
}

/// Carries out a transfer. `published` is told when every copy is proven and in its place, and before any source is
/// removed: there the catalog records it, or refuses. Up to then [`undo`] takes all of it back.
///
/// # Errors
/// [`Failure`]; call again when it is mended. Nothing that has no proven copy was removed.
pub fn run(
    transfer: &Transfer<'_>,
    watch: &dyn Watch,
    published: &mut dyn FnMut(&Done) -> Result<(), Failure>,
) -> Result<Done, Failure> {
    let roots = transfer.roots.iter().cloned().map(OpenTarget::open).collect::<Result<_, _>>()?;
    let target = OpenTarget::open(transfer.target.clone())?;
    let mut journal = Journal::open(&target.tree, INCOMING, transfer.job, transfer.fence)?;
    if journal.is_given_up()? {
        // Half of it may be gone. What is wanted after all begins anew, when all of it is.
        undo(&transfer.target, transfer.job, transfer.folder)?;
        journal = Journal::open(&target.tree, INCOMING, transfer.job, transfer.fence)?;
    }
    let head = planning::plan(transfer, &target, &journal, watch)?;
    let slots = Slots::open(&journal, &head)?;
    let bases = head.bases.iter().map(|base| open_base(&base.path)).collect::<Result<_, _>>()?;
    watch.total(head.totals.bytes, head.totals.files);
    let own = |base: &&crate::plan::Base| base.origin != runstow_lifecycle::manifest::Origin::Linked;
    if transfer.removal.is_some() {
        Failure::if_open(head.bases.iter().filter(own).map(|base| base.path.as_path()))?;
    }
    let run = Run {
        category: transfer.selection.category,
        hash: transfer.hash,
        watch,
        roots,
        target,
        journal,
        slots,
        head,
        bases,
        folder: transfer.folder,
    };
    same_place::refuse(&run)?;
    let proven = if run.journal.copies_again()? {
        again::copy(&run)?
    } else if run.journal.is_complete()? {
        Proven::of(&run)?
    } else {
        batch::copy_all(&run)?;
        still_free(&run.target, run.folder, run.category, &transfer.description, false)?;
        publish::publish(&run, &transfer.description, &record::Contents::Plan)?
    };
    let mut done = Done {
        totals: run.head.totals,
        digest: run.head.digest,
        folder: transfer.target.root.join(transfer.folder),
        from_medium: proven.from_medium,
        lacking: proven.lacking,
        removed: 0,
        removed_bytes: 0,
        gone_before: 0,
        kept: Vec::new(),
        left_alone: run.head.left_alone.clone(),
    };
    published(&done)?;
    if let Some(removal) = transfer.removal {
        run.journal.clear_untouched()?;
        sources::remove(&run, removal, &mut done)?;
    }
    Ok(done)
}

/// The first of `folder`, `folder.2`, `folder.3`, … below a target that may take this category of this report and that is not
/// `taken` by a move that has not come to its end: an archive that was made before, or one of another report or run of the same
/// name, is never mixed with a new one.
///
/// # Errors
/// When the target does not answer.
pub fn free_folder(
    root: &Path,
    folder: &str,
    category: Category,
    whose: Whose<'_>,
    taken: &dyn Fn(&str) -> bool,
) -> Result<String, Failure> {
    let tree = Tree::open(root).map_err(|errno| crate::walk::StartError::new(root, errno))?;
    let mut candidate = folder.to_owned();
    for number in 2_u64.. {
        let free = !taken(&candidate)
            && match tree.within(candidate.as_bytes()) {
                Err(rustix::io::Errno::NOENT) => true,
                place => {
                    let failed = Failure::io(Side::Target, "look into", root, candidate.as_bytes());
                    record::is_free(&place.map_err(failed)?, category, whose)?
                }
            };
        if free {
            break;
        }
        candidate = format!("{folder}.{number}");
    }
    Ok(candidate)
}

/// Is the folder that was chosen still free of what belongs to others? Another move may have come there first.
fn still_free(
    target: &OpenTarget<'_>,
    folder: &str,
    category: Category,
    description: &Description<'_>,
    strict: bool,
) -> Result<(), Failure> {
    match target.tree.within(folder.as_bytes()) {
        Ok(place) => record::others_in(&place, category, description.whose(), strict),
        Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(errno) => {
            Err(Failure::io(Side::Target, "look into", target.tree.path(), folder.as_bytes())(errno))
        }
    }
}

/// Forgets the journal of a job that has ended and is recorded. Copies of it that never got their place go with it.
///
/// # Errors
/// When the target does not answer; then it is left for another time.
pub fn forget(target: &Target<'_>, job: &str) -> Result<(), Failure> {
    let target = OpenTarget::open(target.clone())?;
    remove::own_folder(&target.tree, INCOMING, job).map_err(Failure::io(
        Side::Target,
        "remove the journal in",
        target.tree.path(),
        INCOMING.as_bytes(),
    ))
}

/// A start folder, unless it is gone: then nothing is left of it that could be removed.
fn open_base(path: &Path) -> Result<Option<Tree>, Failure> {
    match Tree::open(path) {
        Ok(tree) => Ok(Some(tree)),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(errno) => Err(Failure::io(Side::Source, "open", path, b"")(errno)),
    }
}

impl Run<'_> {
    fn reader(&self) -> Result<PlanReader<'_>, Failure> {
        match PlanReader::open(&self.journal)? {
            Some((reader, _)) => Ok(reader),
            None => Err(Failure::Journal {
                path: self.journal.path().join("plan"),
                why: "it is no longer whole".into(),
            }),
        }
    }

    /// The start folder of an entry.
    fn base(&self, base: usize) -> Result<&Tree, Failure> {
        self.bases.get(base).and_then(Option::as_ref).ok_or_else(|| {
            let path = self.head.bases.get(base).map(|base| base.path.clone()).unwrap_or_default();
            Failure::Start(crate::walk::StartError::Missing { path })
        })
    }

    /// The path below the target of what has its place.
    fn placed(&self, stored: &[u8]) -> Vec<u8> {
        if self.folder.is_empty() { stored.to_vec() } else { [self.folder.as_bytes(), b"/", stored].concat() }
    }

    fn progress(&self, phase: Phase, bytes: u64, files: u64) {
        self.watch.advance(phase, bytes, files);
    }
}
