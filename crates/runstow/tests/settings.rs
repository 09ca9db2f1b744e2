//! Settings of moves, with the real program: a limit of bandwidth holds, and a full disk gives up its trash.
#![allow(clippy::disallowed_methods, reason = "tests make the folders they work in")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::program::said;

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

struct Site {
    demo: DemoSite,
    dir: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let demo = DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path());
        Self { demo, dir }
    }

    /// A configuration with these lines.
    fn configured(&self, lines: &str) -> PathBuf {
        let file = self.dir.path().join("runstow.toml");
        std::fs::write(&file, lines).unwrap();
        file
    }
}

/// No copy is faster than it may be: 1 MB in a second, and what one second allows at once. How slow it may be nobody says.
#[test]
fn copies_wait_for_the_bandwidth_of_their_destination() {
    let site = Site::new();
    let archive = site.demo.archive();
    let config = site.configured(&format!(
        "[[destination]]\nname = 'slow'\npath = '{}'\nnot_mounted = true\nmax_mb_per_second = 4\n",
        archive.display()
    ));
    let begun = Instant::now();
    let mut command =
        site.demo.program.command(&["export", "118", "--category", "output", "--to", "slow", "--yes"]);
    let (code, text) = said(command.env("RUNSTOW_CONFIG", &config));
    let took = begun.elapsed();
    assert!(code == 0 && text.contains(": done"), "{text}");
    // The demo's output files are nearly 10 MB.
    assert!(took >= Duration::from_secs(1), "{took:?}: {text}");
}

#[test]
fn a_disk_that_is_too_full_gives_up_its_trash_and_another_keeps_it() {
    let site = Site::new();
    site.demo.program.ok(&["delete", "118", "--category", "misc", "--yes"]);
    let in_trash = || site.demo.program.ok(&["trash"]);
    assert!(!in_trash().contains("The trash is empty"), "{}", in_trash());
    // No disk is fuller than 100 %, and each is fuller than 1 %.
    for (percent, goes) in [(100, false), (1, true)] {
        let config = site.configured(&format!("[trash]\nfull_percent = {percent}\n"));
        let mut worker = site.demo.program.command(&["worker"]);
        let mut worker = worker
            .env("RUNSTOW_CONFIG", &config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(if goes { 60 } else { 3 });
        while Instant::now() < until && !in_trash().contains("The trash is empty") {
            std::thread::sleep(Duration::from_millis(200));
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert_eq!(in_trash().contains("The trash is empty"), goes, "at {percent} %: {}", in_trash());
    }
    let history = site.demo.program.ok(&["jobs", "--action", "purge"]);
    assert!(history.contains("purge"), "{history}");
}
