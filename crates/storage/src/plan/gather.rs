//! What a selection has found so far.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::{Kind, Origin};
use rustix::fs::{AtFlags, StatxFlags, statx};

use super::common::Common;
use super::digest::{self, Summing};
use super::entry::{Base, Planned, Stays};
use super::place::Places;
use super::select::Selection;
use super::totals::Totals;
use crate::Skipped;
use crate::list::Listed;
use crate::tree::{Tree, as_path, split};

pub(super) struct Gathered<'e> {
    pub(super) bases: Vec<Base>,
    /// The place in `bases` of what a link leads to.
    linked: HashMap<PathBuf, usize>,
    /// Folders that hold entries: place in `bases`, and path.
    folders: BTreeSet<(usize, Vec<u8>)>,
    pub(super) totals: Totals,
    pub(super) summing: Summing,
    pub(super) own: Summing,
    pub(super) common: Common,
    pub(super) skipped: Vec<(PathBuf, Skipped)>,
    each: &'e mut (dyn FnMut(Planned, &Base) + Send),
}

impl<'e> Gathered<'e> {
    pub(super) fn new(each: &'e mut (dyn FnMut(Planned, &Base) + Send)) -> Self {
        Self {
            bases: Vec::new(),
            linked: HashMap::new(),
            folders: BTreeSet::new(),
            totals: Totals::default(),
            summing: Summing::default(),
            own: Summing::default(),
            common: Common::default(),
            skipped: Vec::new(),
            each,
        }
    }

    pub(super) fn take(
        &mut self,
        selection: &Selection<'_>,
        places: &Places,
        home: Origin,
        listed: &Listed<'_>,
        mut planned: Planned,
        common: bool,
    ) {
        if planned.path.0.starts_with(super::own::OWN) {
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

    pub(super) fn base(&mut self, origin: Origin, path: &Path) -> usize {
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

    pub(super) fn show(&mut self, planned: Planned, common: bool) {
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

    /// The folders on the way, with their times and modes.
    pub(super) fn add_folders(&mut self, home: Origin, places: &Places) {
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
            let mut planned = Planned::of(path, Kind::Folder, &stat, None, Some(Stays::Folder));
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
