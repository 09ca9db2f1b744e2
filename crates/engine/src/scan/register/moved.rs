//! Runs and reports that lie elsewhere than the catalog knows.
//!
//! Taking a copy for a move would let the catalog forget the original, so the old place must be proven to be
//! empty: on a volume that proved itself, or on one that is itself mounted elsewhere now.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use runstow_catalog::registry::{Report, Run};

use crate::scan::Known;
use crate::scan::collect::{Collected, FoundReport, FoundRun};
use crate::volumes::Volumes;

/// Known runs and reports whose directory was not found, by what makes them the same.
pub(super) struct Moved {
    runs: HashMap<(String, i64), Vec<i64>>,
    reports: HashMap<(String, i64), Vec<i64>>,
}

impl Moved {
    /// Looks at the old places; blocks on storage.
    pub(super) fn look(known: &Known, volumes: &Volumes, found: &Collected) -> Self {
        let here: HashSet<&Path> = found
            .runs
            .iter()
            .map(|run| run.path.as_path())
            .chain(found.reports.iter().map(|r| r.path.as_path()))
            .collect();
        let gone = |path: PathBuf| {
            !here.contains(path.as_path())
                && path.is_absolute()
                && is_believable(&path, known, volumes)
                && matches!(std::fs::symlink_metadata(&path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
        };
        let mut moved = Self { runs: HashMap::new(), reports: HashMap::new() };
        let wanted: HashSet<(&str, i64)> =
            found.runs.iter().map(|run| (run.facts.exp_name.as_str(), run.facts.date_us)).collect();
        for Run { id, exp_name, date_us, exp_dir, .. } in &known.runs {
            if wanted.contains(&(exp_name.as_str(), *date_us)) && gone(exp_dir.to_path()) {
                moved.runs.entry((exp_name.clone(), *date_us)).or_default().push(*id);
            }
        }
        let wanted: HashSet<(&str, i64)> = found
            .reports
            .iter()
            .map(|report| (report.results_name.as_str(), report.analysed.as_microsecond()))
            .collect();
        for Report { id, results_name, time_stamp_us, report_dir, .. } in &known.reports {
            if wanted.contains(&(results_name.as_str(), *time_stamp_us)) && gone(report_dir.to_path()) {
                moved.reports.entry((results_name.clone(), *time_stamp_us)).or_default().push(*id);
            }
        }
        moved
    }

    /// The one known run that this is, when that is plain.
    pub(super) fn run(&self, run: &FoundRun) -> Option<i64> {
        let ids = self.runs.get(&(run.facts.exp_name.clone(), run.facts.date_us)).filter(|_| run.spoke)?;
        if let [only] = ids[..] { Some(only) } else { None }
    }

    /// The one known report that this is; where several are alike, the one whose id its `primary.key` names.
    pub(super) fn report(&self, report: &FoundReport) -> Option<i64> {
        let ids = self.reports.get(&(report.results_name.clone(), report.analysed.as_microsecond()))?;
        match ids[..] {
            [only] => Some(only),
            _ => report.pk.filter(|pk| ids.contains(pk)),
        }
    }
}

/// Whether not finding anything at the old place means that it is not there: its volume is here and proven, or is the
/// same volume that is now mounted at another path.
fn is_believable(path: &Path, known: &Known, volumes: &Volumes) -> bool {
    if volumes.owner(path).is_some() {
        return volumes.would_be_found(path);
    }
    let old = known
        .volumes
        .iter()
        .filter(|volume| path.starts_with(&volume.facts.path))
        .max_by_key(|volume| volume.facts.path.len());
    old.and_then(|volume| volume.facts.marker.as_ref()).is_some_and(|marker| {
        volumes.iter().any(|here| here.is_ready() && here.facts.marker.as_ref() == Some(marker))
    })
}
