//! The report's own pages, which are readable after its output files have gone.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use runstow_lifecycle::manifest::{Kind, Origin};
use runstow_lifecycle::{Action, Category};
use rustix::fs::{AtFlags, StatxFlags, statx};

use super::entry::{Planned, Stays};
use super::gather::Gathered;
use super::select::Selection;
use crate::Skipped;
use crate::tree::Tree;

/// The PDFs of a report that stay when its output files are moved, and go along as copies: `report.pdf`, `plugins.pdf`,
/// `<report>-full.pdf` (categories.md §7.6).
pub(super) fn of(selection: &Selection<'_>) -> Vec<Vec<u8>> {
    if selection.category != Category::Output {
        return Vec::new();
    }
    let name = selection.report.report_dir.and_then(Path::file_name).unwrap_or_default();
    vec![b"report.pdf".to_vec(), b"plugins.pdf".to_vec(), [name.as_bytes(), b"-full.pdf"].concat()]
}

/// The report's PDFs, which no category takes, go along with the output files, as copies.
pub(super) fn add(gathered: &mut Gathered<'_>, selection: &Selection<'_>, pages: Vec<Vec<u8>>) {
    let copies = matches!(selection.action, Action::Archive | Action::Export);
    let Some(report_dir) = selection.report.report_dir else { return };
    if pages.is_empty() || !copies {
        return;
    }
    let tree = match Tree::open(report_dir) {
        Ok(tree) => tree,
        Err(errno) => {
            let why = crate::SkipReason::from_errno(errno);
            gathered.skipped.push((report_dir.to_owned(), Skipped { path: Vec::new(), why }));
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
                gathered.skipped.push((report_dir.to_owned(), Skipped { path: name, why }));
                continue;
            }
        };
        let classified = selection.report.classifier.classify(&name);
        let classified = classified.is_some_and(|verdict| verdict.selected.contains(Category::Output));
        if crate::handle::file_type(&stat) == rustix::fs::FileType::RegularFile && !classified {
            let mut planned = Planned::of(name, Kind::File, &stat, None, Some(Stays::ReportPage));
            planned.base = gathered.base(Origin::Report, report_dir);
            gathered.show(planned, false);
        }
    }
}
