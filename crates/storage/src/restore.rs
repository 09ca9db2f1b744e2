//! Restore from an archive: copy back, prove, and give everything the place that it had. What is in its place already and
//! equal is fine; nothing is ever overwritten.
//!
//! The archive's list is the plan: each file's content is compared with the hash that was taken when it was archived, both
//! on the way and read back from the medium. What Torrent Suite archived has no list: its files are found as the category's file set
//! finds them, hashed on the way, and no proof exists that they are what once was archived.

mod apart;
mod onboard;
mod planning;

use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{HashKind, Origin};
use uuid::Uuid;

use crate::archive::{ArchiveFolder, Whose};
use crate::copy::Lacking;
use crate::failure::{Failure, Side};
use crate::journal::{INCOMING, Journal, PlanReader, Slots};
use crate::remove;
use crate::survey::ReportFiles;
use crate::target::{OpenTarget, Target};
use crate::transfer::{self, Proven, Run, complete, copy_all, place_all};
use crate::trash::{home, innermost, make_start, proven};
use crate::tree::Tree;
use crate::walk::StartError;
use crate::watch::Watch;
pub use apart::place_elsewhere;
use planning::Part;

/// A restore of one category of one report from an archive.
pub struct Restore<'a> {
    /// Names the job among all that ever use these storage roots; letters, digits and hyphens.
    pub job: &'a str,
    /// Grows with each attempt of the job, whoever makes it.
    pub fence: u64,
    /// The folder that the category lies in.
    pub from: &'a Path,
    /// The root of the archive, as far as it is known.
    pub archive: Option<Target<'a>>,
    /// The category.
    pub category: Category,
    /// The report as the archive's record describes it.
    pub whose: Whose<'a>,
    /// The report, by which files are found where there is no list.
    pub report: ReportFiles<'a>,
    /// Where the run's files go.
    pub run_dir: Option<&'a Path>,
    /// The storage roots that both start folders lie on.
    pub roots: &'a [Target<'a>],
}

/// What a restore did.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// The start folders that files were brought back to.
    pub into: Vec<PathBuf>,
    /// Regular files, by name, that are in their place.
    pub files: u64,
    /// Their apparent size in bytes.
    pub bytes: u64,
    /// The content of each was compared with the hash that was taken when it was archived.
    pub proven: bool,
    /// All copies were surely read back from the medium.
    pub from_medium: bool,
    /// What could not be given back of owners, permissions, times and attributes.
    pub lacking: Lacking,
    /// What was not brought back, with the reason: it belongs to others, or is there in another form.
    pub left_alone: Vec<String>,
}

/// Carries out a restore. May be called again after anything; it goes on where it was. Afterwards, when that is recorded,
/// [`forget`].
///
/// # Errors
/// [`Failure`]; call again when it is mended. The archive is never changed.
pub fn run(restore: &Restore<'_>, watch: &dyn Watch) -> Result<Restored, Failure> {
    let archive_root = restore.archive.clone().map(OpenTarget::open).transpose()?;
    let archive = ArchiveFolder::open(restore.from)?;
    let recorded = archive.category(restore.category, restore.whose)?;
    let outline = planning::outline(restore, &archive, recorded.as_ref())?;
    let mut restored = Restored {
        proven: recorded.is_some(),
        from_medium: true,
        left_alone: outline.left_alone.clone(),
        ..Restored::default()
    };
    for (origin, start) in places(restore) {
        if !outline.origins.contains(&origin) {
            continue;
        }
        apart::from_archive(start, restore.from)?;
        let part = Part {
            restore,
            archive: &archive,
            recorded: recorded.as_ref(),
            outline: &outline,
            origin,
            start,
        };
        one_place(&part, archive_root.as_ref(), watch, &mut restored)?;
        restored.into.push(start.to_owned());
    }
    if restore.category == Category::Basecall && outline.origins.contains(&Origin::Run) {
        onboard::link(restore, &mut restored.left_alone)?;
    }
    Ok(restored)
}

fn places<'a>(restore: &Restore<'a>) -> Vec<(Origin, &'a Path)> {
    let report = restore.report.report_dir.map(|dir| (Origin::Report, dir));
    report.into_iter().chain(restore.run_dir.map(|dir| (Origin::Run, dir))).collect()
}

/// The journal of one start folder.
fn journal_name(job: &str, origin: Origin) -> String {
    match origin {
        Origin::Run => format!("{job}-run"),
        Origin::Report | Origin::Linked => format!("{job}-report"),
    }
}

/// The storage root that a start folder is on, or was on before it went, and the folder's path below. None for one that is
/// gone and of which no root is known: nothing of ours is left of it.
fn root_and_folder(start: &Path, roots: &[Target<'_>]) -> Result<Option<(PathBuf, String)>, Failure> {
    let root = match home(start, roots) {
        Err(Failure::Start(StartError::Missing { .. })) => innermost(start, roots).map(Path::to_owned),
        other => Some(other?),
    };
    let Some(root) = root else { return Ok(None) };
    let folder = start.strip_prefix(&root).ok().and_then(Path::to_str);
    let folder = folder.ok_or_else(|| Failure::BadRecord {
        path: start.to_owned(),
        why: "its name is not UTF-8, and nothing can be restored there".into(),
    })?;
    let folder = folder.to_owned();
    Ok(Some((root, folder)))
}

/// The marker of a root.
fn marker_of(root: &Path, roots: &[Target<'_>]) -> Option<Uuid> {
    roots.iter().find(|known| known.root == root).and_then(|known| known.volume)
}

fn one_place(
    part: &Part<'_>,
    archive_root: Option<&OpenTarget<'_>>,
    watch: &dyn Watch,
    restored: &mut Restored,
) -> Result<(), Failure> {
    let restore = part.restore;
    make_start(part.start, &proven(restore.roots)?)?;
    let missing = || StartError::Missing { path: part.start.to_owned() };
    let (root, folder) = root_and_folder(part.start, restore.roots)?.ok_or_else(missing)?;
    let target = OpenTarget::open(Target { root: &root, volume: marker_of(&root, restore.roots) })?;
    let name = journal_name(restore.job, part.origin);
    let journal = Journal::open(&target.tree, INCOMING, &name, restore.fence)?;
    let head = match PlanReader::open(&journal)? {
        Some((_, head)) => head,
        None => planning::plan(part, &journal, watch)?,
    };
    let slots = Slots::open(&journal, &head)?;
    watch.total(head.totals.bytes, head.totals.files);
    let base = Tree::open(restore.from).map_err(|errno| StartError::new(restore.from, errno))?;
    restored.left_alone.extend(head.left_alone.iter().cloned());
    let run = Run {
        category: restore.category,
        hash: part.recorded.map_or(HashKind::Blake3, |recorded| recorded.category.hash),
        watch,
        roots: proven(restore.roots)?,
        target,
        journal,
        slots,
        head,
        bases: vec![Some(base)],
        folder: &folder,
    };
    let proven = if run.journal.is_complete()? {
        Proven::of(&run)?
    } else {
        copy_all(&run)?;
        if let Some(root) = archive_root {
            root.check()?;
        }
        let (_, proven) = place_all(&run, 0)?;
        complete(&run)?;
        proven
    };
    restored.from_medium &= proven.from_medium;
    restored.lacking.add(proven.lacking);
    restored.files += run.head.totals.files;
    restored.bytes += run.head.totals.bytes;
    Ok(())
}

/// Forgets the journals of a restore that has ended and is recorded.
///
/// # Errors
/// When a storage root does not answer; then they are left for another time.
pub fn forget(job: &str, starts: &[(Origin, &Path)], roots: &[Target<'_>]) -> Result<(), Failure> {
    proven(roots)?;
    for (origin, start) in starts {
        let Some((root, _)) = root_and_folder(start, roots)? else { continue };
        let target = OpenTarget::open(Target { root: &root, volume: marker_of(&root, roots) })?;
        let tree = &target.tree;
        remove::own_folder(tree, INCOMING, &journal_name(job, *origin)).map_err(Failure::io(
            Side::Target,
            "remove the journal in",
            &root,
            INCOMING.as_bytes(),
        ))?;
        remove::own_empty_folder(tree, INCOMING.as_bytes());
    }
    Ok(())
}

/// Removes what a restore has brought back. The archive has it all.
///
/// # Errors
/// When a storage root does not answer; call again then.
pub fn undo(job: &str, starts: &[(Origin, &Path)], roots: &[Target<'_>]) -> Result<(), Failure> {
    proven(roots)?;
    for (origin, start) in starts {
        let Some((root, folder)) = root_and_folder(start, roots)? else { continue };
        let target = Target { root: &root, volume: marker_of(&root, roots) };
        transfer::undo_copies(&target, &journal_name(job, *origin), &folder)?;
        if let Ok(tree) = Tree::open(&root) {
            remove::own_empty_folder(&tree, INCOMING.as_bytes());
        }
    }
    Ok(())
}
