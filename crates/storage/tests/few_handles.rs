//! A deep tree with a branch at every level, walked with few handles. Alone in its process, since it lowers a limit.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use runstow_lifecycle::{Category, Classifier, FileSets};
use runstow_storage::{ReportFiles, measure};
use rustix::fs::{Mode, OFlags, mkdirat, open, openat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const LEVELS: usize = 600;

#[test]
fn a_deep_comb_needs_few_handles_and_little_stack() {
    let dir = tempfile::tempdir().unwrap();
    comb(dir.path());
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(256), ..before }).unwrap();
    for threads in [1, 2] {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(128 * 1024).build().unwrap();
        let classifier = Classifier::new(FileSets::built_in().for_version(None)).unwrap();
        let report = ReportFiles { report_dir: None, leaves_onboard: false, classifier: &classifier };
        let measured = pool.install(|| measure(Some(dir.path()), report));
        assert_eq!(measured.skipped_sample, []);
        assert_eq!(measured.size(Category::Misc).files, 3 * LEVELS as u64);
    }
    setrlimit(Resource::Nofile, before).unwrap();
}

/// At each level a file, and two folders with a file each; the walk goes on in one of them.
fn comb(start: &Path) {
    let folder = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut here = open(start, folder, Mode::empty()).unwrap();
    for _ in 0..LEVELS {
        openat(&here, "f", OFlags::CREATE | OFlags::WRONLY, Mode::from_raw_mode(0o644)).unwrap();
        for name in ["a", "b", "c"] {
            mkdirat(&here, name, Mode::from_raw_mode(0o755)).unwrap();
        }
        for name in ["a", "c"] {
            let side = openat(&here, name, folder, Mode::empty()).unwrap();
            openat(&side, "f", OFlags::CREATE | OFlags::WRONLY, Mode::from_raw_mode(0o644)).unwrap();
        }
        here = openat(&here, "b", folder, Mode::empty()).unwrap();
    }
}
