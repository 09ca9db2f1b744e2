//! Measuring: one walk per run directory for all its reports, and the sums into the catalog.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use runstow_catalog::Catalog;
use runstow_catalog::registry::{Measure, Report, Run};
use runstow_catalog::times::{now_us, timestamp};
use runstow_lifecycle::{Category, Megabytes};
use runstow_storage::{Measured, Presence, ReportFiles, leaves_onboard, measure_run};

use super::register::RegisteredAll;
use super::{Measuring, ScanOutcome, ScanSettings};
use crate::files::Classifiers;
use crate::progress::Progress;
use crate::roots::StorageRoot;
use crate::{EngineError, blocking};

/// When everything was measured last, microseconds, in the catalog's settings.
const LAST_FULL: &str = "scan.last_full_measure_us";

/// Runs whose sums go into the catalog together: each write makes readers compute their lists anew.
const RUNS_A_WRITE: usize = 64;

/// Measures what has to be measured. `ready` are the roots that proved themselves; `None` measures wherever the
/// catalog points (runs that were registered from a list).
pub(super) async fn measure(
    catalog: &Catalog,
    settings: &ScanSettings,
    ready: Option<&[StorageRoot]>,
    registered: &RegisteredAll,
    progress: &Arc<dyn Progress>,
    outcome: &mut ScanOutcome,
) -> Result<(), EngineError> {
    if settings.measuring == Measuring::Nothing {
        return Ok(());
    }
    let last = catalog.setting(LAST_FULL).await?.and_then(|text| text.parse::<i64>().ok());
    let due = last.is_none_or(|us| Timestamp::now().duration_since(timestamp(us)) >= settings.remeasure);
    let everything = settings.measuring == Measuring::All || due;

    let runs: HashMap<i64, Run> = catalog.all_runs().await?.into_iter().map(|run| (run.id, run)).collect();
    let mut work: HashMap<i64, Vec<Report>> = HashMap::new();
    for report in catalog.all_reports().await? {
        if registered.reports.contains_key(&report.id) {
            work.entry(report.experiment_id).or_default().push(report);
        }
    }
    // A run's reports share its directory: one that needs measuring brings the others along.
    work.retain(|run, reports| everything || reports.iter().any(|report| is_stale(report, *run, registered)));
    let mut work: Vec<(Run, Vec<Report>)> =
        work.into_iter().filter_map(|(run, reports)| Some((runs.get(&run)?.clone(), reports))).collect();
    work.sort_by_key(|(run, _)| run.id);

    progress.phase("measuring", Some(work.len() as u64));
    let classifiers = Arc::new(Classifiers::new(settings.file_sets())?);
    for part in work.chunks(RUNS_A_WRITE) {
        let mut measures = Vec::new();
        for (run, reports) in part {
            let run_dir = walkable(&run.exp_dir.to_path(), ready);
            let (classifiers, task) = (classifiers.clone(), reports.clone());
            let measured = blocking(move || measure_one(run_dir.as_deref(), &task, &classifiers)).await?;
            for (report, measured) in reports.iter().zip(&measured) {
                take(report, measured, &mut measures, progress.as_ref(), outcome);
            }
            progress.step(&run.exp_name);
        }
        catalog.record_measures(&measures).await?;
    }
    if everything {
        catalog.set_setting(LAST_FULL, &now_us().to_string()).await?;
    }
    Ok(())
}

/// Whether a report was never measured, or it or its run changed since.
fn is_stale(report: &Report, run: i64, registered: &RegisteredAll) -> bool {
    if registered.fresh.contains(&report.id) {
        return true;
    }
    let newest = registered.reports.get(&report.id).max(registered.runs.get(&run));
    report.categories.iter().flatten().filter(|category| !category.state.disposed()).any(|category| {
        category.measured_us.is_none_or(|us| newest.is_some_and(|newest| newest.as_microsecond() >= us))
    })
}

/// The run directory, if there is one on a volume that proved itself.
fn walkable(dir: &Path, ready: Option<&[StorageRoot]>) -> Option<PathBuf> {
    let proven = ready.is_none_or(|roots| roots.iter().any(|root| dir.starts_with(&root.path)));
    (dir.is_absolute() && proven).then(|| dir.to_owned())
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

fn take(
    report: &Report,
    measured: &Measured,
    measures: &mut Vec<Measure>,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) {
    let report_dir = report.report_dir.to_path();
    if let Presence::Failed(error) = &measured.presences.report_dir {
        outcome.warn(progress, &report_dir, format!("{} was not measured: {error}", report.results_name));
        return;
    }
    if let Some((_, first)) = measured.skipped_sample.first() {
        let message =
            format!("{} entries were left out when measuring, the first: {first}", measured.skipped);
        outcome.warn(progress, &report_dir, message);
    }
    let run_walked = measured.presences.run_dir == Presence::Walked;
    outcome.measured += 1;
    for category in Category::ALL {
        let size = measured.size(category);
        outcome.files += size.files;
        outcome.bytes += size.bytes();
        progress.files(size.files);
        // A run that is out of sight is not a run without files: what is known of it stays.
        let known_run = report.category(category).and_then(|known| known.run_mb).unwrap_or(0.0);
        measures.push(Measure {
            report_id: report.id,
            category,
            report_mb: Megabytes::from_bytes(size.report_bytes).0,
            run_mb: if run_walked { Megabytes::from_bytes(size.run_bytes).0 } else { known_run },
            linked_mb: Megabytes::from_bytes(size.linked_bytes).0,
            files: size.files,
        });
    }
}
