//! The walk on trees that are awkward in one way each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Mutex;

use runstow_storage::walk::{File, Kind, LONGEST_PATH, Place, StartError, Visit, Visitor, walk};
use runstow_storage::{SkipReason, Skipped};
use rustix::fs::{Mode, OFlags, mkdirat, open, openat};

/// Everything that a walk shows: paths with kind and size, and what was skipped.
#[derive(Default)]
struct Seen {
    files: Mutex<Vec<(String, Kind, u64)>>,
    skipped: Mutex<Vec<Skipped>>,
}

struct Part<'s>(&'s Seen);

impl Visitor for Seen {
    type Visit<'v> = Part<'v>;

    fn begin<'v>(&'v self, _place: &'v Place) -> Part<'v> {
        Part(self)
    }
}

impl Visit for Part<'_> {
    fn file(&mut self, file: &File<'_>) {
        let path = String::from_utf8(file.path()).unwrap();
        self.0.files.lock().unwrap().push((path, file.kind(), file.size().unwrap()));
    }

    fn skipped(&mut self, skipped: Skipped) {
        self.0.skipped.lock().unwrap().push(skipped);
    }
}

impl Seen {
    fn below(start: &Path) -> Self {
        let seen = Self::default();
        walk(start, &seen).unwrap();
        seen.files.lock().unwrap().sort_by(|a, b| a.0.cmp(&b.0));
        seen
    }

    fn paths(&self) -> Vec<String> {
        self.files.lock().unwrap().iter().map(|f| f.0.clone()).collect()
    }

    fn skipped(&self) -> BTreeMap<Vec<u8>, SkipReason> {
        self.skipped.lock().unwrap().iter().map(|s| (s.path.clone(), s.why)).collect()
    }
}

fn tree(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    dir
}

/// Folders within folders by handle, since the path gets too long for one call. A file in each.
fn chain(start: &Path, name: &str, levels: usize) {
    let mut here = open(start, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..levels {
        mkdirat(&here, name, Mode::from_raw_mode(0o755)).unwrap();
        here = openat(&here, name, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        openat(&here, "leaf", OFlags::CREATE | OFlags::WRONLY, Mode::from_raw_mode(0o644)).unwrap();
    }
}

#[test]
fn links_are_themselves_and_linked_folders_are_not_entered() {
    let dir = tree(&["a/file", "b/file"]);
    let at = |name: &str| dir.path().join(name);
    symlink("file", at("a/link")).unwrap();
    symlink("gone", at("a/broken")).unwrap();
    symlink("circle", at("circle")).unwrap();
    symlink("b", at("folder")).unwrap();
    symlink("..", at("a/up")).unwrap();
    let seen = Seen::below(dir.path());
    assert_eq!(seen.paths(), ["a/broken", "a/file", "a/link", "b/file", "circle"]);
    let files = seen.files.lock().unwrap();
    assert_eq!((files[1].1, files[1].2), (Kind::File, 6));
    assert_eq!((files[2].1, files[2].2), (Kind::Link, 0));
}

#[test]
fn linked_results_are_expanded_once_and_not_when_the_instrument_made_them() {
    let dir =
        tree(&["parent/sigproc_results/1.wells", "run/onboard_results/sigproc_results/1.wells", "child/x/y"]);
    let at = |name: &str| dir.path().join(name);
    symlink("../parent/sigproc_results", at("child/sigproc_results")).unwrap();
    symlink("../../run/onboard_results/sigproc_results", at("child/x/sigproc_results")).unwrap();
    symlink(".", at("parent/sigproc_results/sigproc_results")).unwrap();
    assert_eq!(Seen::below(&at("child")).paths(), ["sigproc_results/1.wells", "x/y"]);
    // The start folder itself may be a link.
    symlink("child", at("again")).unwrap();
    assert_eq!(Seen::below(&at("again")).paths(), ["sigproc_results/1.wells", "x/y"]);
}

#[test]
fn paths_beyond_the_limit_of_the_system_are_walked() {
    let dir = tempfile::tempdir().unwrap();
    chain(dir.path(), &"n".repeat(200), 30);
    let seen = Seen::below(dir.path());
    assert_eq!(seen.paths().len(), 30);
    assert_eq!(seen.paths().iter().map(String::len).max(), Some(30 * 201 + 4));
    assert!(seen.skipped().is_empty());
}

#[test]
fn paths_beyond_our_own_limit_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    chain(dir.path(), &"n".repeat(250), 70);
    let seen = Seen::below(dir.path());
    assert_eq!(seen.paths().len(), LONGEST_PATH / 251);
    let skipped = seen.skipped();
    assert_eq!(skipped.values().collect::<Vec<_>>(), [&SkipReason::TooLong]);
}

#[test]
fn a_folder_larger_than_one_chunk_is_shown_completely() {
    let dir = tempfile::tempdir().unwrap();
    let mut want: Vec<String> = (0..5000).map(|i| format!("file_{i:06}.dat")).collect();
    want.iter().for_each(|name| fs::write(dir.path().join(name), "").unwrap());
    for i in 0..3000 {
        fs::create_dir(dir.path().join(format!("folder_{i}"))).unwrap();
        fs::write(dir.path().join(format!("folder_{i}/f")), "").unwrap();
        want.push(format!("folder_{i}/f"));
    }
    want.sort();
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| Seen::below(dir.path())).paths(), want, "{threads} threads");
    }
}

#[test]
fn what_has_no_category_is_reported() {
    let dir = tree(&["ok"]);
    let at = |name: &[u8]| dir.path().join(OsStr::from_bytes(name));
    fs::write(at(b"bad_\xff"), "").unwrap();
    fs::create_dir(at(b"d\xfe")).unwrap();
    fs::write(at(b"d\xfe/inside"), "").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at(b"socket")).unwrap();
    let seen = Seen::below(dir.path());
    assert_eq!(seen.paths(), ["ok"]);
    let want: [(&[u8], _); 3] = [
        (b"bad_\xff", SkipReason::NotUtf8),
        (b"d\xfe", SkipReason::NotUtf8),
        (b"socket", SkipReason::Special),
    ];
    assert_eq!(seen.skipped(), want.map(|(p, why)| (p.to_vec(), why)).into());
}

#[test]
fn a_folder_that_cannot_be_read_is_reported_and_the_rest_is_walked() {
    let dir = tree(&["a/locked/inside", "a/open", "z"]);
    let locked = dir.path().join("a/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    let readable = fs::read_dir(&locked).is_ok();
    let seen = Seen::below(dir.path());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    // Root reads everything.
    if readable {
        return;
    }
    assert_eq!(seen.paths(), ["a/open", "z"]);
    assert!(matches!(seen.skipped()[b"a/locked".as_slice()], SkipReason::Refused(_)));
}

#[test]
fn a_start_folder_that_cannot_be_walked_is_an_error() {
    let dir = tree(&["file"]);
    let missing = walk(&dir.path().join("none"), &Seen::default());
    assert!(matches!(missing, Err(StartError::Missing { .. })));
    let file = walk(&dir.path().join("file"), &Seen::default());
    assert!(matches!(file, Err(StartError::NotAFolder { .. })));
}
