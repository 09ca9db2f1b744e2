//! What is known and was not found (lifecycle.md §3.5).
//!
//! Absence is noted, counted and shown. It changes no state, and it is only believed of places that this scan
//! really looked at: below a volume that proved itself, and not below a folder that could not be read.

use std::path::{Path, PathBuf};

use runstow_catalog::Catalog;
use runstow_catalog::registry::Report;
use runstow_catalog::times::now_us;

use super::ScanOutcome;
use super::collect::Collected;
use super::register::RegisteredAll;
use crate::EngineError;
use crate::roots::StorageRoot;

/// Notes the absence of what should have been found.
pub(super) async fn note(
    catalog: &Catalog,
    ready: &[StorageRoot],
    found: &Collected,
    registered: &RegisteredAll,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    let looked_at = |path: &Path| looked_at(path, ready, &found.unseen);
    let runs: Vec<i64> = catalog
        .all_runs()
        .await?
        .into_iter()
        .filter(|run| !registered.runs.contains_key(&run.id) && looked_at(&run.exp_dir.to_path()))
        .map(|run| run.id)
        .collect();
    let reports: Vec<i64> = catalog
        .all_reports()
        .await?
        .into_iter()
        .filter(|report| !registered.reports.contains_key(&report.id) && !all_disposed(report))
        .filter(|report| looked_at(&report.report_dir.to_path()))
        .map(|report| report.id)
        .collect();
    outcome.absent = runs.len() + reports.len();
    if outcome.absent > 0 {
        catalog.note_absent(&runs, &reports, now_us()).await?;
    }
    Ok(())
}

/// A report whose categories are all archived or deleted may well have no directory any more.
fn all_disposed(report: &Report) -> bool {
    report.categories.iter().flatten().all(|category| category.state.disposed())
}

fn looked_at(path: &Path, ready: &[StorageRoot], unseen: &[PathBuf]) -> bool {
    let within = |root: &StorageRoot| {
        path.strip_prefix(&root.path).is_ok_and(|rest| (1..=root.depth).contains(&rest.components().count()))
    };
    ready.iter().any(within) && !unseen.iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roots::RootKind;

    #[test]
    fn only_places_that_were_looked_at_count() {
        let root = StorageRoot {
            name: "rawdata".into(),
            path: "/rawdata".into(),
            kind: RootKind::Runs,
            depth: 2,
            mark: true,
        };
        let roots = [root];
        let unseen = [PathBuf::from("/rawdata/locked")];
        assert!(looked_at(Path::new("/rawdata/S5/R_1"), &roots, &unseen));
        assert!(!looked_at(Path::new("/rawdata/locked/R_1"), &roots, &unseen));
        assert!(!looked_at(Path::new("/rawdata/a/b/c"), &roots, &unseen), "deeper than was looked");
        assert!(!looked_at(Path::new("/rawdata2/R_1"), &roots, &unseen), "another root");
        assert!(!looked_at(Path::new(""), &roots, &unseen), "no directory is known");
    }
}
