//! Moves by the real program that is killed at random moments, until they are done; then everything is counted.
//!
//! Used by a test with few rounds, and by `cargo xtask random-kills` with many.
#![allow(clippy::disallowed_methods, reason = "it makes and empties the folders that it works in")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::TestDatabase;
use crate::demo_site::{DemoSite, files};
use crate::trees::agrees_with_sha256sum;

/// The demo's PGM report.
const REPORT: &str = "118";

/// What is done and killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Copy, prove, remove.
    Archive,
    /// Copy and prove.
    Export,
    /// Into the trash.
    Delete,
    /// Back from an archive that was made undisturbed.
    Restore,
}

impl std::str::FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "archive" => Ok(Self::Archive),
            "export" => Ok(Self::Export),
            "delete" => Ok(Self::Delete),
            "restore" => Ok(Self::Restore),
            other => Err(format!("{other}: archive, export, delete or restore")),
        }
    }
}

/// A storage that is copied for each round, and the program.
pub struct Kills {
    binary: String,
    action: Action,
    template: PathBuf,
    site: PathBuf,
    /// How long the action takes undisturbed: kills are spread over a little more.
    usual: Duration,
    random: u64,
}

/// What one round has shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Round {
    /// Processes that were killed while they worked.
    pub kills: u32,
    /// Of them, those that had begun to remove files, and had not come to the end.
    pub in_removal: u32,
    /// Distinct contents, all of them found again.
    pub contents: usize,
    /// Notes of jobs that have ended, left by a kill between the end and their removal. They hold no copies.
    pub left_notes: usize,
}

impl Kills {
    /// Makes the storage in `dir`, which must be empty or missing. `binary` is the program.
    ///
    /// # Panics
    /// When the program does not do what it should undisturbed.
    #[must_use]
    pub fn new(binary: &str, action: Action, dir: &Path, seed: u64) -> Self {
        let template = dir.join("template");
        std::fs::create_dir_all(&template).expect("the folder can be made");
        DemoSite::make(binary, &template);
        // The other run of the demo takes no part.
        std::fs::remove_dir_all(template.join("demo/results/S5-02")).expect("the demo has it");
        let (binary, site) = (binary.to_owned(), dir.join("site"));
        let mut kills = Self { binary, action, template, site, usual: Duration::ZERO, random: seed };
        let mut took = Vec::new();
        for _ in 0..3 {
            let site = Site::new(&kills);
            let started = Instant::now();
            site.demo.ok(&site.arguments(action));
            took.push(started.elapsed());
        }
        took.sort();
        kills.usual = took[1];
        kills
    }

    /// How long the action takes undisturbed.
    #[must_use]
    pub fn usual(&self) -> Duration {
        self.usual
    }

    fn pause(&mut self) -> Duration {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.usual.mul_f64(f64::from((self.random >> 33) as u32) / f64::from(1_u32 << 31) * 1.1)
    }

    /// One round: some kills, then whatever is left to do is done, then all is counted.
    ///
    /// # Panics
    /// When a content is missing, at any moment, or the work does not come to its end.
    pub fn round(&mut self) -> Round {
        let site = Site::new(self);
        let mut round = Round { contents: site.contents.len(), ..Round::default() };
        let most = 1 + (self.random >> 20) % 4;
        for _ in 0..most {
            // A person asks again when nothing was asked for yet; else workers go on.
            let asks = site.jobs("") == 0;
            let arguments = if asks { site.arguments(self.action) } else { vec!["worker".to_owned()] };
            let mut child = site.demo.start(&arguments, None);
            std::thread::sleep(self.pause());
            let worked =
                child.try_wait().expect("it is our child").is_none() && (asks || site.jobs(OPEN) > 0);
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            round.kills += u32::from(worked);
            round.in_removal += u32::from(worked && site.misses_files());
            site.nothing_is_lost("after a kill");
            site.time_passes();
        }
        site.goes_on_to_its_end(self.action);
        site.is_done(self.action);
        round.left_notes = site.left_notes();
        round
    }
}

/// Jobs that have not come to their end.
const OPEN: &str = "WHERE status NOT IN ('done', 'cancelled', 'failed')";

/// One copy of the storage, with a catalog of its own.
struct Site {
    demo: DemoSite,
    before: BTreeMap<PathBuf, Vec<u8>>,
    contents: BTreeSet<Vec<u8>>,
}

impl Site {
    fn new(kills: &Kills) -> Self {
        if kills.site.exists() {
            std::fs::remove_dir_all(&kills.site).expect("it is ours");
        }
        let copied = Command::new("cp").arg("-a").arg(&kills.template).arg(&kills.site).status();
        assert!(copied.is_ok_and(|status| status.success()), "cp works");
        let demo = DemoSite::new(&kills.binary, TestDatabase::sqlite(), &kills.site);
        demo.scan();
        let before = files(&demo.results());
        let site = Self { contents: before.values().cloned().collect(), before, demo };
        if kills.action == Action::Restore {
            site.demo.ok(&site.arguments(Action::Archive));
            site.demo.database.sql("UPDATE jobs SET comment = 'before'");
        }
        site
    }

    fn arguments(&self, action: Action) -> Vec<String> {
        let moves = |name| self.demo.move_arguments(name, REPORT, &["--checksums", "sha256"]);
        let others = |name: &str| [name, REPORT, "--yes"].map(str::to_owned).to_vec();
        match action {
            Action::Archive => moves("archive"),
            Action::Export => moves("export"),
            Action::Delete => others("delete"),
            Action::Restore => others("restore"),
        }
    }

    /// Jobs of this round.
    fn jobs(&self, which: &str) -> usize {
        let which = if which.is_empty() { "WHERE 1 = 1" } else { which };
        let sql = format!("SELECT count(*) FROM jobs {which} AND comment <> 'before'");
        self.demo.database.sql(&sql).parse().expect("a number")
    }

    /// As if the lease of a dead worker and the pause before a retry were over.
    fn time_passes(&self) {
        self.demo.database.sql("UPDATE jobs SET lease_until_us = 0 WHERE status = 'running'");
        self.demo.database.sql("UPDATE jobs SET not_before_us = NULL");
    }

    /// A worker that nobody kills.
    fn goes_on_to_its_end(&self, action: Action) {
        if self.jobs("") == 0 {
            self.demo.ok(&self.arguments(action));
        }
        let mut worker = self.demo.start(&["worker".to_owned()], None);
        let started = Instant::now();
        let mut open = self.jobs(OPEN);
        // Only a worker that is stuck needs so long.
        while open > 0 && started.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(20));
            open = self.jobs(OPEN);
        }
        worker.kill().expect("it is our child");
        worker.wait().expect("it is our child");
        assert_eq!(open, 0, "stuck: {}", self.told());
    }

    fn told(&self) -> String {
        self.demo.database.sql("SELECT * FROM jobs")
    }

    fn nothing_is_lost(&self, when: &str) {
        let lost = self.contents.difference(&self.demo.contents()).count();
        assert_eq!(lost, 0, "{when}: {lost} contents are lost");
    }

    /// Is something not in its place any more?
    fn misses_files(&self) -> bool {
        self.before.keys().any(|path| !self.demo.results().join(path).exists())
    }

    fn is_done(&self, action: Action) {
        self.nothing_is_lost("in the end");
        assert_eq!(self.jobs("WHERE status <> 'done'"), 0, "{}", self.told());
        let now = files(&self.demo.results());
        let ours = |path: &&PathBuf| path.to_string_lossy().contains(".runstow-removing");
        assert_eq!(now.keys().find(ours), None, "something still lies aside");
        let gone: Vec<_> = self.before.iter().filter(|(path, _)| !now.contains_key(*path)).collect();
        match action {
            Action::Archive => {
                assert!(!gone.is_empty(), "nothing was removed");
                let archived: BTreeSet<Vec<u8>> = files(&self.demo.archive()).into_values().collect();
                let unproven = gone.iter().filter(|(_, content)| !archived.contains(*content)).count();
                assert_eq!(unproven, 0, "{unproven} sources are gone and not in the archive");
            }
            Action::Delete => assert!(!gone.is_empty(), "nothing was removed"),
            Action::Export => assert_eq!(gone.len(), 0, "something is gone"),
            Action::Restore => {
                let same =
                    self.before.iter().filter(|(path, content)| now.get(*path) == Some(content)).count();
                assert_eq!(same, self.before.len(), "not everything came back as it was");
            }
        }
        if matches!(action, Action::Archive | Action::Export) {
            let lists = agrees_with_sha256sum(&self.demo.archive());
            assert_eq!(lists, 4, "each category has its list");
            let copies: Vec<PathBuf> = self.journals().filter(|path| holds_copies(path)).collect();
            assert_eq!(copies, Vec::<PathBuf>::new(), "copies without a place are left");
        }
    }

    fn journals(&self) -> impl Iterator<Item = PathBuf> {
        let journals = std::fs::read_dir(self.demo.archive().join(".runstow-incoming"));
        journals.into_iter().flatten().flatten().map(|entry| entry.path())
    }

    fn left_notes(&self) -> usize {
        self.journals().count()
    }
}

/// Is there anything among a job's notes that was to get its place?
fn holds_copies(journal: &Path) -> bool {
    let mut entries = std::fs::read_dir(journal).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().starts_with("staged-"))
}
