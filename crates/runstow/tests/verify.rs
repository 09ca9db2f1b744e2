//! `runstow verify` with the real program, on archives of the demo's storage.
#![allow(clippy::disallowed_methods, reason = "tests damage the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::program::said;

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

/// A catalog whose report 118 is archived.
struct Site {
    demo: DemoSite,
    dir: tempfile::TempDir,
}

impl Site {
    fn new(database: TestDatabase) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let demo = DemoSite::scanned(BINARY, database, dir.path());
        demo.ok(&demo.move_arguments("archive", "118", &[]));
        Self { demo, dir }
    }

    fn archive(&self) -> PathBuf {
        self.demo.archive()
    }

    fn signals(&self) -> PathBuf {
        let mut folders = std::fs::read_dir(self.archive()).unwrap().map(|entry| entry.unwrap().path());
        folders.find(|path| path.join("acq_0000.dat").exists()).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.demo.program.command(args);
        command.current_dir(self.dir.path());
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        said(&mut self.command(args))
    }

    fn ok(&self, args: &[&str]) -> String {
        let (code, text) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {text}");
        text
    }
}

fn flip(path: &Path) {
    let mut content = std::fs::read(path).unwrap();
    content[0] ^= 1;
    std::fs::write(path, content).unwrap();
}

fn archives_are_read_again_and_damage_is_named(database: TestDatabase) {
    let site = Site::new(database);
    let text = site.ok(&["verify", "118", "--comment", "before the audit"]);
    assert_eq!(text.matches("all whole").count(), 4, "{text}");
    let shown = site.ok(&["show", "118"]);
    assert_eq!(shown.matches("verified (all of it), whole").count(), 4, "{shown}");
    assert!(shown.contains("before the audit"), "{shown}");

    let text = site.ok(&["verify", "118", "--category", "sigproc", "--sample", "1%"]);
    // Each file is drawn on its own: of 57 files, 1 % is one file at least, and at times two or three.
    let read = text.split("a sample of ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(read.is_some_and(|read| (1..20).contains(&read)), "{text}");

    flip(&site.signals().join("acq_0000.dat"));
    let (code, text) = site.run(&["verify", "--all"]);
    assert_eq!(code, 3, "{text}");
    assert_eq!(text.matches("all whole").count(), 3, "{text}");
    for part in
        ["1 of ", "is damaged", "restore from a backup", "acq_0000.dat: the content is not what was archived"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let shown = site.ok(&["show", "118"]);
    assert!(shown.contains("DAMAGED, 1 findings in job"), "{shown}");
    assert!(site.ok(&["show", "118", "--json"]).contains("\"outcome\": \"damaged\""));
}

#[test]
fn archives_are_read_again_on_sqlite() {
    archives_are_read_again_and_damage_is_named(TestDatabase::sqlite());
}

#[test]
fn archives_are_read_again_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async { TestDatabase::postgres() });
    archives_are_read_again_and_damage_is_named(database);
}

#[test]
fn a_bare_directory_is_verified_without_any_catalog() {
    let site = Site::new(TestDatabase::sqlite());
    let verify = |dir: &Path| {
        let mut command = Command::new(BINARY);
        command.args(["verify", "--dir", dir.to_str().unwrap()]).current_dir(site.dir.path());
        said(command.env("RUNSTOW_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"))
    };
    let (code, text) = verify(&site.archive());
    assert_eq!((code, text.matches(": whole").count()), (0, 4), "{text}");
    std::fs::remove_file(site.signals().join("acq_0001.dat")).unwrap();
    std::fs::write(site.signals().join("stranger"), b"").unwrap();
    for dir in [site.archive(), site.signals()] {
        let (code, text) = verify(&dir);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("sigproc") && text.contains(": 2 findings\n"), "{text}");
        assert!(text.contains("acq_0001.dat: it is missing"), "{text}");
        assert!(text.contains("stranger: no list names this file"), "{text}");
    }
    let nothing = site.dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let (code, text) = verify(&nothing);
    assert!(code == 1 && text.contains("no archive of Runstow"), "{code} {text}");
    let (code, text) = verify(&nothing.join("missing"));
    assert!(code == 1 && text.contains("is not there"), "{code} {text}");
}

#[test]
fn what_has_no_archive_is_told_and_wrong_usage_is_refused() {
    let site = Site::new(TestDatabase::sqlite());
    let list = site.ok(&["ls"]);
    let local = list.lines().find(|line| !line.contains("Archived") && line.contains("Local")).unwrap();
    let (code, text) = site.run(&["verify", local.split_whitespace().next().unwrap()]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("no archive or export") && text.contains("--dir"), "{text}");
    for wrong in [&["verify"][..], &["verify", "118", "--sample", "much"], &["verify", "118", "--all"]] {
        assert_eq!(site.run(wrong).0, 2, "{wrong:?}");
    }
}

#[test]
fn a_worker_reads_archives_by_the_schedule_unless_that_is_switched_off() {
    let site = Site::new(TestDatabase::sqlite());
    let config = site.dir.path().join("runstow.toml");
    let read = "Archives read again";
    for (days, expected) in [(0, false), (1, true)] {
        std::fs::write(&config, format!("[verify]\nevery_days = {days}\n")).unwrap();
        let mut worker = site.command(&["worker"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        let mut shown = site.ok(&["show", "118"]);
        // What is not to come is given the time that the other needs.
        for _ in 0..(if expected { 600 } else { 30 }) {
            if shown.contains(read) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            shown = site.ok(&["show", "118"]);
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert_eq!(shown.contains(read), expected, "{shown}");
    }
}
