//! Pairing reports with runs, and telling the catalog.

mod pairing;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;
use runstow_catalog::Catalog;
use runstow_catalog::registry::{Change, Outcome, ReportFacts, Run, RunRef};

use super::ScanOutcome;
use super::collect::Collected;
use crate::EngineError;
use crate::progress::Progress;
use pairing::{Belongs, Runs};

/// The catalog's ids of what was found, with the newest change seen at the top of each.
#[derive(Default)]
pub(super) struct RegisteredAll {
    pub(super) runs: HashMap<i64, Timestamp>,
    pub(super) reports: HashMap<i64, Timestamp>,
    /// New or changed, so to be measured.
    pub(super) fresh: HashSet<i64>,
}

/// Registers everything that was found.
pub(super) async fn register(
    catalog: &Catalog,
    found: &Collected,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) -> Result<RegisteredAll, EngineError> {
    let known = catalog.all_runs().await?;
    let mut registered = RegisteredAll::default();

    let here: HashSet<PathBuf> = found.runs.iter().map(|run| run.path.clone()).collect();
    let mut changes = Vec::new();
    for run in &found.runs {
        let mut facts = run.facts.clone();
        if !known.iter().any(|known| known.exp_dir == facts.exp_dir) {
            facts.moved_from = moved_from(&known, &facts.exp_name, facts.date_us, &here);
        }
        changes.push(Change::Run(facts));
    }
    for (run, done) in found.runs.iter().zip(catalog.apply(&changes).await?) {
        outcome.new_runs += usize::from(done.outcome == Outcome::New);
        registered.runs.insert(done.id, run.newest);
    }
    outcome.runs = found.runs.len();

    // Reports may name runs that are not on any root: those are made known from what the report says.
    let runs = Runs::new(catalog.all_runs().await?, &here);
    let mut changes = Vec::new();
    let mut needed = Vec::new();
    for report in &found.reports {
        let run = match runs.of_report(report) {
            Belongs::To(id) => RunRef::Id(id),
            Belongs::ToUnknown(facts) => {
                let dir = facts.exp_dir.clone();
                needed.push(Change::Run(*facts));
                RunRef::Dir(dir)
            }
        };
        changes.push(Change::Report(ReportFacts {
            report_dir: report.path.as_path().into(),
            moved_from: None,
            wanted_id: report.pk,
            run,
            results_name: report.results_name.clone(),
            time_stamp_us: report.analysed.as_microsecond(),
            thumbnail: report.metadata.thumbnail,
            parent_dir: report.parent.as_deref().map(Into::into),
            ts_version: report.version.clone(),
            fingerprint: Some(report.fingerprint.clone()),
        }));
    }
    let extra = needed.len();
    needed.append(&mut changes);
    for (report, done) in found.reports.iter().zip(catalog.apply(&needed).await?.into_iter().skip(extra)) {
        outcome.new_reports += usize::from(done.outcome == Outcome::New);
        if done.outcome != Outcome::Same {
            registered.fresh.insert(done.id);
        }
        if done.outcome == Outcome::New
            && let Some(pk) = report.pk.filter(|pk| *pk != done.id)
        {
            let message =
                format!("primary.key says {pk}, which another report has; it got the id {}", done.id);
            outcome.warn(progress, &report.path, message);
        }
        registered.reports.insert(done.id, report.newest);
    }
    outcome.reports = found.reports.len();
    Ok(registered)
}

/// The one known run of this name and start whose directory is gone: it has moved. None when that is not plain.
fn moved_from(known: &[Run], exp_name: &str, date_us: i64, here: &HashSet<PathBuf>) -> Option<i64> {
    let mut candidates = known.iter().filter(|run| {
        let old = run.exp_dir.to_path();
        run.exp_name == exp_name
            && run.date_us == date_us
            && !here.contains(&old)
            && matches!(std::fs::symlink_metadata(&old), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
    });
    let only = candidates.next()?;
    candidates.next().is_none().then_some(only.id)
}
