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
    /// Found on disk just now.
    found: Index,
    /// Known from earlier, or only from what a report said.
    others: Index,
}

/// Runs by directory, by its last part (storage is often mounted elsewhere than the pipeline saw it), and by name.
#[derive(Default)]
struct Index {
    by_dir: HashMap<String, i64>,
    by_base: HashMap<String, Option<(i64, String)>>,
    by_name: HashMap<String, Option<i64>>,
}

impl Index {
    fn add(&mut self, run: &Run) {
        let dir = run.exp_dir.text().trim_end_matches('/').to_owned();
        once(&mut self.by_base, last_part(&dir), (run.id, run.exp_name.clone()));
        once(&mut self.by_name, run.exp_name.clone(), run.id);
        self.by_dir.entry(dir).or_insert(run.id);
    }

    /// The run in this directory; else the only one whose directory has this last part, unless the names differ;
    /// else the only one of this name.
    fn find(&self, dir: Option<&str>, name: Option<&str>) -> Option<i64> {
        if let Some(id) = dir.and_then(|dir| self.by_dir.get(dir)) {
            return Some(*id);
        }
        let by_base = dir.and_then(|dir| self.by_base.get(&last_part(dir))).and_then(Option::as_ref);
        if let Some((id, _)) = by_base.filter(|(_, exp_name)| name.is_none_or(|name| name == exp_name)) {
            return Some(*id);
        }
        name.and_then(|name| self.by_name.get(name)).copied().flatten()
    }
}

fn last_part(dir: &str) -> String {
    Path::new(dir).file_name().map(|base| base.to_string_lossy().into_owned()).unwrap_or_default()
}

impl Runs {
    /// `here` are the directories of runs found just now; these come first, whatever older records say.
    pub(super) fn new(runs: &[Run], here: &HashSet<PathBuf>) -> Self {
        let mut all = Self { found: Index::default(), others: Index::default() };
        for run in runs {
            let group = if here.contains(&run.exp_dir.to_path()) { &mut all.found } else { &mut all.others };
            group.add(run);
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
        if let Some(id) = self.found.find(dir, name).or_else(|| self.others.find(dir, name)) {
            return Belongs::To(id);
        }
        let base = dir.map(last_part).filter(|base| !base.is_empty());
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

/// Keeps a value under a key, and forgets it when the key turns out to be not unique.
fn once<T>(map: &mut HashMap<String, Option<T>>, key: String, value: T) {
    if !key.is_empty() {
        map.entry(key).and_modify(|known| *known = None).or_insert(Some(value));
    }
}
