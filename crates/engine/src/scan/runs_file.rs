//! Registering what a `runs.json` lists, without looking for runs (golden/README.md).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use runstow_catalog::Catalog;
use runstow_catalog::registry::{Change, Outcome, ReportFacts, RunFacts, RunRef};
use runstow_lifecycle::{Category, State};
use serde::Deserialize;

use super::register::{RegisteredAll, Seen};
use super::{Measuring, ScanOutcome, ScanSettings, SkippedVolume, measure};
use crate::moves::is_below_root;
use crate::progress::Progress;
use crate::{EngineError, blocking, volumes};

/// The parts of the file that matter here; it may say more.
#[derive(Deserialize)]
struct RunsFile {
    experiments: Vec<ListedRun>,
    reports: Vec<ListedReport>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedRun {
    id: i64,
    exp_name: String,
    exp_dir: String,
    #[serde(default)]
    chip_type: String,
    #[serde(default)]
    platform: String,
    #[serde(default, rename = "pgmName")]
    instrument: String,
    date: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedReport {
    id: i64,
    results_name: String,
    experiment: i64,
    report_dir: String,
    #[serde(default)]
    is_thumbnail: bool,
    time_stamp: Timestamp,
    version: Option<String>,
    parent: Option<i64>,
    #[serde(default)]
    states: HashMap<String, String>,
    #[serde(default)]
    archive_paths: HashMap<String, String>,
}

/// Registers the runs and reports of a file and measures them. Their ids are kept; paths are relative to the file's folder. The
/// storage roots of the settings become known, and are not looked through.
///
/// # Errors
/// When the file can not be read, names an unknown state or a run that it does not list: then nothing is registered.
pub async fn register_runs_file(
    catalog: &Catalog,
    file: &Path,
    settings: &ScanSettings,
    progress: Arc<dyn Progress>,
) -> Result<ScanOutcome, EngineError> {
    let started = Instant::now();
    let wrong = |what: String| EngineError::RunsFile(format!("{}: {what}", file.display()));
    let absolute = std::path::absolute(file).map_err(|error| wrong(error.to_string()))?;
    let bytes = std::fs::read(&absolute).map_err(|error| wrong(format!("can not be read: {error}")))?;
    let listed: RunsFile =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("is no runs.json: {error}")))?;
    let root = absolute.parent().unwrap_or(Path::new("/"));
    let states = states(&listed, root).map_err(wrong)?;

    let listed_runs: HashSet<i64> = listed.experiments.iter().map(|run| run.id).collect();
    if let Some(report) = listed.reports.iter().find(|report| !listed_runs.contains(&report.experiment)) {
        let (id, run) = (report.id, report.experiment);
        return Err(wrong(format!("report {id} belongs to experiment {run}, which is not listed")));
    }

    let mut outcome = ScanOutcome::default();
    let volumes = volumes::examine(catalog, &settings.roots).await?;
    let skipped = volumes.iter().filter(|volume| !volume.is_ready());
    outcome.skipped_volumes.extend(skipped.map(SkippedVolume::from));
    let changes: Vec<Change> =
        listed.experiments.iter().map(|run| Change::Run(run_facts(run, root))).collect();
    let mut runs = HashMap::new();
    for (run, done) in listed.experiments.iter().zip(catalog.apply(&changes).await?) {
        outcome.new_runs += usize::from(done.outcome == Outcome::New);
        runs.insert(run.id, done.id);
    }
    let dirs: HashMap<i64, PathBuf> =
        listed.reports.iter().map(|report| (report.id, below(root, &report.report_dir))).collect();
    let changes: Vec<Change> = listed
        .reports
        .iter()
        .map(|report| {
            let parent = report.parent.and_then(|parent| dirs.get(&parent));
            Change::Report(report_facts(report, runs[&report.experiment], &dirs[&report.id], parent))
        })
        .collect();
    let mut registered = RegisteredAll::default();
    let now = Timestamp::now();
    for (report, done) in listed.reports.iter().zip(catalog.apply(&changes).await?) {
        outcome.new_reports += usize::from(done.outcome == Outcome::New);
        if done.id != report.id {
            let message = format!("the id {} is taken; this report has the id {}", report.id, done.id);
            outcome.warn(progress.as_ref(), &dirs[&report.id], message);
        }
        registered.reports.insert(done.id, Seen { newest: now, finished: true });
        // Later the catalog knows better than the list.
        if let Some(wanted) = states.get(&report.id).filter(|_| done.outcome == Outcome::New) {
            catalog.set_states(done.id, wanted).await?;
        }
    }
    let runs = listed.experiments.iter().map(|run| run_facts(run, root).exp_dir.to_path());
    let folders: Vec<PathBuf> = runs.chain(dirs.into_values()).collect();
    if let Some(message) = below_no_root(catalog, folders).await? {
        outcome.warn(progress.as_ref(), &absolute, message);
    }
    outcome.runs = listed.experiments.len();
    outcome.reports = listed.reports.len();
    let settings = ScanSettings {
        measuring: if settings.measuring == Measuring::Nothing { Measuring::Nothing } else { Measuring::All },
        ..settings.clone()
    };
    measure::measure(catalog, &settings, None, &registered, &progress, &mut outcome).await?;
    progress.done();
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

/// Says so when listed folders lie below no storage root: what a list names is not moved by that alone.
async fn below_no_root(catalog: &Catalog, folders: Vec<PathBuf>) -> Result<Option<String>, EngineError> {
    let roots = catalog.volumes().await?;
    blocking(move || {
        let there = |folder: &&PathBuf| folder.is_absolute() && folder.is_dir();
        let mut outside: Vec<&PathBuf> =
            folders.iter().filter(there).filter(|folder| !is_below_root(&roots, folder)).collect();
        outside.sort();
        let first = outside.first()?;
        Some(format!(
            "{} of its directories lie below no storage root, the first is {first:?}: nothing is archived or deleted there. Name the \
             root with --file-server or --report-storage beside --runs, or in runstow.toml, and scan",
            outside.len()
        ))
    })
    .await
}

/// States and archive places of reports that say so, checked before anything is registered.
type States = HashMap<i64, Vec<(Category, State, Option<PathBuf>)>>;

fn states(listed: &RunsFile, root: &Path) -> Result<States, String> {
    let mut all = HashMap::new();
    for report in &listed.reports {
        let category =
            |name: &String| name.parse::<Category>().map_err(|e| format!("report {}: {e}", report.id));
        let mut wanted: HashMap<Category, (State, Option<PathBuf>)> = HashMap::new();
        for (name, code) in &report.states {
            let state = code.parse::<State>().map_err(|e| format!("report {}: {e}", report.id))?;
            wanted.insert(category(name)?, (state, None));
        }
        for (name, path) in &report.archive_paths {
            wanted.entry(category(name)?).or_insert((State::Local, None)).1 = Some(below(root, path));
        }
        if !wanted.is_empty() {
            all.insert(
                report.id,
                wanted.into_iter().map(|(category, (state, path))| (category, state, path)).collect(),
            );
        }
    }
    Ok(all)
}

fn run_facts(run: &ListedRun, root: &Path) -> RunFacts {
    let exp_dir = if run.exp_dir.is_empty() { PathBuf::new() } else { below(root, &run.exp_dir) };
    RunFacts {
        exp_dir: exp_dir.into(),
        moved_from: None,
        wanted_id: Some(run.id),
        exp_name: run.exp_name.clone(),
        date_us: run.date.as_microsecond(),
        chip_type: run.chip_type.clone(),
        platform: run.platform.clone(),
        instrument: run.instrument.clone(),
        finished: true,
        quiet: false,
        finished_reason: "listed as such".to_owned(),
        keep_marker: false,
        fingerprint: None,
    }
}

fn report_facts(report: &ListedReport, run: i64, dir: &Path, parent: Option<&PathBuf>) -> ReportFacts {
    ReportFacts {
        report_dir: dir.into(),
        moved_from: None,
        wanted_id: Some(report.id),
        run: RunRef::Id(run),
        results_name: report.results_name.clone(),
        time_stamp_us: report.time_stamp.as_microsecond(),
        thumbnail: report.is_thumbnail,
        parent_dir: parent.map(|dir| dir.as_path().into()),
        ts_version: report.version.clone(),
        fingerprint: None,
    }
}

/// A path of the file below its folder, without final slashes (categories.md §11, trailing-slash).
fn below(root: &Path, relative: &str) -> PathBuf {
    root.join(relative.trim_end_matches('/'))
}
