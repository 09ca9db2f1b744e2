//! Can a directory that a report names, and that no scan found, be that of a run?

use std::fmt;
use std::path::{Path, PathBuf};

use runstow_catalog::VolumeKind;

use crate::scan::Known;
use crate::volumes::Volumes;

/// The storage roots, and the runs that were found below them.
pub(super) struct Places<'a> {
    roots: Vec<PathBuf>,
    runs: Vec<&'a Path>,
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

impl<'a> Places<'a> {
    /// All roots count, also those that are not there and those of other scans.
    pub(super) fn new(volumes: &Volumes, known: &Known, runs: impl Iterator<Item = &'a Path>) -> Self {
        let of_catalog = known.volumes.iter().map(|volume| &volume.facts);
        let of_catalog = of_catalog.filter(|facts| facts.kind != VolumeKind::Archive);
        let roots = volumes.iter().map(|volume| &volume.facts).chain(of_catalog);
        Self { roots: roots.map(|facts| PathBuf::from(&facts.path)).collect(), runs: runs.collect() }
    }

    /// What is wrong with it. Nothing if nothing is there: then nothing can be moved either. Blocks on storage.
    pub(super) fn wrong(&self, dir: &Path) -> Option<Wrong> {
        if !dir.is_absolute() || !dir.is_dir() {
            return None;
        }
        let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let mut below = self
            .roots
            .iter()
            .map(PathBuf::as_path)
            .chain(self.runs.iter().copied().filter(|run| *run != dir));
        if let Some(what) = below.find(|path| path.starts_with(&real)) {
            return Some(Wrong::Holds { dir: dir.to_owned(), what: what.to_owned() });
        }
        let holds = |root: &PathBuf| {
            let links = || root.canonicalize().is_ok_and(|root| real.starts_with(root));
            real.starts_with(root) || links()
        };
        (!self.roots.iter().any(holds)).then(|| Wrong::Outside { dir: dir.to_owned() })
    }
}
