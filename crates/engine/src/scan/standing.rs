//! Known runs and reports that no longer say what they are, because a move has taken those files away: archived output files,
//! for one, hold a report's parameters. As long as their directory is there, they are not missing.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use runstow_catalog::Catalog;
use runstow_catalog::registry::Report;
use runstow_catalog::times::now_us;

use super::Known;
use super::register::{RegisteredAll, Seen};
use crate::volumes::Volumes;
use crate::{EngineError, blocking};

/// Counts them among what was found.
pub(super) async fn add(
    catalog: &Catalog,
    known: &Known,
    volumes: &Volumes,
    registered: &mut RegisteredAll,
) -> Result<(), EngineError> {
    let taken =
        |report: &&Report| report.categories.iter().flatten().any(|category| category.state.disposed());
    let touched: HashSet<i64> =
        known.reports.iter().filter(taken).map(|report| report.experiment_id).collect();
    let runs = known.runs.iter().filter(|run| {
        touched.contains(&run.id)
            && !registered.runs.contains_key(&run.id)
            && volumes.would_be_found(&run.exp_dir.to_path())
    });
    let runs: Vec<(i64, bool, PathBuf)> =
        runs.map(|run| (run.id, run.finished, run.exp_dir.to_path())).collect();
    let reports = known.reports.iter().filter(taken).filter(|report| {
        !registered.reports.contains_key(&report.id) && volumes.would_be_found(&report.report_dir.to_path())
    });
    let reports: Vec<(i64, PathBuf)> =
        reports.map(|report| (report.id, report.report_dir.to_path())).collect();
    let (runs, reports) = blocking(move || {
        let runs = runs.into_iter().filter_map(|(id, finished, dir)| Some((id, seen(&dir, finished)?)));
        let reports = reports.into_iter().filter_map(|(id, dir)| Some((id, seen(&dir, true)?)));
        (runs.collect::<Vec<_>>(), reports.collect::<Vec<_>>())
    })
    .await?;
    let ids = |found: &[(i64, Seen)]| found.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    catalog.note_seen(&ids(&runs), &ids(&reports), now_us()).await?;
    registered.runs.extend(runs);
    registered.reports.extend(reports);
    Ok(())
}

/// A directory that is there.
fn seen(dir: &Path, finished: bool) -> Option<Seen> {
    let there = dir.symlink_metadata().ok().filter(std::fs::Metadata::is_dir)?;
    let newest = there.modified().ok().and_then(|time| Timestamp::try_from(time).ok())?;
    Some(Seen { newest, finished })
}
