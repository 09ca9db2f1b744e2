//! From an archive's list, or from what lies in it, to the plan of a restore.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::manifest::{Entry, HashKind, Kind, Origin};
use runstow_lifecycle::{Action, RawText};
use rustix::fs::{AtFlags, Stat, StatxFlags, statx};

use super::Restore;
use crate::archive::planned::{Damage, Way, look, planned as listed};
use crate::archive::{ArchiveFolder, Recorded, Twins, is_beside, is_record};
use crate::copy::{NotCopied, read_back};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::{Head, Journal, PlanFile};
use crate::list::{Where, list_whole};
use crate::plan::{Base, Digest, Planned, Stays, Totals, home};
use crate::skipped::SkipReason;
use crate::tree::{Parents, Tree, as_path, split};
use crate::walk;
use crate::watch::{Phase, Unseen, Watch};

/// What a first look at the list tells.
#[derive(Default)]
pub(super) struct Outline {
    /// The start folders that entries come from.
    pub(super) origins: BTreeSet<Origin>,
    /// Paths of files that have further names.
    twins: Twins,
    /// What is not ours to bring back.
    pub(super) left_alone: Vec<String>,
}

/// What goes to one start folder.
pub(super) struct Part<'a> {
    pub(super) restore: &'a Restore<'a>,
    pub(super) archive: &'a ArchiveFolder,
    pub(super) recorded: Option<&'a Recorded>,
    pub(super) outline: &'a Outline,
    pub(super) origin: Origin,
    pub(super) start: &'a Path,
}

/// Reads the list once.
pub(super) fn outline(
    restore: &Restore<'_>,
    archive: &ArchiveFolder,
    recorded: Option<&Recorded>,
) -> Result<Outline, Failure> {
    let mut outline = Outline::default();
    let Some(recorded) = recorded else {
        outline.origins.insert(home(restore.category));
        return Ok(outline);
    };
    let mut entries = archive.entries(&recorded.category)?;
    while let Some(entry) = entries.next()? {
        outline.twins.note(&entry);
        if entry.from == Origin::Linked {
            if !restore.report.report_dir.is_some_and(|dir| dir.join(as_path(&entry.path.0)).exists()) {
                outline.left_alone.push(format!("{}: it belongs to another report", entry.path));
            }
        } else {
            outline.origins.insert(entry.from);
        }
    }
    for origin in [Origin::Report, Origin::Run] {
        let known = match origin {
            Origin::Run => restore.run_dir.is_some(),
            _ => restore.report.report_dir.is_some(),
        };
        if outline.origins.contains(&origin) && !known {
            let what = if origin == Origin::Run { "run" } else { "report" };
            let why = format!(
                "it holds files of the {what}'s directory, and the catalog does not say where that is"
            );
            return Err(Failure::BadRecord { path: restore.from.to_owned(), why });
        }
    }
    Ok(outline)
}

/// Writes the plan into the journal.
pub(super) fn plan(part: &Part<'_>, journal: &Journal, watch: &dyn Watch) -> Result<Head, Failure> {
    watch.go_on()?;
    watch.advance(Phase::Plan, 0, 0);
    let mut gathering =
        Gathering { file: PlanFile::begin(journal)?, totals: Totals::default(), left_alone: Vec::new() };
    if part.recorded.is_some() {
        by_list(part, &mut gathering, watch)?;
    } else {
        by_looking(part, &mut gathering)?;
    }
    let Gathering { file, totals, left_alone } = gathering;
    if part.recorded.is_none() && totals.files + totals.links == 0 {
        let why = "nothing of the category lies in it; is the archive mounted?".into();
        return Err(Failure::BadRecord { path: part.restore.from.to_owned(), why });
    }
    let head = Head {
        entries: file.entries(),
        bases: vec![Base { origin: part.origin, path: part.restore.from.to_owned(), modified: None }],
        trash: Vec::new(),
        totals,
        digest: Digest::of_nothing(),
        made_by: journal.fence,
        left_alone,
        record: None,
    };
    file.finish(journal, head)
}

struct Gathering {
    file: PlanFile,
    totals: Totals,
    left_alone: Vec<String>,
}

impl Gathering {
    fn add(&mut self, planned: Planned) {
        match planned.kind {
            Kind::File => self.totals.files += 1,
            Kind::Link => self.totals.links += 1,
            Kind::Folder => self.totals.folders += 1,
        }
        self.totals.bytes += planned.identity.size;
        self.file.add(planned);
    }
}

fn by_list(part: &Part<'_>, gathering: &mut Gathering, watch: &dyn Watch) -> Result<(), Failure> {
    let Some(recorded) = part.recorded else { return Ok(()) };
    let was = recorded
        .category
        .folders
        .get(&part.origin)
        .map(|path| as_path(&path.0).to_owned())
        .unwrap_or_default();
    let start = Tree::open(part.start).map_err(|errno| walk::StartError::new(part.start, errno))?;
    let mut here = Parents::new(&start);
    let mut stored = Parents::new(&part.archive.tree);
    let mut damage = Damage::default();
    let mut entries = part.archive.entries(&recorded.category)?;
    while let Some(entry) = entries.next()? {
        watch.go_on()?;
        if entry.from != part.origin {
            continue;
        }
        if entry.kind == Kind::Folder {
            gathering.add(of_list(part, &entry, None, None));
            continue;
        }
        if entry.stays.is_some()
            && let Some(there) = lies_there(&mut here, &entry)
        {
            if entry.kind == Kind::File
                && !is_listed((part.start, &mut here), &entry, there, (recorded.category.hash, watch))?
            {
                let why = "it stayed where it was and is another by now; the archive's was left where it is";
                gathering
                    .left_alone
                    .push(format!("{}: {why}", part.start.join(as_path(&entry.origin().0)).display()));
            }
            continue;
        }
        match look(&mut stored, &entry, &was) {
            Ok((stat, text)) => gathering.add(of_list(part, &entry, Some(&stat), text)),
            Err(wrong) => damage.note(&part.archive.tree, &entry, wrong)?,
        }
    }
    damage.none()
}

/// What lies where an entry belongs.
fn lies_there(here: &mut Parents<'_>, entry: &Entry) -> Option<Identity> {
    let (folder, name) = here.of(&entry.origin().0).ok()?;
    let stat = disk::stat(folder, &name).ok()?;
    Some(Identity::from(&stat))
}

/// Is a file that stayed in its place the one that was archived? One that has another time by now is read.
fn is_listed(
    (start, here): (&Path, &mut Parents<'_>),
    entry: &Entry,
    there: Identity,
    (hash, watch): (HashKind, &dyn Watch),
) -> Result<bool, Failure> {
    if there.size != entry.size {
        return Ok(false);
    }
    let Some(listed) = entry.hash else { return Ok(true) };
    if (there.mtime, there.mtime_ns) == (entry.mtime, entry.mtime_ns) {
        return Ok(true);
    }
    let failed = |errno| Failure::io(Side::Source, "read", start, &entry.origin().0)(errno);
    let (folder, name) = here.of(&entry.origin().0).map_err(failed)?;
    match read_back(hash, folder, &name, Phase::Plan, &Unseen(watch)) {
        Ok(read) => Ok(read.hash == listed),
        Err(NotCopied::Stopped(stop)) => Err(stop.into()),
        Err(NotCopied::Changed | NotCopied::Damaged) => Ok(false),
        Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => Err(failed(errno)),
    }
}

fn of_list(part: &Part<'_>, entry: &Entry, stat: Option<&Stat>, text: Option<RawText>) -> Planned {
    let twin = part.outline.twins.of(entry);
    let (becomes, apart) = (entry.link.clone(), entry.origin.clone());
    listed(entry, Way { stat, text, becomes, apart, twin })
}

/// What the category's file set finds in an archive without a list.
fn by_looking(part: &Part<'_>, gathering: &mut Gathering) -> Result<(), Failure> {
    let restore = part.restore;
    let found = Mutex::new((&mut *gathering, BTreeSet::<Vec<u8>>::new(), Vec::new()));
    let listing = list_whole(Where::Archive(restore.from), &restore.report, &|listed| {
        if !listed.processes(Action::Export, restore.category) {
            return;
        }
        let file = listed.file();
        let mut path = file.path();
        if path.last() == Some(&b'/') {
            path.pop();
        }
        // Records and lists are not data; brought back, they would make the run look like an archive.
        if is_beside(&path) || std::str::from_utf8(&path).is_ok_and(is_record) {
            return;
        }
        let entry = file.stat().and_then(|stat| {
            let kind = match file.kind() {
                walk::Kind::File => Kind::File,
                walk::Kind::Link | walk::Kind::FolderLink => Kind::Link,
                walk::Kind::EmptyFolder => Kind::Folder,
            };
            let text = if kind == Kind::Link { Some(RawText(file.link_text()?)) } else { None };
            let stays = (kind == Kind::Folder).then_some(Stays::Folder);
            Ok(Planned::of(path, kind, &stat, text, stays))
        });
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        match entry {
            Ok(entry) => {
                let mut folder = split(&entry.path.0).0;
                while !folder.is_empty() && found.1.insert(folder.to_vec()) {
                    folder = split(folder).0;
                }
                found.0.add(entry);
            }
            Err(skipped) => found.2.push((listed.start().to_owned(), skipped)),
        }
    });
    let (gathering, folders, mut skipped) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    skipped.extend(listing.skipped);
    let lost = |skipped: &&(std::path::PathBuf, crate::Skipped)| {
        matches!(skipped.1.why, SkipReason::Refused(_) | SkipReason::Vanished)
    };
    if let crate::Presence::Failed(error) = listing.presences.archive {
        return Err(error.into());
    }
    if let Some((start, first)) = skipped.iter().find(lost) {
        let count = skipped.iter().filter(lost).count();
        return Err(Failure::Unreadable { count, first: format!("{}: {first}", start.display()) });
    }
    gathering
        .left_alone
        .extend(skipped.iter().map(|(start, skipped)| format!("{}: {skipped}", start.display())));
    for path in folders {
        let failed = |errno| Failure::io(Side::Source, "look at", restore.from, &path)(errno);
        let folder = part.archive.tree.folder(&path).map_err(failed)?;
        let stat = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS).map_err(failed)?;
        gathering.add(Planned::of(path, Kind::Folder, &stat, None, Some(Stays::Folder)));
    }
    Ok(())
}
