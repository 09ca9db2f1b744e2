//! Runs that are moved to another folder while files of theirs lie in the trash, with the real program.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::trees::{Seen, picture};

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

/// Moves the run into another folder of its storage root, and scans.
fn moved(site: &DemoSite, run: &Path) -> PathBuf {
    let old = site.results().join("OLD");
    std::fs::create_dir(&old).unwrap();
    let moved = old.join(run.file_name().unwrap());
    std::fs::rename(run, &moved).unwrap();
    site.scan();
    moved
}

/// All is where the run is now, and nothing where it was.
fn is_there(before: &BTreeMap<PathBuf, Seen>, run: &Path, moved: &Path) {
    assert!(!run.exists(), "files came back to where the run was");
    let after = picture(moved);
    let missing = before.iter().find(|(path, seen)| after.get(*path) != Some(*seen));
    assert_eq!(missing, None);
}

/// The files came back to where the run had been, and the next scan did not find them.
#[test]
fn what_was_deleted_of_a_run_that_was_moved_since_comes_back_to_where_the_run_is() {
    let dir = tempfile::tempdir().unwrap();
    let site = DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path());
    let run = site.run_of("PGM-01");
    let before = picture(&run);
    site.program.ok(&["delete", "118", "--category", "sigproc", "--yes"]);
    let moved = moved(&site, &run);
    let (code, text) = site.program.said(&["restore", "118", "--category", "sigproc", "--yes"]);
    assert!(code == 0 && text.contains(moved.to_str().unwrap()), "{text}");
    is_there(&before, &run, &moved);
}

/// Nobody may remove or rename such a file. False where the file system does not know that.
fn immutable(path: &Path, on: bool) -> bool {
    Command::new("chattr")
        .arg(if on { "+i" } else { "-i" })
        .arg(path)
        .status()
        .is_ok_and(|done| done.success())
}

/// The same for a delete that had come half-way.
#[test]
fn a_delete_of_a_run_that_is_moved_while_it_waits_is_taken_back_to_where_the_run_is() {
    let dir = tempfile::tempdir().unwrap();
    let site = DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path());
    let run = site.run_of("PGM-01");
    let before = picture(&run);
    let dats: Vec<PathBuf> =
        before.keys().filter(|path| path.extension().is_some_and(|end| end == "dat")).cloned().collect();
    if !immutable(&run.join(&dats[0]), true) {
        println!("NOT SHOWN: no file can be made immutable here");
        return;
    }
    let trash = site.results().join(".runstow-trash");
    let gone = || dats.iter().filter(|path| !run.join(path).exists()).count();
    site.program.said(&["delete", "118", "--category", "sigproc", "--yes"]);
    let mut stays = run.join(&dats[0]);
    if gone() == 0 {
        // It was the first of all. Then another one is not.
        let next = run.join(&dats[1]);
        assert!(immutable(&next, true) && immutable(&stays, false));
        stays = next;
        site.program.ok(&["jobs", "retry", "1"]);
        site.works_until("waiting");
    }
    assert!(gone() > 0 && trash.exists(), "it has not come half-way");
    let shown = site.program.ok(&["jobs", "show", "1"]);
    assert!(shown.contains("immutable") && shown.contains("tried again: at"), "{shown}");
    assert!(immutable(&stays, false));
    let moved = moved(&site, &run);
    site.program.ok(&["jobs", "cancel", "1"]);
    site.works_until("cancelled");
    is_there(&before, &run, &moved);
    assert!(!trash.exists());
}

/// It was waited for at its old place, for ever.
#[test]
fn an_archive_of_a_run_that_is_moved_while_it_waits_says_so_and_the_next_goes_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let site = DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path());
    let run = site.run_of("PGM-01");
    let before = picture(&run);
    let open = std::fs::File::options().append(true).open(run.join("acq_0000.dat")).unwrap();
    let archive = || site.ok(&site.move_arguments("archive", "118", &["--category", "sigproc"]));
    let command = site.move_arguments("archive", "118", &["--category", "sigproc"]);
    let (code, text) = runstow_testkit::program::said(&mut site.command(&command));
    assert!(code == 3 && text.contains("open for writing"), "{text}");
    drop(open);
    let moved = moved(&site, &run);
    site.program.ok(&["jobs", "retry", "1"]);
    site.works_until("failed");
    let shown = site.program.ok(&["jobs", "show", "1"]);
    assert!(shown.contains("was moved to") && shown.contains("Make a new plan"), "{shown}");
    is_there(&before, &run, &moved);
    archive();
    assert!(!moved.join("acq_0000.dat").exists());
}
