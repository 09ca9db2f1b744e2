//! Can a directory that a report names, and that no scan found, be that of a run?

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use runstow_catalog::VolumeKind;

use crate::scan::Known;
use crate::volumes::Volumes;

/// The storage roots, and what lies above them and above the runs that were found.
pub(super) struct Places {
    roots: Vec<PathBuf>,
    /// Each with one root or run that it holds.
    above: HashMap<PathBuf, PathBuf>,
}

/// What is wrong with a directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is a storage root, or there are runs or a root below it.
    Holds { dir: PathBuf, what: PathBuf },
    /// It lies below no storage root.
    Outside { dir: PathBuf },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds { dir, what } => write!(
                f,
                "the run of this report was not found, and what its metadata names in its place, {dir:?}, holds {what:?} and can \
                 not be the directory of one run"
            ),
            Self::Outside { dir } => write!(
                f,
                "the run of this report was not found below a storage root; its metadata names {dir:?}, which lies below none, so \
                 nothing is archived or deleted there. If that is the run, add it, or a folder above it, to runstow.toml as \
                 [[file_server]], and scan"
            ),
        }
    }
}

impl Places {
    /// All roots count, also those that are not there and those of other scans. Blocks on storage.
    pub(super) fn new<'p>(volumes: &Volumes, known: &Known, runs: impl Iterator<Item = &'p Path>) -> Self {
        let of_catalog = known.volumes.iter().map(|volume| &volume.facts);
        let of_catalog = of_catalog.filter(|facts| facts.kind != VolumeKind::Archive);
        let roots = volumes.iter().map(|volume| &volume.facts).chain(of_catalog);
        let mut roots: Vec<PathBuf> = roots.map(|facts| PathBuf::from(&facts.path)).collect();
        // Roots may be links. One that is not there may be on a server that never answers.
        let ready = volumes.iter().filter(|volume| volume.is_ready());
        roots.extend(ready.filter_map(|volume| volume.root.path.canonicalize().ok()));
        let mut above = HashMap::new();
        let mut note = |folder: &Path, what: &Path| {
            if !above.contains_key(folder) {
                above.insert(folder.to_owned(), what.to_owned());
            }
        };
        for root in &roots {
            root.ancestors().for_each(|folder| note(folder, root));
        }
        for run in runs {
            run.ancestors().skip(1).for_each(|folder| note(folder, run));
        }
        Self { roots, above }
    }

    /// What is wrong with it. Nothing if nothing is there: then nothing can be moved either. Blocks on storage.
    pub(super) fn wrong(&self, dir: &Path) -> Option<Wrong> {
        if !dir.is_absolute() || !dir.is_dir() {
            return None;
        }
        let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        if let Some(what) = self.above.get(&real).or_else(|| self.above.get(dir)) {
            return Some(Wrong::Holds { dir: dir.to_owned(), what: what.clone() });
        }
        let below = self.roots.iter().any(|root| real.starts_with(root));
        (!below).then(|| Wrong::Outside { dir: dir.to_owned() })
    }
}
