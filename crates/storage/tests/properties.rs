//! Random trees and random pattern sets against a plain reading of categories.md.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::select;
use runstow_lifecycle::{Category, Classifier, FileSets};
use runstow_storage::{ReportFiles, measure};

const NAMES: [&str; 16] = [
    "sigproc_results",
    "onboard_results",
    "block_X0_Y0",
    "plugin_out",
    "pdf",
    "acq_0000.dat",
    "1.wells",
    "explog.txt",
    "rawlib.bam",
    "version.txt",
    "controller.log",
    "x.bin",
    "filtered.trimmed",
    "é.bam",
    "line\nbreak.dat",
    "misc.tmp",
];
const PATTERNS: [&str; 14] = [
    "**",
    "*",
    "*.dat",
    "*.bam",
    "*xplog.txt",
    "sigproc_results/*.bin",
    "sigproc_results/1?wells",
    "**block_**/",
    "plugin_out",
    "pdf",
    "X#_Y#**.dat",
    "version?txt",
    "onboard_results/",
    "re:[a-z]+\\.(bam|bin)$",
];

/// Where the report dir lies, seen from the root; the run dir is `run`.
const REPORT_DIRS: [&str; 4] = ["report", "run/plugin_out", "run", "."];

#[derive(Clone, Debug)]
struct Case {
    /// Path below the root, and size; 0 for a link to nowhere.
    files: Vec<(String, u64)>,
    report_dir: &'static str,
    link: bool,
    leaves_onboard: bool,
    set: String,
}

fn case() -> impl Strategy<Value = Case> {
    let start = select(vec!["run", "report", "run/plugin_out", "parent/sigproc_results"]);
    let path = (start, proptest::collection::vec(select(&NAMES[..]), 1..4))
        .prop_map(|(start, names)| format!("{start}/{}", names.join("/")));
    let files = proptest::collection::vec((path, prop_oneof![1 => Just(0u64), 6 => 1..1u64 << 40]), 1..30);
    (files, select(&REPORT_DIRS[..]), any::<bool>(), any::<bool>(), set()).prop_map(
        |(files, report_dir, link, leaves_onboard, set)| Case {
            files,
            report_dir,
            link,
            leaves_onboard,
            set,
        },
    )
}

fn set() -> impl Strategy<Value = String> {
    let list = || proptest::collection::vec(select(&PATTERNS[..]), 0..4);
    let category = || (list(), list());
    [category(), category(), category(), category()].prop_map(|all| {
        let rules = |(name, (include, exclude)): (Category, &(Vec<&str>, Vec<&str>))| {
            format!(
                "[sets.site.{name}]\nage_days = 1\ndisk_percent = 1\nauto_action = \"off\"\n\
                 remove_empty_dirs = true\ninclude = {include:?}\nexclude = {exclude:?}\n"
            )
        };
        Category::ALL.into_iter().zip(&all).map(rules).collect()
    })
}

/// Makes the tree. Files that find a file where they need a folder, or the other way round, are left out.
fn make(root: &Path, case: &Case) {
    for folder in ["run", "report", "parent/sigproc_results"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for (path, size) in &case.files {
        let path = root.join(path);
        if fs::create_dir_all(path.parent().unwrap()).is_err() || path.symlink_metadata().is_ok() {
            continue;
        }
        match size {
            0 => symlink("nowhere", path).unwrap(),
            size => fs::File::create(path).unwrap().set_len(*size).unwrap(),
        }
    }
    if case.link {
        // Fails when the folder is there already, or the report dir is not.
        let _ =
            symlink(root.join("parent/sigproc_results"), root.join(case.report_dir).join("sigproc_results"));
    }
}

/// Bytes and files by category, read from categories.md §2, §3, §5 and §8 in the plainest way.
fn plain(root: &Path, case: &Case, classifier: &Classifier) -> [(u64, u64); 4] {
    let mut wanted: BTreeMap<PathBuf, [bool; 4]> = BTreeMap::new();
    for start in [case.report_dir, "run"] {
        let start = root.join(start);
        let Ok(start) = start.canonicalize() else { continue };
        if !start.is_dir() {
            continue;
        }
        let mut paths = Vec::new();
        plain_list(&start, true, &mut paths);
        for path in paths {
            let relative = path.strip_prefix(&start).unwrap().to_str().unwrap();
            if case.leaves_onboard && relative.contains("onboard_results") {
                continue;
            }
            let found = classifier.explain(relative.as_bytes());
            let entry = wanted.entry(path.clone()).or_default();
            for (taken, reasons) in entry.iter_mut().zip(&found.categories) {
                *taken |= !reasons.include.is_empty() && reasons.exclude.is_empty();
            }
        }
    }
    let mut sizes = [(0, 0); 4];
    for (path, taken) in wanted {
        let entry = path.symlink_metadata().unwrap();
        for (size, _) in sizes.iter_mut().zip(taken).filter(|(_, taken)| *taken) {
            size.0 += if entry.is_symlink() { 0 } else { entry.len() };
            size.1 += 1;
        }
    }
    sizes
}

fn plain_list(folder: &Path, expand: bool, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_link = path.is_symlink();
        if is_link && path.is_dir() {
            let onboard =
                path.canonicalize().unwrap().components().any(|c| c.as_os_str() == "onboard_results");
            if expand && path.file_name().unwrap() == "sigproc_results" && !onboard {
                plain_list(&path, false, paths);
            }
        } else if path.is_dir() {
            plain_list(&path, expand, paths);
        } else {
            paths.push(path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every file counts exactly as specified, and neither the order of the walk nor the number of threads matters.
    #[test]
    fn sizes_are_as_specified_whatever_the_order(case in case()) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        make(&root, &case);
        let sets = FileSets::parse(&case.set).unwrap();
        let classifier = Classifier::new(sets.get("site").unwrap()).unwrap();
        let want = plain(&root, &case, &classifier);
        let report_dir = root.join(case.report_dir);
        let report =
            ReportFiles { report_dir: Some(&report_dir), leaves_onboard: case.leaves_onboard, classifier: &classifier };
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let measured = pool.install(|| measure(Some(&root.join("run")), report));
            let got = measured.sizes.map(|s| (s.bytes(), s.files));
            prop_assert_eq!(got, want, "{} threads, skipped {:?}", threads, measured.skipped_sample);
        }
    }
}
