//! Archive and export with the real program, on the demo's storage.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use runstow_engine::catalog::{Catalog, NewBatch, NewJob};
use runstow_engine::moves::GateName;
use runstow_lifecycle::{Category, JobAction, Priority};
use runstow_testkit::TestDatabase;
use runstow_testkit::program::{Program, said};

/// A catalog that knows the demo's storage, and a folder for archives.
struct Site {
    program: Program,
    dir: tempfile::TempDir,
    url: String,
    _database: TestDatabase,
}

impl Site {
    fn new(database: TestDatabase) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = database.url();
        let maker = Program::new(env!("CARGO_BIN_EXE_runstow"), "postgres://nobody@127.0.0.1:1/none");
        drop(maker.serve(&["demo", "--listen", "127.0.0.1:0"], dir.path()));
        let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &url);
        let site = Self { program, dir, url, _database: database };
        std::fs::create_dir(site.archive()).unwrap();
        let home = site.results().join("analysis/output/Home");
        site.program.ok(&[
            "scan",
            "--file-server",
            site.results().to_str().unwrap(),
            "--report-storage",
            home.to_str().unwrap(),
        ]);
        site
    }

    fn results(&self) -> PathBuf {
        self.dir.path().join("runstow-demo/results")
    }

    /// The directories of all reports, and that of report 118.
    fn report_dirs(&self) -> (Vec<PathBuf>, PathBuf) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let reports = runtime.block_on(async {
            let catalog = Catalog::open(&self.url.parse().unwrap()).await.unwrap();
            let reports = catalog.all_reports().await.unwrap();
            catalog.close().await;
            reports
        });
        let own = reports.iter().find(|report| report.id == 118).unwrap().report_dir.to_path();
        (reports.iter().map(|report| report.report_dir.to_path()).collect(), own)
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    /// The arguments of a move to the archive.
    fn args<'a>(&self, to: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        [&["archive", "118", "--to", to, "--not-mounted"], rest].concat()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runstow"));
        command.args(args).env("RUNSTOW_DATABASE_URL", &self.url).current_dir(self.dir.path());
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        said(&mut self.command(args))
    }

    /// The distinct contents of all files in the storage and the archive, but what Runstow writes itself.
    fn contents(&self) -> BTreeSet<Vec<u8>> {
        let mut all = BTreeSet::new();
        gather(&self.results(), &mut all);
        gather(&self.archive(), &mut all);
        all
    }
}

fn gather(folder: &Path, all: &mut BTreeSet<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            gather(&path, all);
        } else {
            all.insert(std::fs::read(&path).unwrap());
        }
    }
}

fn a_report_goes_to_the_archive_and_every_content_is_still_there(database: TestDatabase) {
    let site = Site::new(database);
    let before = site.contents();
    let to = site.archive();
    let to = to.to_str().unwrap();
    let (code, text) = site.run(&site.args(to, &[]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Nothing was done") && text.contains("Add --yes"), "{text}");
    assert!(std::fs::read_dir(site.archive()).unwrap().next().is_none(), "a plan wrote something");
    let (code, text) = site.run(&site.args(to, &["--yes", "--comment", "making room"]));
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches(": done").count(), 4, "{text}");
    let after = site.contents();
    assert!(before.is_subset(&after), "{} contents are lost", before.difference(&after).count());
    let list = site.run(&["ls"]).1;
    let line = list.lines().find(|line| line.starts_with("118")).unwrap();
    assert_eq!(line.matches("Archived").count(), 4, "{list}");
    let run = std::fs::read_dir(site.results().join("PGM-01")).unwrap().next().unwrap().unwrap().path();
    assert!(!run.join("acq_0000.dat").exists(), "the source was not removed");
    // What has ended leaves no journal.
    assert!(std::fs::read_dir(site.archive().join(".runstow-incoming")).unwrap().next().is_none());
    let (code, text) = site.run(&site.args(to, &["--yes", "--category", "misc"]));
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the category is Archived"), "{text}");
}

#[test]
fn a_report_is_archived_on_sqlite() {
    a_report_goes_to_the_archive_and_every_content_is_still_there(TestDatabase::sqlite());
}

#[test]
fn a_report_is_archived_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async { TestDatabase::postgres() });
    a_report_goes_to_the_archive_and_every_content_is_still_there(database);
}

#[test]
fn an_archive_carries_out_its_own_jobs_and_nobody_elses() {
    let site = Site::new(TestDatabase::sqlite());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let other = runtime.block_on(async {
        let catalog = Catalog::open(&site.url.parse().unwrap()).await.unwrap();
        let reports = catalog.all_reports().await.unwrap();
        let other = reports.iter().find(|report| report.id != 118).unwrap().id;
        let batch = NewBatch {
            action: JobAction::Export,
            comment: String::new(),
            user: "eve".into(),
            priority: Priority::Manual,
        };
        let asked = catalog.enqueue_jobs(batch, vec![NewJob::new(other, Category::Misc)], 0).await.unwrap();
        catalog.close().await;
        *asked.jobs[0].as_ref().unwrap()
    });
    let to = site.archive();
    let (code, text) = site.run(&site.args(to.to_str().unwrap(), &["--yes", "--category", "misc"]));
    assert_eq!(code, 0, "{text}");
    let own = format!("job {}: archive", other + 1);
    assert!(text.contains(&own), "{text}");
    let (_, text) = site.run(&["jobs", "show", &other.to_string()]);
    assert!(text.contains(": queued"), "{text}");
    let (code, text) = site.run(&["jobs", "show", &(other + 1).to_string(), "--follow"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(": done"), "{text}");
}

#[test]
fn limits_of_the_configuration_and_the_command_line_refuse_a_request_as_a_whole() {
    let site = Site::new(TestDatabase::sqlite());
    let to = site.archive();
    let to = to.to_str().unwrap();
    let (code, text) = site.run(&site.args(to, &["--yes", "--max-delete", "3"]));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("at most 3 (max_delete)"), "{text}");
    std::fs::write(site.dir.path().join("runstow.toml"), "[moves]\nmax_delete_size_mb = 0\n").unwrap();
    let (code, text) = site.run(&site.args(to, &["--yes"]));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("max_delete_size"), "{text}");
    assert!(site.run(&["jobs"]).1.contains("no jobs"), "something was asked for");
    let (code, text) =
        site.run(&site.args(to, &["--yes", "--max-delete-size", "1000", "--category", "misc"]));
    assert_eq!(code, 0, "{text}");
}

#[test]
fn where_runs_vanished_nothing_is_removed_until_that_is_acknowledged() {
    let site = Site::new(TestDatabase::sqlite());
    let home = site.results().join("analysis/output/Home");
    let (code, text) = site.run(&["delete", "118", "--category", "output", "--yes"]);
    assert_eq!(code, 0, "{text}");
    let aside = site.dir.path().join("aside");
    std::fs::create_dir(&aside).unwrap();
    let (reports, own) = site.report_dirs();
    for (number, report) in reports.iter().filter(|report| **report != own).take(2).enumerate() {
        std::fs::rename(report, aside.join(number.to_string())).unwrap();
    }
    let results = site.results();
    let scan =
        ["scan", "--file-server", results.to_str().unwrap(), "--report-storage", home.to_str().unwrap()];
    site.run(&scan);
    let (code, text) = site.run(&["missing"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.matches("  missing since").count() == 2 && text.contains("PROBLEM"), "{text}");
    let to = site.archive();
    let args = site.args(to.to_str().unwrap(), &["--yes", "--category", "misc"]);
    let (code, text) = site.run(&args);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("Nothing is removed there"), "{text}");
    // What lies in the trash of such a volume stays there, too: the job waits.
    let (code, text) = site.run(&["trash", "empty", "--yes"]);
    assert!(code == 3 && text.contains("waiting") && text.contains("Nothing is removed there"), "{text}");
    let (code, text) = site.run(&["missing", "--acknowledge", home.to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = site.run(&args);
    assert_eq!(code, 0, "{text}");
    let (code, text) = site.run(&["missing", "--acknowledge", "nowhere"]);
    assert_eq!(code, 1, "{text}");
    // Those that come back are not acknowledged when they go again.
    for (number, report) in reports.iter().filter(|report| **report != own).take(2).enumerate() {
        std::fs::rename(aside.join(number.to_string()), report).unwrap();
    }
    site.run(&scan);
    let (code, text) = site.run(&["missing", "--acknowledge", home.to_str().unwrap()]);
    assert!(code == 1 && text.contains("nothing is missing"), "{text}");
}

#[test]
fn maintenance_is_switched_and_shown() {
    let site = Site::new(TestDatabase::sqlite());
    assert!(site.run(&["maintenance", "show"]).1.contains("is off"));
    let (_, text) = site.run(&["maintenance", "on", "--reason", "new disks"]);
    assert!(text.contains("is on since") && text.contains("new disks"), "{text}");
    assert!(site.run(&["maintenance", "off"]).1.contains("is off"));
}

#[test]
fn every_gate_is_explained_and_a_closed_one_says_what_opens_it() {
    let site = Site::new(TestDatabase::sqlite());
    let (code, text) = site.run(&["explain", "118", "--category", "sigproc", "--action", "export"]);
    assert_eq!(code, 0, "{text}");
    for gate in GateName::ALL {
        assert!(text.lines().any(|line| line.trim_start().starts_with(gate.name())), "{gate}: {text}");
    }
    let to = site.archive();
    let to = to.to_str().unwrap();
    let (code, text) = site.run(&["explain", "118", "--to", to, "--files"]);
    assert_eq!(code, 3, "{text}");
    assert_eq!(text.matches("destination confirm").count(), 4, "{text}");
    assert!(text.contains("(--not-mounted)"), "{text}");
    let (code, text) = site.run(&["explain", "118", "--action", "purge"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("it can not be explained") && text.contains("`runstow trash empty`"), "{text}");
    let (code, text) = site.run(&["archive", "118", "--to", "tape"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("\"tape\" is no destination"), "{text}");
    let config = format!("[[destination]]\nname = 'tape'\npath = '{to}'\nnot_mounted = true\n");
    std::fs::write(site.dir.path().join("runstow.toml"), config).unwrap();
    let (code, text) = site.run(&["archive", "118", "--to", "tape", "--category", "misc", "--yes"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn killed_at_any_moment_no_content_is_lost() {
    for pause in [20, 60, 120, 200] {
        let site = Site::new(TestDatabase::sqlite());
        let before = site.contents();
        let to = site.archive();
        let args = site.args(to.to_str().unwrap(), &["--yes", "--category", "sigproc"]);
        let mut child = site.command(&args).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = site.contents();
        assert!(
            before.is_subset(&after),
            "after {pause} ms {} contents are lost",
            before.difference(&after).count()
        );
    }
}

#[test]
fn a_destination_that_is_not_there_or_inside_the_source_is_refused_with_a_reason() {
    let site = Site::new(TestDatabase::sqlite());
    let (code, text) = site.run(&["archive", "118", "--to", "/no/such/place", "--yes"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("/no/such/place") && text.contains("mounted"), "{text}");
    let inside = site.results().join("PGM-01");
    let (code, text) =
        site.run(&["archive", "118", "--to", inside.to_str().unwrap(), "--not-mounted", "--yes"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("lie in each other"), "{text}");
    let (code, text) = site.run(&["archive", "118", "--to", site.archive().to_str().unwrap(), "--yes"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("--not-mounted"), "{text}");
}
