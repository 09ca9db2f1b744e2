//! Pairing reports with runs, and telling the catalog.

mod moved;
mod pairing;
mod places;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;
use runstow_catalog::registry::{Change, Outcome, Report, ReportFacts, Run, RunRef};
use runstow_catalog::{Catalog, StoredPath};

use super::collect::{Collected, FoundReport, FoundRun};
use super::{Known, ScanOutcome};
use crate::EngineError;
use crate::progress::Progress;
use crate::volumes::Volumes;
use moved::Moved;
use pairing::{Belongs, Paired, Runs};
use places::Places;

/// What was seen of a run or report without walking it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The newest change at its top.
    pub(super) newest: Timestamp,
    /// Whether nothing is being written there; reports have no way to say so and count as finished.
    pub(super) finished: bool,
}

/// The catalog's ids of what was found.
#[derive(Default)]
pub(super) struct RegisteredAll {
    pub(super) runs: HashMap<i64, Seen>,
    pub(super) reports: HashMap<i64, Seen>,
    /// Reports that are new or changed, so to be measured.
    pub(super) fresh: HashSet<i64>,
}

/// Registers everything that was found on volumes that are still proven.
pub(super) async fn register(
    catalog: &Catalog,
    known: &Known,
    volumes: &Volumes,
    found: &Collected,
    progress: &dyn Progress,
    outcome: &mut ScanOutcome,
) -> Result<RegisteredAll, EngineError> {
    let mut registered = RegisteredAll::default();
    let by_dir: HashMap<&StoredPath, &Run> = known.runs.iter().map(|run| (&run.exp_dir, run)).collect();
    let known_reports: HashMap<StoredPath, &Report> =
        known.reports.iter().map(|report| (report.report_dir.clone(), report)).collect();
    let runs_of: HashMap<i64, i64> =
        known.reports.iter().map(|report| (report.id, report.experiment_id)).collect();
    let moved = tokio::task::block_in_place(|| Moved::look(known, volumes, found));

    let found_runs: Vec<&FoundRun> = found.runs.iter().filter(|run| volumes.is_proven(&run.path)).collect();
    let here: HashSet<PathBuf> = found_runs.iter().map(|run| run.path.clone()).collect();
    let mut changes = Vec::new();
    for run in &found_runs {
        let mut facts = run.facts.clone();
        match by_dir.get(&facts.exp_dir) {
            // Its metadata is damaged just now: what is known of it is better than a guess.
            Some(before) if !run.spoke => {
                facts.exp_name = String::new();
                facts.date_us = before.date_us;
            }
            Some(_) => {}
            None => facts.moved_from = moved.run(run),
        }
        changes.push(Change::Run(facts));
    }
    for (run, done) in found_runs.iter().zip(catalog.apply(&changes).await?) {
        outcome.new_runs += usize::from(done.outcome == Outcome::New);
        registered.runs.insert(done.id, Seen { newest: run.newest, finished: run.facts.finished });
    }
    outcome.runs = found_runs.len();

    // Reports may name runs that are not on any root: those are made known from what the report says.
    let all_runs = catalog.all_runs().await?;
    let runs = Runs::new(&all_runs, &here);
    let places =
        tokio::task::block_in_place(|| Places::new(volumes, known, here.iter().map(PathBuf::as_path)));
    let mut changes = Vec::new();
    let mut needed = Vec::new();
    let found_reports: Vec<&FoundReport> =
        found.reports.iter().filter(|report| volumes.is_proven(&report.path)).collect();
    for report in &found_reports {
        let before = known_reports.get(&StoredPath::from(report.path.as_path())).copied();
        let moved_from = if before.is_some() { None } else { moved.report(report) };
        let its_run =
            before.map(|before| before.experiment_id).or_else(|| runs_of.get(&moved_from?).copied());
        let Paired { belongs, doubt } =
            tokio::task::block_in_place(|| runs.of_report(report, its_run, &places));
        if let Some(doubt) = doubt {
            outcome.in_doubt += 1;
            outcome.warn(progress, &report.path, doubt);
        }
        let run = match belongs {
            Belongs::To(id) => RunRef::Id(id),
            Belongs::ToUnknown(facts) => {
                let dir = facts.exp_dir.clone();
                needed.push(Change::Run(*facts));
                RunRef::Dir(dir)
            }
        };
        changes.push(Change::Report(ReportFacts {
            moved_from,
            report_dir: report.path.as_path().into(),
            wanted_id: report.pk,
            run,
            results_name: report.results_name.clone(),
            // A directory's time is a guess: it never replaces what is known.
            time_stamp_us: before
                .filter(|_| !report.dated)
                .map_or(report.analysed.as_microsecond(), |before| before.time_stamp_us),
            thumbnail: report.metadata.thumbnail,
            parent_dir: report.parent.as_deref().map(Into::into),
            ts_version: report.version.clone(),
            fingerprint: Some(report.fingerprint.clone()),
        }));
    }
    let extra = needed.len();
    needed.append(&mut changes);
    for (report, done) in found_reports.iter().zip(catalog.apply(&needed).await?.into_iter().skip(extra)) {
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
        registered.reports.insert(done.id, Seen { newest: report.newest, finished: true });
    }
    outcome.reports = found_reports.len();
    Ok(registered)
}
