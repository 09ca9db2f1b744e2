//! Which run a report belongs to.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use runstow_catalog::registry::{Run, RunFacts};

use super::places::{Places, Wrong};
use crate::scan::collect::FoundReport;

/// The run of a report.
pub(super) enum Belongs {
    /// One that the catalog knows.
    To(i64),
    /// None is known; this is what the report says of it.
    ToUnknown(Box<RunFacts>),
}

/// The run of a report, and what a person should look at.
pub(super) struct Paired {
    pub(super) belongs: Belongs,
    /// Why its run is in doubt.
    pub(super) doubt: Option<String>,
}

/// Stands before the name of a run whose directory nobody knows; no absolute path begins so.
const UNKNOWN_DIR: &str = "unknown:";

/// All runs of the catalog, to be found by what reports say about them.
pub(super) struct Runs<'r> {
    /// Found on disk just now.
    found: Index<'r>,
    /// Known from earlier, or only from what a report said.
    others: Index<'r>,
    by_id: HashMap<i64, &'r Run>,
}

/// Runs by directory, by its last part (storage is often mounted elsewhere than the pipeline saw it), and by name.
#[derive(Default)]
struct Index<'r> {
    by_dir: HashMap<String, &'r Run>,
    by_base: HashMap<String, Vec<&'r Run>>,
    by_name: HashMap<&'r str, Vec<&'r Run>>,
}

/// What an index says.
enum Match<'r> {
    One(&'r Run),
    /// They are alike: nothing tells which one is meant.
    Several(Vec<&'r Run>),
    Nothing,
}

impl<'r> Index<'r> {
    fn add(&mut self, run: &'r Run) {
        let dir = run.exp_dir.text().trim_end_matches('/').to_owned();
        let base = last_part(&dir);
        if !base.is_empty() {
            self.by_base.entry(base).or_default().push(run);
        }
        if !run.exp_name.is_empty() {
            self.by_name.entry(&run.exp_name).or_default().push(run);
        }
        self.by_dir.entry(dir).or_insert(run);
    }

    /// The run in this directory; else those whose directory has this last part, unless the names differ; else those of
    /// this name.
    fn find(&self, dir: Option<&str>, name: Option<&str>) -> Match<'r> {
        if let Some(run) = dir.and_then(|dir| self.by_dir.get(dir)) {
            return Match::One(run);
        }
        let by_base = dir.and_then(|dir| self.by_base.get(&last_part(dir))).into_iter().flatten();
        let by_base: Vec<&Run> =
            by_base.copied().filter(|run| name.is_none_or(|name| name == run.exp_name)).collect();
        let by_name = || name.and_then(|name| self.by_name.get(name)).cloned().unwrap_or_default();
        match (by_base.is_empty(), by_base) {
            (false, by_base) => Match::of(by_base),
            (true, _) => Match::of(by_name()),
        }
    }
}

impl<'r> Match<'r> {
    fn of(runs: Vec<&'r Run>) -> Self {
        match runs[..] {
            [] => Self::Nothing,
            [only] => Self::One(only),
            _ => Self::Several(runs),
        }
    }
}

fn last_part(dir: &str) -> String {
    Path::new(dir).file_name().map(|base| base.to_string_lossy().into_owned()).unwrap_or_default()
}

impl<'r> Runs<'r> {
    /// `here` are the directories of runs found just now; these come first, whatever older records say.
    pub(super) fn new(runs: &'r [Run], here: &HashSet<PathBuf>) -> Self {
        let mut all = Self { found: Index::default(), others: Index::default(), by_id: HashMap::new() };
        for run in runs {
            let group = if here.contains(&run.exp_dir.to_path()) { &mut all.found } else { &mut all.others };
            group.add(run);
            all.by_id.insert(run.id, run);
        }
        all
    }

    /// The run of a report, or what has to be registered first because no known run is the one. `before`: the run that it
    /// had until now.
    pub(super) fn of_report(&self, report: &FoundReport, before: Option<i64>, places: &Places) -> Paired {
        let dir = report
            .metadata
            .exp_dir
            .as_deref()
            .map(|dir| dir.trim_end_matches('/'))
            .filter(|dir| !dir.is_empty());
        let name = report.metadata.exp_name.as_deref();
        match self.found.find(dir, name) {
            Match::One(run) => return Paired { belongs: Belongs::To(run.id), doubt: None },
            Match::Several(alike) => return self.in_doubt(report, before, &alike, places),
            Match::Nothing => {}
        }
        if let Match::One(run) = self.others.find(dir, name) {
            let wrong = places.wrong(&run.exp_dir.to_path());
            return Paired { belongs: Belongs::To(run.id), doubt: wrong.map(|wrong| wrong.to_string()) };
        }
        let named = dir.filter(|dir| Path::new(dir).is_absolute());
        let wrong = named.and_then(|dir| places.wrong(Path::new(dir)));
        let named = named.filter(|_| !matches!(wrong, Some(Wrong::Holds { .. })));
        Paired {
            belongs: Belongs::ToUnknown(Box::new(unknown(report, named))),
            doubt: wrong.map(|wrong| wrong.to_string()),
        }
    }

    /// Several found directories could be the run. What the report says of its place was seen on another machine, or is none of
    /// them: it decides nothing.
    fn in_doubt(&self, report: &FoundReport, before: Option<i64>, alike: &[&Run], places: &Places) -> Paired {
        let before = before.and_then(|id| self.by_id.get(&id)).filter(|run| {
            let dir = run.exp_dir.to_path();
            alike.iter().any(|one| one.id == run.id) || (dir.is_absolute() && places.wrong(&dir).is_none())
        });
        let mut dirs: Vec<String> = alike.iter().map(|run| run.exp_dir.text().into_owned()).collect();
        dirs.sort();
        let (stays, belongs) = match before {
            Some(run) => {
                (format!("it stays with {}, which it had before", run.exp_dir.text()), Belongs::To(run.id))
            }
            None => (
                "it has none, and its signal files can not be moved".to_owned(),
                Belongs::ToUnknown(Box::new(unknown(report, None))),
            ),
        };
        let doubt = format!(
            "the run of this report ({}) could be any of {}: {stays}; move copies out of the storage roots, and scan again",
            report.results_name,
            dirs.join(", ")
        );
        Paired { belongs, doubt: Some(doubt) }
    }
}

/// What a report says of a run that was not found; `dir` is where it says that it is.
fn unknown(report: &FoundReport, dir: Option<&str>) -> RunFacts {
    let metadata = &report.metadata;
    let base = metadata.exp_dir.as_deref().map(last_part).filter(|base| !base.is_empty());
    let exp_name = metadata.exp_name.clone().or(base).unwrap_or_else(|| report.results_name.clone());
    let exp_dir = dir.map_or_else(|| format!("{UNKNOWN_DIR}{exp_name}"), str::to_owned);
    RunFacts {
        exp_dir: exp_dir.as_str().into(),
        date_us: metadata.exp_date.unwrap_or(report.analysed).as_microsecond(),
        finished_reason: "known from its report only; the run itself was not found".to_owned(),
        exp_name,
        ..RunFacts::default()
    }
}
