//! Measuring: one walk per run directory for all its reports, and the sums into the catalog.

mod sums;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use runstow_catalog::Catalog;
use runstow_catalog::registry::{Observation, Report, Run};
use runstow_catalog::times::timestamp;
use runstow_storage::{Measured, ReportFiles, leaves_onboard, measure_run};

use super::register::RegisteredAll;
use super::{Measuring, ScanOutcome, ScanSettings, SkippedVolume};
use crate::files::Classifiers;
use crate::progress::Progress;
use crate::volumes::Volumes;
use crate::{EngineError, blocking};

/// Runs whose sums go into the catalog together: each write makes readers compute their lists anew.
const RUNS_A_WRITE: usize = 64;

/// Measures what has to be measured. `volumes` are the scan's roots; `None` measures wherever the catalog points
/// (runs that were registered from a list).
pub(super) async fn measure(
    catalog: &Catalog,
    settings: &ScanSettings,
    mut volumes: Option<Volumes>,
    registered: &RegisteredAll,
    progress: &Arc<dyn Progress>,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    if settings.measuring == Measuring::Nothing {
        return Ok(());
    }
    let observed = catalog.observations().await?;
    let runs: HashMap<i64, Run> = catalog.all_runs().await?.into_iter().map(|run| (run.id, run)).collect();
    let mut work: HashMap<i64, Vec<Report>> = HashMap::new();
    for report in catalog.all_reports().await? {
        if registered.reports.contains_key(&report.id) {
            work.entry(report.experiment_id).or_default().push(report);
        }
    }
    // A run's reports share its directory: one that needs measuring brings the others along.
    let now = Timestamp::now();
    let everything = settings.measuring == Measuring::All;
    let due = |seen: &Observation| now.duration_since(timestamp(seen.walked_us)) >= settings.remeasure;
    let is_stale = |report: &Report| {
        let finished = registered.runs.get(&report.experiment_id).is_none_or(|run| run.finished);
        let same = observed
            .get(&report.id)
            .is_some_and(|seen| seen.newest_us == newest(report, registered).as_microsecond() && !due(seen));
        !finished || !same || registered.fresh.contains(&report.id)
    };
    work.retain(|_, reports| everything || reports.iter().any(is_stale));
    let mut work: Vec<(Run, Vec<Report>)> =
        work.into_iter().filter_map(|(run, reports)| Some((runs.get(&run)?.clone(), reports))).collect();
    work.sort_by_key(|(run, _)| run.id);

    walk(catalog, settings, &mut volumes, registered, &work, progress, outcome).await
}

/// Walks these runs and keeps the sums of their reports.
pub(super) async fn walk(
    catalog: &Catalog,
    settings: &ScanSettings,
    volumes: &mut Option<Volumes>,
    registered: &RegisteredAll,
    work: &[(Run, Vec<Report>)],
    progress: &Arc<dyn Progress>,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    progress.phase("measuring", Some(work.len() as u64));
    let classifiers = Arc::new(Classifiers::new(settings.file_sets())?);
    for part in work.chunks(RUNS_A_WRITE) {
        let mut walked = Vec::new();
        for (run, reports) in part {
            let walked_us = Timestamp::now().as_microsecond();
            let run_dir = walkable(&run.exp_dir.to_path(), volumes.as_ref());
            let (classifiers, task) = (classifiers.clone(), reports.clone());
            let measured = blocking(move || measure_one(run_dir.as_deref(), &task, &classifiers)).await?;
            walked.extend(
                reports.iter().zip(measured).map(|(report, measured)| (run, report, measured, walked_us)),
            );
            progress.step(&run.exp_name);
        }
        // A disk that went away meanwhile left empty folders behind: what they summed up to is no size.
        if let Some(volumes) = volumes {
            let lost = volumes.prove_again().await?;
            outcome.skipped_volumes.extend(lost.iter().map(SkippedVolume::from));
        }
        let proven = |path: PathBuf| volumes.as_ref().is_none_or(|volumes| volumes.is_proven(&path));
        let (mut measures, mut seen) = (Vec::new(), Vec::new());
        for (run, report, measured, walked_us) in walked {
            let run_counts = run.exp_dir.is_empty() || proven(run.exp_dir.to_path());
            if !report.report_dir.is_empty() && !proven(report.report_dir.to_path()) {
                continue;
            }
            if sums::take(report, &measured, run_counts, &mut measures, progress.as_ref(), outcome) {
                let newest_us = newest(report, registered).as_microsecond();
                seen.push((report.id, Observation { newest_us, walked_us }));
            }
        }
        catalog.record_measures(&measures).await?;
        catalog.note_observed(&seen).await?;
    }
    Ok(())
}

/// The newest change that was seen at the top of a report or its run, before it was walked.
fn newest(report: &Report, registered: &RegisteredAll) -> Timestamp {
    let (own, run) = (registered.reports.get(&report.id), registered.runs.get(&report.experiment_id));
    own.into_iter().chain(run).map(|seen| seen.newest).max().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The run directory, if there is one on a volume that proved itself.
fn walkable(dir: &Path, volumes: Option<&Volumes>) -> Option<PathBuf> {
    (dir.is_absolute() && volumes.is_none_or(|volumes| volumes.is_proven(dir))).then(|| dir.to_owned())
}

fn measure_one(run_dir: Option<&Path>, reports: &[Report], classifiers: &Classifiers) -> Vec<Measured> {
    let dirs: Vec<PathBuf> = reports.iter().map(|report| report.report_dir.to_path()).collect();
    let files: Vec<ReportFiles<'_>> = reports
        .iter()
        .zip(&dirs)
        .map(|(report, dir)| {
            let report_dir = dir.is_absolute().then_some(dir.as_path());
            ReportFiles {
                report_dir,
                leaves_onboard: leaves_onboard(report_dir, report.thumbnail),
                classifier: classifiers.for_version(report.ts_version.as_deref()),
            }
        })
        .collect();
    measure_run(run_dir, &files)
}
