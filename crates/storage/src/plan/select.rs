//! From a report's start folders to the entries of a plan.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::manifest::{Kind, Origin};
use runstow_lifecycle::{Action, Category, CategorySet, RawText};
use rustix::fs::{AtFlags, StatxFlags, statx};
use serde::{Deserialize, Serialize};

use super::common::Common;
use super::digest::{self, Digest, Summing};
use super::entry::{self, Base, Planned, Stays};
use super::place::Places;
use crate::list::{Listed, Where, list_whole};
use crate::onboard::has_onboard_component;
use crate::survey::{Presences, ReportFiles};
use crate::tree::{Tree, as_path, split};
use crate::{Skipped, walk};

/// What is to be planned.
pub struct Selection<'a> {
    /// The report's folder and file set.
    pub report: ReportFiles<'a>,
    /// The run's folder.
    pub run_dir: Option<&'a Path>,
    /// The category.
    pub category: Category,
    /// Archive, export or delete.
    pub action: Action,
    /// Categories of this report whose files are gone or going.
    pub disposed: CategorySet,
    /// Categories whose files are gone or going for every report of the run: what lies in the run's folder is needed as
    /// long as one report needs it (categories.md D17).
    pub disposed_in_run: CategorySet,
    /// Who else has the files of this category that lie in the run's folder.
    pub others: Others,
}

/// Other reports of the run whose files of the category are still in their place. What lies in the run's folder is theirs
/// too, and is removed with the last of them. Signal files are those of the run, whoever asks: nobody else has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// There is such a report.
    pub any: bool,
    /// There is one that uses the instrument's results.
    pub onboard: bool,
}

/// Sums of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Regular files, by name.
    pub files: u64,
    /// Links to files, broken links.
    pub links: u64,
    /// Folders, and links to folders.
    pub folders: u64,
    /// Apparent size of all files in bytes.
    pub bytes: u64,
    /// Files and links that are not removed.
    pub stay_files: u64,
    /// Their apparent size in bytes.
    pub stay_bytes: u64,
    /// Those of them that stay only as long as another category or report needs them.
    #[serde(default)]
    pub needed_files: u64,
    /// Their apparent size in bytes.
    #[serde(default)]
    pub needed_bytes: u64,
}

/// What surrounds the entries of a plan.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The folders that entries name by their place in this list.
    pub bases: Vec<Base>,
    /// Whether the start folders could be walked.
    pub presences: Presences,
    /// What could not be looked at, with its start folder. Nothing of it is moved.
    pub skipped: Vec<(PathBuf, Skipped)>,
    /// Sums.
    pub totals: Totals,
    /// The plan in 32 bytes.
    pub digest: Digest,
    /// The same of what no other move of a request can take.
    pub own: Digest,
    /// What others can take too.
    pub common: Common,
}

/// Shows every entry that an action on a category touches, with its start folder, in no order; folders come last.
pub fn select(selection: &Selection<'_>, each: &mut (dyn FnMut(Planned, &Base) + Send)) -> Selected {
    let home = entry::home(selection.category);
    let (home_dir, other) = match home {
        Origin::Run => (selection.run_dir, Origin::Report),
        _ => (selection.report.report_dir, Origin::Run),
    };
    let (places, unreadable) = match Places::new(home_dir, other) {
        Ok(places) => (Some(places), None),
        Err(errno) => (None, Some(errno)),
    };
    let state = Mutex::new(State {
        bases: Vec::new(),
        linked: HashMap::new(),
        folders: BTreeSet::new(),
        totals: Totals::default(),
        summing: Summing::default(),
        own: Summing::default(),
        common: Common::default(),
        skipped: Vec::new(),
        each,
    });
    let pages = pages_of(selection);
    let listing = list_whole(Where::Local(selection.run_dir), &selection.report, &|listed| {
        if !listed.processes(selection.action, selection.category) {
            return;
        }
        let page = selection.report.report_dir == Some(listed.start()) && pages.contains(&listed.path());
        let planned = plan_entry(selection, listed, page);
        let common = is_common(selection, listed);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match planned {
            Ok(planned) => {
                if let Some(places) = &places {
                    state.take(selection, places, home, listed, planned, common);
                }
            }
            Err(skipped) => state.skipped.push((listed.start().to_owned(), skipped)),
        }
    });
    let mut state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    state.add_report_pages(selection, pages);
    if let Some(places) = &places {
        state.add_folders(home, places);
    }
    let mut skipped = listing.skipped;
    if let Some(errno) = unreadable {
        let why = crate::SkipReason::Refused(errno);
        skipped.push((home_dir.map(Path::to_owned).unwrap_or_default(), Skipped { path: Vec::new(), why }));
    }
    skipped.append(&mut state.skipped);
    Selected {
        bases: state.bases,
        presences: listing.presences,
        skipped,
        totals: state.totals,
        digest: state.summing.finish(),
        own: state.own.finish(),
        common: state.common.sorted(),
    }
}

/// The PDFs of a report that stay when its output files are moved, and go along as copies: `report.pdf`, `plugins.pdf`,
/// `<report>-full.pdf` (categories.md §7.6).
fn pages_of(selection: &Selection<'_>) -> Vec<Vec<u8>> {
    if selection.category != Category::Output {
        return Vec::new();
    }
    let name = selection.report.report_dir.and_then(Path::file_name).unwrap_or_default();
    vec![b"report.pdf".to_vec(), b"plugins.pdf".to_vec(), [name.as_bytes(), b"-full.pdf"].concat()]
}

fn plan_entry(selection: &Selection<'_>, listed: &Listed<'_>, page: bool) -> Result<Planned, Skipped> {
    let file = listed.file();
    let stat = file.stat()?;
    let kind = match file.kind() {
        walk::Kind::File => Kind::File,
        walk::Kind::Link | walk::Kind::FolderLink => Kind::Link,
        walk::Kind::EmptyFolder => Kind::Folder,
    };
    let text = if kind == Kind::Link { Some(RawText(file.link_text()?)) } else { None };
    let in_run = selection.run_dir == Some(listed.start());
    let disposed = if in_run { selection.disposed_in_run } else { selection.disposed };
    let stays = if file.linked_at().is_some() {
        Some(Stays::Linked)
    } else if matches!(file.kind(), walk::Kind::FolderLink | walk::Kind::EmptyFolder) {
        Some(Stays::Folder)
    } else if page {
        Some(Stays::ReportPage)
    } else if listed.keeps(selection.action, selection.category, disposed) {
        Some(Stays::Needed)
    } else {
        is_of_others(selection, listed).then_some(Stays::Shared)
    };
    let mut path = file.path();
    if path.last() == Some(&b'/') {
        path.pop();
    }
    Ok(planned(path, kind, &stat, text, stays))
}

/// Does another report, which still has its files, have this one of the run's folder too?
fn is_of_others(selection: &Selection<'_>, listed: &Listed<'_>) -> bool {
    let Others { any, onboard } = selection.others;
    if !is_in_run(selection, listed) || !(any || onboard) {
        return false;
    }
    if has_onboard_component(as_path(&listed.path())) { onboard } else { any }
}

/// Is it the run's file, and not one of a report whose folder lies in that of the run?
fn is_in_run(selection: &Selection<'_>, listed: &Listed<'_>) -> bool {
    selection.category != Category::Sigproc
        && selection.run_dir == Some(listed.start())
        && !listed.is_in_report(selection.category)
}

/// Can another move of the same request take it: of another category, of another report of the run, or of the report that a
/// link leads to?
fn is_common(selection: &Selection<'_>, listed: &Listed<'_>) -> bool {
    is_in_run(selection, listed)
        || listed.has_other_category(selection.category)
        || listed.file().linked_at().is_some()
}

pub(crate) fn planned(
    path: Vec<u8>,
    kind: Kind,
    stat: &rustix::fs::Statx,
    text: Option<RawText>,
    stays: Option<Stays>,
) -> Planned {
    let mut identity = crate::identity::Identity::from(stat);
    if kind != Kind::File {
        identity.size = 0;
    }
    Planned {
        base: 0,
        path: RawText(path),
        apart: None,
        kind,
        identity,
        noted: Some(stat.into()),
        mode: u32::from(stat.stx_mode) & 0o7777,
        uid: stat.stx_uid,
        gid: stat.stx_gid,
        names: stat.stx_nlink,
        device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
        text,
        stays,
        original: None,
    }
}

struct State<'e> {
    bases: Vec<Base>,
    /// The place in `bases` of what a link leads to.
    linked: HashMap<PathBuf, usize>,
    /// Folders that hold entries: place in `bases`, and path.
    folders: BTreeSet<(usize, Vec<u8>)>,
    totals: Totals,
    summing: Summing,
    own: Summing,
    common: Common,
    skipped: Vec<(PathBuf, Skipped)>,
    each: &'e mut (dyn FnMut(Planned, &Base) + Send),
}

impl State<'_> {
    fn take(
        &mut self,
        selection: &Selection<'_>,
        places: &Places,
        home: Origin,
        listed: &Listed<'_>,
        mut planned: Planned,
        common: bool,
    ) {
        if planned.path.0.starts_with(super::OWN) {
            return;
        }
        let origin = origin_of(selection, listed.start());
        planned.base = self.base(origin, listed.start());
        let apart = places.apart(&planned.path.0, origin == home);
        planned.apart = apart.map(RawText);
        if let Some(at) = listed.file().linked_at() {
            let folder = listed.start().join(as_path(&planned.path.0[..at]));
            let whole = std::mem::take(&mut planned.path.0);
            planned.path = RawText(whole[at + 1..].to_vec());
            planned.apart.get_or_insert(RawText(whole));
            planned.base = self.base(Origin::Linked, &folder);
        }
        self.show(planned, common);
    }

    fn base(&mut self, origin: Origin, path: &Path) -> usize {
        if let Some(known) = self.linked.get(path) {
            return *known;
        }
        let own = origin != Origin::Linked;
        let stat = if own { rustix::fs::stat(path).ok() } else { None };
        let modified =
            stat.as_ref().map(crate::identity::Identity::from).map(|was| (was.mtime, was.mtime_ns));
        self.bases.push(Base { origin, path: path.to_owned(), modified });
        self.linked.insert(path.to_owned(), self.bases.len() - 1);
        self.bases.len() - 1
    }

    fn show(&mut self, planned: Planned, common: bool) {
        let base = planned.base;
        let totals = &mut self.totals;
        match planned.kind {
            Kind::File => totals.files += 1,
            Kind::Link if planned.stays == Some(Stays::Folder) => totals.folders += 1,
            Kind::Link => totals.links += 1,
            Kind::Folder => totals.folders += 1,
        }
        totals.bytes += planned.identity.size;
        if planned.kind != Kind::Folder && planned.stays.is_some_and(|stays| stays != Stays::Folder) {
            totals.stay_files += 1;
            totals.stay_bytes += planned.identity.size;
            if planned.is_needed() {
                totals.needed_files += 1;
                totals.needed_bytes += planned.identity.size;
            }
        }
        // Its folders are part of the archive; those of another report are not ours to describe.
        if planned.stays != Some(Stays::Linked) {
            let mut folder = split(&planned.path.0).0;
            while !folder.is_empty() && self.folders.insert((planned.base, folder.to_vec())) {
                folder = split(folder).0;
            }
        }
        // The time and inode of a folder change with every entry; they do not make a plan another.
        if planned.kind != Kind::Folder {
            let hash = digest::hash(&self.bases[planned.base].path, &planned);
            self.summing.add(&hash);
            if common {
                self.common.add(&hash, &planned);
            } else {
                self.own.add(&hash);
            }
        }
        (self.each)(planned, &self.bases[base]);
    }

    /// The report's PDFs, which no category takes, go along with the output files, as copies.
    fn add_report_pages(&mut self, selection: &Selection<'_>, pages: Vec<Vec<u8>>) {
        let copies = matches!(selection.action, Action::Archive | Action::Export);
        let Some(report_dir) = selection.report.report_dir else { return };
        if pages.is_empty() || !copies {
            return;
        }
        let tree = match Tree::open(report_dir) {
            Ok(tree) => tree,
            Err(errno) => {
                let why = crate::SkipReason::from_errno(errno);
                self.skipped.push((report_dir.to_owned(), Skipped { path: Vec::new(), why }));
                return;
            }
        };
        for name in pages {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let stat = match statx(tree.fd(), name.as_slice(), flags, StatxFlags::BASIC_STATS) {
                Ok(stat) => stat,
                Err(rustix::io::Errno::NOENT) => continue,
                Err(errno) => {
                    let why = crate::SkipReason::from_errno(errno);
                    self.skipped.push((report_dir.to_owned(), Skipped { path: name, why }));
                    continue;
                }
            };
            let classified = selection.report.classifier.classify(&name);
            let classified = classified.is_some_and(|verdict| verdict.selected.contains(Category::Output));
            if crate::handle::file_type(&stat) == rustix::fs::FileType::RegularFile && !classified {
                let mut planned = planned(name, Kind::File, &stat, None, Some(Stays::ReportPage));
                planned.base = self.base(Origin::Report, report_dir);
                self.show(planned, false);
            }
        }
    }

    /// The folders on the way, with their times and modes.
    fn add_folders(&mut self, home: Origin, places: &Places) {
        let folders = std::mem::take(&mut self.folders);
        let mut trees: HashMap<usize, Tree> = HashMap::new();
        for (base, path) in folders {
            let Base { origin, path: start, .. } = self.bases[base].clone();
            let stat = match stat_folder(&mut trees, base, &start, &path) {
                Ok(stat) => stat,
                Err(errno) => {
                    let why = crate::SkipReason::from_errno(errno);
                    self.skipped.push((start, Skipped { path, why }));
                    continue;
                }
            };
            let mut planned = planned(path, Kind::Folder, &stat, None, Some(Stays::Folder));
            planned.base = base;
            if origin != home {
                // Where the home folder has one of the name, its own time and mode are told apart.
                planned.apart = places.apart(&planned.path.0, false).map(RawText);
            }
            self.show(planned, false);
        }
    }
}

fn stat_folder(
    trees: &mut HashMap<usize, Tree>,
    base: usize,
    start: &Path,
    path: &[u8],
) -> Result<rustix::fs::Statx, rustix::io::Errno> {
    let tree = match trees.entry(base) {
        std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::hash_map::Entry::Vacant(free) => free.insert(Tree::open(start)?),
    };
    statx(tree.folder(path)?, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
}

fn origin_of(selection: &Selection<'_>, start: &Path) -> Origin {
    if selection.run_dir == Some(start) { Origin::Run } else { Origin::Report }
}
