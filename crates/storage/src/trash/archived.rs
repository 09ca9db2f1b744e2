//! Delete of an archived copy: the category's files, its list and its checksums go into the trash of the archive's own file
//! system, and its part of the record with them. What then lies in the trash is an archive folder by itself: a restore
//! can take it from there, with the same proof, until the trash is emptied.

use std::collections::{BTreeSet, HashSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use runstow_lifecycle::manifest::{Entry, Kind, Origin, Record};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::{AtFlags, Stat, StatxFlags, statx};
use rustix::io::Errno;

use super::bin::Bin;
use super::put::move_all;
use super::{Place, Trashed, check_all};
use crate::archive::planned::{Way, Wrong, look, planned as listed};
use crate::archive::{ArchiveFolder, Found, Recorded, read_record};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::{Head, Journal, PlanFile};
use crate::plan::{Base, Digest, Planned, Stays, Totals, planned};
use crate::remove::{Tidy, own_copy, own_empty_folder};
use crate::target::{OpenTarget, Target};
use crate::transfer::write_record;
use crate::tree::{Parents, Tree, as_path, c_name, split};
use crate::watch::{Phase, Watch};

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
    /// The root of the archive, as far as it is known.
    pub roots: &'a [Target<'a>],
    /// The list that was agreed to; none for whichever is there.
    pub agreed: Option<Digest>,
}

/// The folder below that of a delete in which a deleted archive lies, as an archive folder.
#[must_use]
pub fn archive_in(folder: &Path) -> PathBuf {
    folder.join("files-0")
}

/// Puts the archived copy of a category into the trash. May be called again after anything; it goes on where it was. Files
/// that other categories of the folder have too stay, and so does what is not as the list says.
///
/// # Errors
/// [`Failure`]; call again when it is mended, or [`super::back`] to take back what was done. Without a list of Runstow
/// nothing tells which files are the category's alone, so none is touched.
pub fn put_archived(delete: &DeleteArchived<'_>, watch: &dyn Watch) -> Result<Trashed, Failure> {
    let place = Place { job: delete.job, home: delete.home, roots: delete.roots };
    let (bin, again) =
        Bin::begin(&place, delete.fence, |roots, journal| plan(delete, roots, journal, watch))?;
    watch.total(bin.head.totals.bytes, bin.head.totals.files);
    let done = move_all(&bin, Tidy::Archive, again, watch)?;
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
    let recorded = folder.category(delete.category)?.ok_or_else(|| Failure::BadRecord {
        path: delete.from.to_owned(),
        why: format!(
            "no list of Runstow tells which files are {} and nothing else, so nothing of it is deleted",
            delete.category.ts_name()
        ),
    })?;
    let digest = Digest::of_list(&recorded.category);
    if delete.agreed.is_some_and(|agreed| agreed != digest) {
        let Recorded { category, .. } = recorded;
        let now = Totals { files: category.files, bytes: category.bytes, ..Totals::default() };
        return Err(Failure::changed_plan(now));
    }
    let stat = disk::stat_open(folder.tree.fd()).map_err(failed("look at", delete.from, b""))?;
    let modified = Identity::from(&stat);
    let mut gathering =
        Gathering { file: PlanFile::begin(journal)?, totals: Totals::default(), left_alone: Vec::new() };
    gather(delete.category, &folder, &recorded, &mut gathering, watch)?;
    let Gathering { file, totals, left_alone } = gathering;
    let head = Head {
        entries: file.entries(),
        bases: vec![Base {
            origin: Origin::Report,
            path: delete.from.to_owned(),
            modified: Some((modified.mtime, modified.mtime_ns)),
        }],
        trash: vec![delete.home.to_owned()],
        totals,
        digest,
        made_by: journal.fence,
        left_alone,
        record: Some(recorded.name),
    };
    file.finish(journal, head)
}

struct Gathering {
    file: PlanFile,
    totals: Totals,
    left_alone: Vec<String>,
}

/// Plans what the list tells, and list and checksums themselves.
fn gather(
    category: Category,
    folder: &ArchiveFolder,
    recorded: &Recorded,
    gathering: &mut Gathering,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let of_others = of_others(category, folder, watch)?;
    let mut stored = Parents::new(&folder.tree);
    let mut folders = BTreeSet::new();
    let mut entries = folder.entries(&recorded.category)?;
    while let Some(entry) = entries.next()? {
        watch.go_on()?;
        let mut above = if entry.kind == Kind::Folder { &entry.path.0[..] } else { split(&entry.path.0).0 };
        while !above.is_empty() && folders.insert(above.to_vec()) {
            above = split(above).0;
        }
        if entry.kind == Kind::Folder {
            continue;
        }
        if of_others.contains(&short(&entry.path)) {
            gathering.totals.needed_files += 1;
            gathering.totals.needed_bytes += entry.size;
            continue;
        }
        let was = recorded.category.folders.get(&entry.from).map(|path| as_path(&path.0).to_owned());
        match look(&mut stored, &entry, &was.unwrap_or_default()) {
            Ok((stat, text)) => {
                gathering.totals.bytes += if entry.kind == Kind::File { entry.size } else { 0 };
                match entry.kind {
                    Kind::File => gathering.totals.files += 1,
                    _ => gathering.totals.links += 1,
                }
                gathering.file.add(as_it_lies(&entry, &stat, text));
            }
            Err(Wrong::Damaged(why)) => {
                let path = folder.path().join(as_path(&entry.path.0));
                gathering.left_alone.push(format!("{}: {why}", path.display()));
            }
            Err(Wrong::System(errno)) => {
                return Err(failed("look at", folder.path(), &entry.path.0)(errno));
            }
        }
    }
    for path in folders {
        gathering.folder(&folder.tree, path)?;
    }
    // Last, so that what is interrupted still has its list beside it.
    for name in [&recorded.category.checksums, &recorded.category.list] {
        let path = name.clone().into_bytes();
        let found = c_name(&path).and_then(|name| {
            statx(folder.tree.fd(), &name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)
        });
        match found {
            Ok(stat) => gathering.file.add(planned(path, Kind::File, &stat, None, None)),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed("look at", folder.path(), &path)(errno)),
        }
    }
    Ok(())
}

impl Gathering {
    /// Folders that become empty are removed, and come back with the files.
    fn folder(&mut self, tree: &Tree, path: Vec<u8>) -> Result<(), Failure> {
        let found = tree
            .folder(&path)
            .and_then(|folder| statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS));
        match found {
            Ok(stat) => {
                self.totals.folders += 1;
                self.file.add(planned(path, Kind::Folder, &stat, None, Some(Stays::Folder)));
                Ok(())
            }
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(()),
            Err(errno) => Err(failed("look at", tree.path(), &path)(errno)),
        }
    }
}

/// An entry of the list that was found in the archive.
fn as_it_lies(entry: &Entry, stat: &Stat, text: Option<RawText>) -> Planned {
    let way = Way { stat: Some(stat), text, becomes: None, apart: None, twin: None };
    Planned { original: None, ..listed(entry, way) }
}

/// Files and links that other categories of the folder have: they may have the same as this one.
fn of_others(
    category: Category,
    folder: &ArchiveFolder,
    watch: &dyn Watch,
) -> Result<HashSet<u128>, Failure> {
    let mut all = HashSet::new();
    for (_, record) in folder.records()? {
        for (_, other) in record.categories.iter().filter(|(other, _)| **other != category) {
            let mut entries = folder.entries(other)?;
            while let Some(entry) = entries.next()? {
                watch.go_on()?;
                if entry.kind != Kind::Folder {
                    all.insert(short(&entry.path));
                }
            }
        }
    }
    Ok(all)
}

/// A path in 16 bytes.
fn short(path: &RawText) -> u128 {
    let hash = blake3::hash(&path.0);
    hash.as_bytes().first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

/// Takes the category out of the archive's record, before its first file goes: what is not whole is not visible as an
/// archive. Its part of the record lies in the trash from then on.
pub(super) fn strike(bin: &Bin<'_>, name: &str, watch: &dyn Watch) -> Result<(), Failure> {
    let Some((place, trash)) = places(bin, true)? else { return Ok(()) };
    let Found::Record(mut record) = read_record(&place, name)? else { return Ok(()) };
    let Some((category, own)) = of_list(&record, bin.head.digest) else { return Ok(()) };
    if record.categories.len() == 1 {
        let name = record_name(&place, name)?;
        let failed = |errno| failed("move", place.path(), name.as_bytes())(errno);
        disk::replace_record(place.fd(), &name, trash.fd(), &name).map_err(failed)?;
        disk::sync(trash.fd()).map_err(failed)?;
        return disk::sync(place.fd()).map_err(failed);
    }
    write_record(&bin.journal, watch, &own, &trash, name)?;
    record.categories.remove(&category);
    write_record(&bin.journal, watch, &record, &place, name)
}

/// Puts the category back into the archive's record, when all its files are there again.
pub(super) fn unstrike(bin: &Bin<'_>, name: &str, watch: &dyn Watch) -> Result<(), Failure> {
    let Some((place, trash)) = places(bin, false)? else { return Ok(()) };
    let Found::Record(own) = read_record(&trash, name)? else { return Ok(()) };
    let file = record_name(&place, name)?;
    let failed = |errno| failed("give back", place.path(), name.as_bytes())(errno);
    match read_record(&place, name)? {
        Found::Nothing => disk::rename_new(trash.fd(), &file, place.fd(), &file).map_err(failed)?,
        Found::Other => return Err(Failure::Occupied { path: place.path().join(name) }),
        Found::Record(mut record) => {
            for (category, part) in own.categories {
                if record.categories.get(&category).is_some_and(|there| there.list_hash != part.list_hash) {
                    return Err(Failure::Occupied { path: place.path().join(name) });
                }
                record.categories.insert(category, part);
            }
            write_record(&bin.journal, watch, &record, &place, name)?;
            own_copy(trash.fd(), &file).map_err(failed)?;
        }
    }
    disk::sync(place.fd()).map_err(failed)
}

/// Removes the part of the record that lay in the trash with the files.
pub(super) fn forget_record(trash: &Tree, name: &str) -> Result<(), Failure> {
    own_copy(trash.fd(), &record_name(trash, name)?).map_err(failed("remove", trash.path(), name.as_bytes()))
}

/// The archive folder, and what there is of it in the trash. None: one of both is gone.
fn places(bin: &Bin<'_>, make: bool) -> Result<Option<(Tree, Tree)>, Failure> {
    let mut sides = bin.sides(make)?;
    let first = if sides.is_empty() { None } else { Some(sides.swap_remove(0)) };
    Ok(first.and_then(|sides| Some((sides.start?, sides.trash?))))
}

/// The category of a record whose list this is, and a record of it alone.
fn of_list(record: &Record, digest: Digest) -> Option<(Category, Record)> {
    let (category, part) =
        record.categories.iter().find(|(_, category)| Digest::of_list(category) == digest)?;
    let categories = std::iter::once((*category, part.clone())).collect();
    Some((*category, Record { categories, ..record.clone() }))
}

fn record_name(tree: &Tree, name: &str) -> Result<std::ffi::CString, Failure> {
    c_name(name.as_bytes()).map_err(failed("name", tree.path(), name.as_bytes()))
}

fn failed(doing: &'static str, root: &Path, path: &[u8]) -> impl FnOnce(Errno) -> Failure + use<> {
    Failure::io(Side::Target, doing, root, path)
}
