//! What is known and was not found (lifecycle.md §3.5).
//!
//! Absence is noted, counted and shown. It changes no state, and it is only believed of places that this scan
//! really looked at: on a volume that proved itself before and after, and not below a folder that could not be read.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use runstow_catalog::Catalog;
use runstow_catalog::registry::Report;
use runstow_catalog::times::now_us;
use runstow_lifecycle::Category;

use super::collect::Collected;
use super::register::RegisteredAll;
use super::{Known, ScanOutcome};
use crate::EngineError;
use crate::moves::is_much;
use crate::progress::Progress;
use crate::volumes::Volumes;

/// Notes the absence of what should have been found.
pub(super) async fn note(
    catalog: &Catalog,
    known: &Known,
    volumes: &Volumes,
    found: &Collected,
    registered: &RegisteredAll,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    let mut tally = Tally::default();
    let mut is_absent = |path: PathBuf, seen: bool| {
        let looked_at =
            volumes.would_be_found(&path) && !found.unseen.iter().any(|folder| path.starts_with(folder));
        if looked_at && let Some(owner) = volumes.owner(&path) {
            tally.count(&owner.root.path, seen);
        }
        looked_at && !seen
    };
    let emptied = runs_without_files(&known.reports);
    let runs: Vec<i64> = known
        .runs
        .iter()
        .filter(|run| !emptied.contains(&run.id))
        .filter(|run| is_absent(run.exp_dir.to_path(), registered.runs.contains_key(&run.id)))
        .map(|run| run.id)
        .collect();
    let reports: Vec<i64> = known
        .reports
        .iter()
        .filter(|report| !report.categories.iter().flatten().all(|category| category.state.disposed()))
        .filter(|report| is_absent(report.report_dir.to_path(), registered.reports.contains_key(&report.id)))
        .map(|report| report.id)
        .collect();
    outcome.absent = runs.len() + reports.len();
    for (root, absent, of) in tally.alarming() {
        let message = format!(
            "{absent} of {of} known runs and reports are missing at once: is this volume whole? Nothing changes state by it, and nothing is removed there until that is settled"
        );
        outcome.warn(progress, &root, message);
    }
    if outcome.absent > 0 {
        catalog.note_absent(&runs, &reports, now_us()).await?;
    }
    Ok(())
}

/// Runs whose signal files are archived or deleted for all their reports may well have no directory any more.
fn runs_without_files(reports: &[Report]) -> HashSet<i64> {
    let mut all: HashMap<i64, bool> = HashMap::new();
    for report in reports {
        let gone = report.category(Category::Sigproc).is_some_and(|category| category.state.disposed());
        all.entry(report.experiment_id).and_modify(|all| *all &= gone).or_insert(gone);
    }
    all.into_iter().filter(|(_, gone)| *gone).map(|(run, _)| run).collect()
}

/// How much of each root is missing.
#[derive(Default)]
struct Tally(HashMap<PathBuf, (usize, usize)>);

impl Tally {
    fn count(&mut self, root: &Path, seen: bool) {
        let (absent, of) = self.0.entry(root.to_owned()).or_default();
        *absent += usize::from(!seen);
        *of += 1;
    }

    /// Roots of which more than one in a hundred is missing, and more than one.
    fn alarming(&self) -> Vec<(PathBuf, usize, usize)> {
        let many = |(absent, of): &(usize, usize)| is_much(*absent, *of);
        self.0
            .iter()
            .filter(|(_, counts)| many(counts))
            .map(|(root, (absent, of))| (root.clone(), *absent, *of))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_in_a_hundred_missing_is_alarming() {
        let alarms = |absent: usize, of: usize| {
            let mut tally = Tally::default();
            (0..of).for_each(|index| tally.count(Path::new("/rawdata"), index >= absent));
            tally.alarming().len()
        };
        assert_eq!(alarms(2, 200), 0);
        assert_eq!(alarms(3, 200), 1);
        assert_eq!(alarms(1, 4), 0, "one may be missed anywhere");
        assert_eq!(alarms(4, 4), 1);
    }
}
