//! A real worker is frozen in the middle of a removal, another takes its job over, and the first wakes up.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::SystemTime;

use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::{TestDatabase, until};

/// So many that a removal takes long enough to be met in its middle.
const FILES: usize = 20_000;

struct Site {
    demo: DemoSite,
    dir: tempfile::TempDir,
}

/// A worker, killed when dropped.
struct Worker {
    child: Child,
    log: PathBuf,
}

impl Worker {
    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success(), "kill {name} works");
    }

    fn says(&self, words: &str) -> bool {
        std::fs::read_to_string(&self.log).unwrap().contains(words)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    fn new(database: TestDatabase) -> Self {
        // In memory, so that 20,000 files are made and copied quickly.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        DemoSite::make(env!("CARGO_BIN_EXE_runstow"), dir.path());
        let site = Self { demo: DemoSite::new(env!("CARGO_BIN_EXE_runstow"), database, dir.path()), dir };
        let flows = site.run().join("X0_Y0");
        std::fs::create_dir(&flows).unwrap();
        for number in 0..FILES {
            std::fs::write(flows.join(format!("acq_{number:05}.dat")), number.to_string()).unwrap();
        }
        site.demo.scan();
        site
    }

    fn run(&self) -> PathBuf {
        self.demo.run_of("PGM-01")
    }

    fn start(&self, arguments: &[String], log: &str) -> Worker {
        let log = self.dir.path().join(log);
        Worker { child: self.demo.start(arguments, Some(&log)), log }
    }

    fn worker(&self, log: &str) -> Worker {
        // Nothing but the job is to be told of: no schedule reads the archive again.
        let config = self.dir.path().join("runstow.toml");
        std::fs::write(&config, "[verify]\nevery_days = 0\n").unwrap();
        self.start(&["--config".into(), config.to_str().unwrap().into(), "worker".into()], log)
    }

    /// A job that no worker has seen yet.
    fn ask(&self) {
        self.demo.database.sql("UPDATE job_control SET maintenance = true");
        let rest = ["--category", "sigproc", "--unfinished"];
        let asking = self.start(&self.demo.move_arguments("archive", "118", &rest), "asking.log");
        until("the job is there", || self.demo.database.sql("SELECT count(*) FROM jobs") == "1");
        drop(asking);
        self.demo.database.sql("UPDATE job_control SET maintenance = false");
    }

    fn job(&self) -> String {
        self.demo.database.sql("SELECT status, attempts FROM jobs")
    }

    /// How many of the many files are in their place.
    fn left(&self) -> usize {
        std::fs::read_dir(self.run().join("X0_Y0")).into_iter().flatten().count()
    }

    fn puts_aside(&self) -> bool {
        let mut entries = std::fs::read_dir(self.run()).unwrap();
        entries.any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with(".runstow-removing"))
    }

    /// Every path of storage and archive with its size and time.
    fn picture(&self) -> BTreeMap<PathBuf, (u64, SystemTime)> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.demo.results(), self.demo.archive()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let known = path.symlink_metadata().unwrap();
                if known.is_dir() {
                    folders.push(path.clone());
                }
                all.insert(path, (known.len(), known.modified().unwrap()));
            }
        }
        all
    }
}

/// Takes more than a minute: as long as a worker may be silent before another may take its job.
#[test]
fn a_worker_that_was_frozen_in_the_middle_of_a_removal_stops_when_it_wakes() {
    let site = Site::new(TestDatabase::postgres());
    let flows: Vec<PathBuf> = (0..FILES).map(|n| PathBuf::from(format!("X0_Y0/acq_{n:05}.dat"))).collect();
    let run = site.run();
    site.ask();
    let first = site.worker("first.log");
    until("the first removes", || site.puts_aside() && site.left() < FILES);
    first.signal("-STOP");
    let left = site.left();
    assert!(left > 0 && left < FILES, "it was not stopped in the middle: {left} files are left");
    println!("frozen with {left} of {FILES} files left");
    let second = site.worker("second.log");
    until("the second has ended the job", || site.job() == "done|2");
    assert_eq!((site.left(), site.puts_aside()), (0, false));
    let (ended, events) = (site.picture(), site.demo.database.sql("SELECT count(*) FROM events"));
    first.signal("-CONT");
    until("the first finds out", || first.says("another worker has taken this job over"));
    // It does not only say so: it is told to stop, and ends well, so nothing of it is still at work.
    for mut worker in [first, second] {
        worker.signal("-TERM");
        assert!(worker.child.wait().unwrap().success());
    }
    assert_eq!(site.picture(), ended, "the first has changed something");
    assert_eq!(site.demo.database.sql("SELECT count(*) FROM events"), events, "something was noted twice");
    assert_eq!(site.job(), "done|2");
    let place = site.demo.archive().join(run.file_name().unwrap());
    for (number, flow) in flows.iter().enumerate() {
        assert_eq!(std::fs::read_to_string(place.join(flow)).unwrap(), number.to_string());
    }
}
