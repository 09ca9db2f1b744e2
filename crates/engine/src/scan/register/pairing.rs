//! Which run a report belongs to.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use runstow_catalog::registry::{Run, RunFacts};

use crate::scan::collect::FoundReport;

/// The run of a report.
pub(super) enum Belongs {
    /// One that the catalog knows.
    To(i64),
    /// None is known; this is what the report says of it.
    ToUnknown(Box<RunFacts>),
}

/// Stands before the name of a run whose directory nobody knows; no absolute path begins so.
const UNKNOWN_DIR: &str = "unknown:";

/// All runs of the catalog, to be found by what reports say about them.
pub(super) struct Runs {
    by_dir: HashMap<String, i64>,
    /// By the last part of the directory: storage is often mounted elsewhere than the pipeline saw it.
    by_base: HashMap<String, Option<i64>>,
    by_name: HashMap<String, Option<i64>>,
}

impl Runs {
    /// Runs that were found on disk just now come first where names are not unique.
    pub(super) fn new(runs: Vec<Run>, here: &HashSet<PathBuf>) -> Self {
        let (found, others): (Vec<Run>, Vec<Run>) =
            runs.into_iter().partition(|run| here.contains(&run.exp_dir.to_path()));
        let mut all = Self { by_dir: HashMap::new(), by_base: HashMap::new(), by_name: HashMap::new() };
        for group in [found, others] {
            let (mut bases, mut names) = (HashMap::new(), HashMap::new());
            for run in group {
                let dir = run.exp_dir.text().trim_end_matches('/').to_owned();
                if let Some(base) = Path::new(&dir).file_name() {
                    once(&mut bases, base.to_string_lossy().into_owned(), run.id);
                }
                once(&mut names, run.exp_name, run.id);
                all.by_dir.entry(dir).or_insert(run.id);
            }
            for (base, id) in bases {
                all.by_base.entry(base).or_insert(id);
            }
            for (name, id) in names {
                all.by_name.entry(name).or_insert(id);
            }
        }
        all
    }

    /// The run of a report, or what has to be registered first because no known run is the one.
    pub(super) fn of_report(&self, report: &FoundReport) -> Belongs {
        let dir = report
            .metadata
            .exp_dir
            .as_deref()
            .map(|dir| dir.trim_end_matches('/'))
            .filter(|dir| !dir.is_empty());
        let name = report.metadata.exp_name.as_deref();
        let by_dir = dir.and_then(|dir| self.by_dir.get(dir).copied());
        let by_base = || {
            let base = Path::new(dir?).file_name()?.to_string_lossy().into_owned();
            self.by_base.get(&base).copied().flatten()
        };
        let by_name = || self.by_name.get(name?).copied().flatten();
        if let Some(id) = by_dir.or_else(by_base).or_else(by_name) {
            return Belongs::To(id);
        }
        let base =
            dir.and_then(|dir| Path::new(dir).file_name()).map(|base| base.to_string_lossy().into_owned());
        let exp_name = name.map(str::to_owned).or(base).unwrap_or_else(|| report.results_name.clone());
        let exp_dir = match dir {
            Some(dir) if Path::new(dir).is_absolute() => dir.to_owned(),
            _ => format!("{UNKNOWN_DIR}{exp_name}"),
        };
        Belongs::ToUnknown(Box::new(RunFacts {
            exp_dir: exp_dir.as_str().into(),
            date_us: report.metadata.exp_date.unwrap_or(report.analysed).as_microsecond(),
            finished_reason: "known from its report only; the run itself was not found".to_owned(),
            exp_name,
            ..RunFacts::default()
        }))
    }
}

/// Keeps an id under a key, and forgets it when the key turns out to be not unique.
fn once(map: &mut HashMap<String, Option<i64>>, key: String, id: i64) {
    map.entry(key).and_modify(|known| *known = None).or_insert(Some(id));
}
