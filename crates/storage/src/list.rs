//! Which files an action on a category would handle, and which it would keep back.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::{Action, Category, CategorySet};

use crate::Skipped;
use crate::survey::{self, Decision, Presences, ReportFiles, Side, Sink, SinkPart};
use crate::walk::{File, Kind};

/// Where an action looks for files.
#[derive(Clone, Copy, Debug)]
pub enum Where<'a> {
    /// In the report dir, and in this run dir if the catalog has one.
    Local(Option<&'a Path>),
    /// Only in the folder that an archived category lies in (categories.md §7.1).
    Archive(&'a Path),
}

/// A file that at least one category wants.
pub struct Listed<'a> {
    start: &'a Path,
    file: &'a File<'a>,
    decision: &'a Decision,
}

impl Listed<'_> {
    /// The entry as the walk found it.
    pub(crate) const fn file(&self) -> &File<'_> {
        self.file
    }

    /// The start folder that was walked: report dir, run dir, or the outer one where one lies in the other.
    #[must_use]
    pub const fn start(&self) -> &Path {
        self.start
    }

    /// Path relative to [`Listed::start`], as bytes.
    #[must_use]
    pub fn path(&self) -> Vec<u8> {
        self.file.path()
    }

    /// Regular file or link.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.file.kind()
    }

    /// Apparent size in bytes; asks the system.
    ///
    /// # Errors
    /// What to report when it cannot be found out.
    pub fn size(&self) -> Result<u64, Skipped> {
        self.file.size()
    }

    /// Does the action on this category handle it?
    #[must_use]
    pub const fn processes(&self, action: Action, category: Category) -> bool {
        self.decision.processes(action, category)
    }

    /// Does the category take it as a file of the report's folder?
    pub(crate) const fn is_in_report(&self, category: Category) -> bool {
        self.decision.in_report.contains(category)
    }

    /// Does a category beside this one take it?
    pub(crate) fn has_other_category(&self, category: Category) -> bool {
        self.decision.all.selected.iter().any(|other| other != category)
    }

    /// Would the action on this category keep it back? See [`Decision::keeps`].
    #[must_use]
    pub fn keeps(&self, action: Action, category: Category, disposed: CategorySet) -> bool {
        self.decision.keeps(action, category, disposed)
    }
}

/// What surrounds a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The start folders. The list is complete only when they could be walked and nothing was skipped.
    pub presences: Presences,
    /// All entries that were left out, with the start folder they lie in.
    pub skipped: Vec<(PathBuf, Skipped)>,
}

/// Shows every file that at least one category of a report wants, each once and in no order. `each` is called from several
/// threads at once, so memory does not grow with the number of files unless the caller collects them.
pub fn list(place: Where<'_>, report: &ReportFiles<'_>, each: &(dyn Fn(&Listed<'_>) + Sync)) -> Listing {
    list_by(Lister { each, folders: false, skipped: Mutex::default() }, place, report)
}

/// Shows empty folders and links to folders too, as if they were files of their path: what a tree needs to come back whole.
pub(crate) fn list_whole(
    place: Where<'_>,
    report: &ReportFiles<'_>,
    each: &(dyn Fn(&Listed<'_>) + Sync),
) -> Listing {
    list_by(Lister { each, folders: true, skipped: Mutex::default() }, place, report)
}

fn list_by(lister: Lister<'_>, place: Where<'_>, report: &ReportFiles<'_>) -> Listing {
    let presences = match place {
        Where::Local(run_dir) => survey::run(run_dir, &[*report], &lister).pop().unwrap_or_default(),
        Where::Archive(folder) => survey::archive(folder, report, &lister),
    };
    Listing { presences, skipped: lister.skipped.into_inner().unwrap_or_else(PoisonError::into_inner) }
}

struct Lister<'e> {
    each: &'e (dyn Fn(&Listed<'_>) + Sync),
    folders: bool,
    skipped: Mutex<Vec<(PathBuf, Skipped)>>,
}

struct Part<'s> {
    lister: &'s Lister<'s>,
    start: &'s Path,
}

impl Sink for Lister<'_> {
    type Part<'s>
        = Part<'s>
    where
        Self: 's;

    fn begin<'s>(&'s self, start: &'s Path) -> Part<'s> {
        Part { lister: self, start }
    }
}

impl SinkPart for Part<'_> {
    fn found(&mut self, decisions: &[(usize, Decision)], file: &File<'_>) {
        for (_, decision) in decisions {
            (self.lister.each)(&Listed { start: self.start, file, decision });
        }
    }

    fn folder(&mut self, decisions: &[(usize, Decision)], folder: &File<'_>) {
        if self.lister.folders {
            self.found(decisions, folder);
        }
    }

    fn skipped(&mut self, _reports: &mut dyn Iterator<Item = (usize, Side)>, skipped: Skipped) {
        let mut all = self.lister.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((self.start.to_owned(), skipped));
    }
}
