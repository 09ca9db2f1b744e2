//! From a report's start folders to the entries of a plan.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::manifest::{Kind, Origin};
use runstow_lifecycle::{Action, Category, CategorySet, RawText};

use super::common::Common;
use super::digest::Digest;
use super::entry::{self, Base, Planned, Stays};
use super::gather::Gathered;
use super::place::Places;
use super::totals::Totals;
use super::{own, pages};
use crate::list::{Listed, Where, list_whole};
use crate::onboard::has_onboard_component;
use crate::survey::{Presences, ReportFiles};
use crate::tree::as_path;
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
    let state = Mutex::new(Gathered::new(each));
    let pages = pages::of(selection);
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
    pages::add(&mut state, selection, pages);
    if let Some(places) = &places {
        state.add_folders(home, places);
    }
    let mut skipped = listing.skipped;
    if let Some(errno) = unreadable {
        let why = crate::SkipReason::Refused(errno);
        skipped.push((home_dir.map(Path::to_owned).unwrap_or_default(), Skipped { path: Vec::new(), why }));
    }
    skipped.append(&mut state.skipped);
    for start in selection.report.report_dir.into_iter().chain(selection.run_dir) {
        skipped.extend(own::folders_in(start).into_iter().map(|found| (start.to_owned(), found)));
    }
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
    Ok(Planned::of(path, kind, &stat, text, stays))
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
