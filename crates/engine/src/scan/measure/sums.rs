//! From a walk to what the catalog is told. A sum of what could not be seen is no size: then the last one stays.

use runstow_catalog::registry::{CategoryState, Measure, Report};
use runstow_lifecycle::{Category, Megabytes};
use runstow_storage::{CategorySize, Measured, Presence, SkipReason};

use super::super::ScanOutcome;
use crate::progress::Progress;

/// Takes over what was measured of a report. Gives whether all of it could be seen.
pub(super) fn take(
    report: &Report,
    measured: &Measured,
    run_counts: bool,
    measures: &mut Vec<Measure>,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) -> bool {
    if report.report_dir.is_empty() {
        return take_signal_files(report, measured, run_counts, measures, progress, outcome);
    }
    let report_dir = report.report_dir.to_path();
    if let Presence::Failed(error) = &measured.presences.report_dir {
        outcome.warn(progress, &report_dir, format!("{} was not measured: {error}", report.results_name));
        return false;
    }
    if let Some((_, first)) = measured.skipped_sample.first() {
        let message =
            format!("{} entries were left out when measuring, the first: {first}", measured.skipped);
        outcome.warn(progress, &report_dir, message);
    }
    let run_walked = run_counts && !matches!(measured.presences.run_dir, Presence::Failed(_));
    if !run_walked {
        let message = format!(
            "its run's directory could not be walked; what is known of {}'s share stays",
            report.results_name
        );
        outcome.warn(progress, &report_dir, message);
    }
    // A link whose target is out of sight is not a link to nothing.
    let link_lost = report_dir.join("sigproc_results").symlink_metadata().is_ok_and(|link| link.is_symlink())
        && !report_dir.join("sigproc_results").exists();
    let unseen = could_not_look(measured);
    outcome.measured += 1;
    for category in Category::ALL {
        let size = measured.size(category);
        outcome.files += size.files;
        outcome.bytes += size.bytes();
        progress.files(size.files);
        let known = report.category(category);
        if let Some(run_mb) = run_share(category, size, known, run_walked)
            && !(link_lost && known.and_then(|known| known.linked_mb).is_some_and(|mb| mb > 0.0))
        {
            let measure = Measure {
                report_id: report.id,
                category,
                report_mb: Megabytes::from_bytes(size.report_bytes).0,
                run_mb,
                linked_mb: Megabytes::from_bytes(size.linked_bytes).0,
                files: size.files,
            };
            let sum = measure.report_mb + measure.run_mb + measure.linked_mb;
            let smaller = known.and_then(|known| known.diskspace).is_some_and(|mb| sum < mb);
            if !(unseen && smaller) {
                measures.push(measure);
            }
        }
    }
    run_walked && !link_lost && !unseen
}

/// Of a report whose directory is not known, only what lies in the run can be measured: its signal files.
fn take_signal_files(
    report: &Report,
    measured: &Measured,
    run_counts: bool,
    measures: &mut Vec<Measure>,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) -> bool {
    if !run_counts || measured.presences.run_dir != Presence::Walked || could_not_look(measured) {
        return false;
    }
    let size = measured.size(Category::Sigproc);
    outcome.measured += 1;
    outcome.files += size.files;
    outcome.bytes += size.bytes();
    progress.files(size.files);
    measures.push(Measure {
        report_id: report.id,
        category: Category::Sigproc,
        report_mb: 0.0,
        run_mb: Megabytes::from_bytes(size.run_bytes).0,
        linked_mb: 0.0,
        files: size.files,
    });
    true
}

/// The MB below the run directory; `None` when nothing may be said about the category.
fn run_share(
    category: Category,
    size: &CategorySize,
    known: Option<&CategoryState>,
    walked: bool,
) -> Option<f64> {
    if walked {
        return Some(Megabytes::from_bytes(size.run_bytes).0);
    }
    match known {
        Some(CategoryState { run_mb: Some(run_mb), .. }) => Some(*run_mb),
        // A size from elsewhere, such as Torrent Suite's own, is better than a part of one.
        Some(CategoryState { diskspace: Some(_), .. }) => None,
        // Signal files lie in the run; what else a run may hold of the others is little.
        _ => (category != Category::Sigproc).then_some(0.0),
    }
}

/// Whether part of the tree could not be looked at, beyond entries that are never counted.
fn could_not_look(measured: &Measured) -> bool {
    let refused = |why: SkipReason| matches!(why, SkipReason::Refused(_) | SkipReason::TooLong);
    let sampled = measured.skipped_sample.iter().any(|(_, skipped)| refused(skipped.why));
    sampled || measured.skipped > measured.skipped_sample.len() as u64
}
