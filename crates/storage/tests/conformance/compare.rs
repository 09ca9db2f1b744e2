//! Compares line by line.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use runstow_lifecycle::{Action, Category, CategorySet, Classifier, FileSets, State};
use runstow_storage::{Files, Line, ReportFiles, ReportSpec, classification, leaves_onboard, measure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::tree::{Manifest, Report, below};

#[derive(Deserialize)]
struct Expected {
    report: u64,
    category: ByCode,
    action: Action,
    scenario: String,
    #[serde(default)]
    error: Option<String>,
    process: Paths,
    keep: Paths,
    process_bytes: u64,
    diskspace_bytes: u64,
}

/// The reference names categories by their codes.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ByCode(Category);

impl TryFrom<String> for ByCode {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        code.parse().map(Self).map_err(|e: runstow_lifecycle::category::UnknownCategory| e.to_string())
    }
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Paths {
    Digest { count: usize, sha256: String },
    List(Vec<String>),
}

impl Paths {
    /// Ours in the same form.
    fn like(&self, ours: &[Vec<u8>], root: &[u8]) -> Self {
        let relative = ours.iter().map(|p| p.strip_prefix(root).unwrap().strip_prefix(b"/").unwrap());
        match self {
            Self::Digest { .. } => {
                let mut hash = Sha256::new();
                for path in relative {
                    hash.update(path);
                    hash.update([0]);
                }
                let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
                Self::Digest { count: ours.len(), sha256 }
            }
            Self::List(_) => Self::List(relative.map(|p| String::from_utf8(p.to_vec()).unwrap()).collect()),
        }
    }
}

/// Compares everything in a file of expected lines. Returns how many lines agree; panics with the others.
pub(crate) fn compare(root: impl AsRef<Path>, expected: &Path) -> usize {
    let root = root.as_ref();
    let manifest = Manifest::read(root);
    let classifiers: HashMap<&str, Classifier> =
        FileSets::built_in().iter().map(|s| (s.name(), Classifier::new(s).unwrap())).collect();
    let text = std::fs::read_to_string(expected).unwrap();
    let mut ours = HashMap::new();
    let mut differences = Vec::new();
    let mut agree = 0;
    for line in text.lines() {
        let want: Expected = serde_json::from_str(line).unwrap();
        let report = manifest.reports.iter().find(|r| r.id == want.report).unwrap();
        let key = (want.report, want.scenario.clone());
        let answer = ours.entry(key).or_insert_with(|| {
            Answer::of(&manifest, report, root, &classifiers[report.version.as_str()], &want.scenario)
        });
        match answer.differs(&want, root) {
            None => agree += 1,
            Some(why) => differences.push(format!(
                "report {} {} {} {}: {why}",
                want.report, want.category.0, want.action, want.scenario
            )),
        }
    }
    assert!(differences.is_empty(), "{} lines differ:\n{}", differences.len(), differences.join("\n"));
    agree
}

struct Answer {
    lines: Vec<Line>,
    sizes: [u64; 4],
}

impl Answer {
    fn of(
        manifest: &Manifest,
        report: &Report,
        root: &Path,
        classifier: &Classifier,
        scenario: &str,
    ) -> Self {
        let report_dir = below(root, &report.report_dir);
        let run_dir = manifest.run_dir(report, root);
        let archives: Vec<Option<PathBuf>> =
            Category::ALL.iter().map(|c| below(root, report.archive_paths.get(c.code())?)).collect();
        let spec = ReportSpec {
            report_dir: report_dir.as_deref(),
            run_dir: run_dir.as_deref(),
            leaves_onboard: leaves_onboard(report_dir.as_deref(), report.is_thumbnail),
            states: Category::ALL
                .map(|c| report.states.get(c.code()).map_or(State::Local, |s| s.parse().unwrap())),
            archive_paths: std::array::from_fn(|i| archives[i].as_deref()),
        };
        let gone: CategorySet = scenario
            .strip_prefix("gone:")
            .map(|codes| codes.split('+').map(|c| c.parse::<Category>().unwrap()).collect())
            .unwrap_or_default();
        let (lines, _) = classification(&spec, classifier, &Action::ALL, gone);
        let files =
            ReportFiles { report_dir: spec.report_dir, leaves_onboard: spec.leaves_onboard, classifier };
        let sizes = measure(spec.run_dir, files).sizes.map(|s| s.bytes());
        Self { lines, sizes }
    }

    fn differs(&self, want: &Expected, root: &Path) -> Option<String> {
        let category = want.category.0;
        let line = self.lines.iter().find(|l| l.category == category && l.action == want.action).unwrap();
        let size = self.sizes[category.index()];
        if size != want.diskspace_bytes {
            return Some(format!("disk space {size}, expected {}", want.diskspace_bytes));
        }
        let none = Files::default();
        let files = match (&line.files, &want.error) {
            (Ok(files), None) => files,
            (Err(_), Some(_)) => &none,
            (ours, theirs) => return Some(format!("we say {ours:?}, expected {theirs:?}")),
        };
        if files.bytes != want.process_bytes {
            return Some(format!("{} bytes, expected {}", files.bytes, want.process_bytes));
        }
        for (what, ours, theirs) in
            [("process", &files.process, &want.process), ("keep", &files.keep, &want.keep)]
        {
            let ours = theirs.like(ours, root.as_os_str().as_bytes());
            if ours != *theirs {
                return Some(format!("{what} is {ours:?}, expected {theirs:?}"));
            }
        }
        None
    }
}
