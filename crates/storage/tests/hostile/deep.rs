//! Trees deeper than any path that the system takes at once.

use std::os::fd::OwnedFd;
use std::path::Path;

use runstow_lifecycle::Category;
use rustix::fs::{Mode, OFlags, mkdirat, open, openat};

use crate::ground::{Ground, Request};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Folders within folders, and a file in each that holds its level.
fn dig(start: &Path, name: &str, levels: usize) {
    let mut here = open(start, FOLDER, Mode::empty()).unwrap();
    for level in 0..levels {
        mkdirat(&here, name, Mode::from_raw_mode(0o755)).unwrap();
        here = openat(&here, name, FOLDER, Mode::empty()).unwrap();
        let file =
            openat(&here, "leaf", OFlags::CREATE | OFlags::WRONLY, Mode::from_raw_mode(0o644)).unwrap();
        rustix::io::write(&file, level.to_string().as_bytes()).unwrap();
    }
}

/// The levels at which the file is there, with the right content.
fn leaves(start: &Path, name: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut here: OwnedFd = open(start, FOLDER, Mode::empty()).unwrap();
    for level in 0.. {
        match openat(&here, name, FOLDER, Mode::empty()) {
            Ok(below) => here = below,
            Err(_) => break,
        }
        if let Ok(file) = openat(&here, "leaf", OFlags::RDONLY, Mode::empty()) {
            let mut bytes = [0; 16];
            let read = rustix::io::read(&file, &mut bytes).unwrap();
            assert_eq!(&bytes[..read], level.to_string().as_bytes());
            found.push(level);
        }
    }
    found
}

#[test]
fn a_tree_deeper_than_the_longest_path_of_the_system_is_moved_whole() {
    let ground = Ground::new();
    ground.fill_small();
    let (name, start) = ("d".repeat(200), ground.report().join("plugin_out"));
    std::fs::create_dir(&start).unwrap();
    // 12 km of path.
    dig(&start, &name, 60);
    let done = ground.go(Request::archive(Category::Output)).unwrap();
    assert!(done.kept.is_empty() && done.left_alone.is_empty(), "{:?} {:?}", done.kept, done.left_alone);
    let all: Vec<usize> = (0..60).collect();
    assert_eq!(leaves(&ground.target().join("archivedReports/report/plugin_out"), &name), all);
    assert_eq!(leaves(&start, &name), Vec::<usize>::new());
}

#[test]
fn what_is_deeper_than_our_own_limit_stays_and_is_reported() {
    let ground = Ground::new();
    ground.fill_small();
    let (name, start) = ("d".repeat(250), ground.report().join("plugin_out"));
    std::fs::create_dir(&start).unwrap();
    dig(&start, &name, 80);
    let done = ground.go(Request::archive(Category::Output)).unwrap();
    assert_eq!(done.left_alone.len(), 1, "{:?}", done.left_alone);
    assert!(done.left_alone[0].contains("too long"), "{:?}", done.left_alone);
    let moved = leaves(&ground.target().join("archivedReports/report/plugin_out"), &name);
    let stay = leaves(&start, &name);
    let mut all = [moved.clone(), stay.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, (0..80).collect::<Vec<_>>(), "{} moved, {} stay", moved.len(), stay.len());
    assert!(!moved.is_empty() && !stay.is_empty());
}
