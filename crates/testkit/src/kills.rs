//! Moves by the real program that is killed at random moments, until they are done; then everything is counted.
//!
//! Used by a test with few rounds, and by `cargo xtask random-kills` with many.
#![allow(clippy::disallowed_methods, reason = "it makes and empties the folders that it works in")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::TestDatabase;
use crate::program::Program;

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
    /// Of them, those after which files lay put aside: killed in the middle of a removal.
    pub in_removal: u32,
    /// Distinct contents, all of them found again.
    pub contents: usize,
}

impl Kills {
    /// Makes the storage in `dir`, which must be empty or missing. `binary` is the program.
    ///
    /// # Panics
    /// When the program does not do what it should undisturbed.
    #[must_use]
    pub fn new(binary: &str, action: Action, dir: &Path, seed: u64) -> Self {
        std::fs::create_dir_all(dir).expect("the folder can be made");
        let maker = Program::new(binary, "postgres://nobody@127.0.0.1:1/none");
        let template = dir.join("template");
        drop(
            maker
                .serve(&["demo", "--dir", template.to_str().expect("UTF-8"), "--listen", "127.0.0.1:0"], dir),
        );
        let mut kills = Self {
            binary: binary.to_owned(),
            action,
            template,
            site: dir.join("site"),
            usual: Duration::ZERO,
            random: seed,
        };
        let mut took = Vec::new();
        for _ in 0..3 {
            let site = Site::new(&kills);
            let started = Instant::now();
            site.carry_out(action);
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
            let arguments =
                if site.jobs("") == 0 { site.arguments(self.action) } else { vec!["worker".to_owned()] };
            let mut child = site.start(&arguments);
            std::thread::sleep(self.pause());
            let ended = child.try_wait().expect("it is our child").is_some();
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            round.kills += u32::from(!ended);
            round.in_removal += u32::from(!ended && site.lies_aside());
            site.nothing_is_lost("after a kill");
            site.time_passes();
            if ended && site.jobs(OPEN) == 0 && site.jobs("") > 0 {
                break;
            }
        }
        site.goes_on_to_its_end(self.action);
        site.is_done(self.action);
        round
    }
}

/// Jobs that have not come to their end.
const OPEN: &str = "WHERE status NOT IN ('done', 'cancelled', 'failed')";

/// One copy of the storage, with a catalog of its own.
struct Site {
    program: Program,
    database: TestDatabase,
    dir: PathBuf,
    before: BTreeMap<PathBuf, Vec<u8>>,
    contents: BTreeSet<Vec<u8>>,
}

impl Site {
    fn new(kills: &Kills) -> Self {
        let dir = kills.site.clone();
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("it is ours");
        }
        let copied = Command::new("cp").arg("-a").arg(&kills.template).arg(&dir).status();
        assert!(copied.is_ok_and(|status| status.success()), "cp works");
        std::fs::create_dir(dir.join("archive")).expect("it is ours");
        let database = TestDatabase::sqlite();
        let program = Program::new(&kills.binary, &database.url());
        let mut site = Self { program, database, dir, before: BTreeMap::new(), contents: BTreeSet::new() };
        let (results, home) = (site.results(), site.results().join("analysis/output/Home"));
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        site.program.ok(&["scan", "--file-server", &text(&results), "--report-storage", &text(&home)]);
        gather(&results, &results, &mut site.before);
        site.contents = site.before.values().cloned().collect();
        if kills.action == Action::Restore {
            site.carry_out(Action::Archive);
            site.database.sql("UPDATE jobs SET comment = 'before'");
        }
        site
    }

    fn results(&self) -> PathBuf {
        self.dir.join("results")
    }

    fn archive(&self) -> PathBuf {
        self.dir.join("archive")
    }

    fn arguments(&self, action: Action) -> Vec<String> {
        let to = self.archive();
        let to = to.to_str().expect("UTF-8");
        let copies = |name| vec![name, REPORT, "--to", to, "--not-mounted", "--yes", "--checksums", "sha256"];
        let arguments = match action {
            Action::Archive => copies("archive"),
            Action::Export => copies("export"),
            Action::Delete => vec!["delete", REPORT, "--yes"],
            Action::Restore => vec!["restore", REPORT, "--yes"],
        };
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Undisturbed.
    fn carry_out(&self, action: Action) {
        let arguments = self.arguments(action);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.program.ok(&arguments);
    }

    fn start(&self, arguments: &[String]) -> Child {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = self.program.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Jobs of this round.
    fn jobs(&self, which: &str) -> usize {
        let and = if which.is_empty() { "WHERE 1 = 1" } else { which };
        let sql = format!("SELECT count(*) FROM jobs {and} AND comment <> 'before'");
        self.database.sql(&sql).parse().expect("a number")
    }

    /// As if the lease of a dead worker and the pause before a retry were over.
    fn time_passes(&self) {
        self.database.sql(
            "UPDATE jobs SET lease_until_us = 0 WHERE status = 'running'; UPDATE jobs SET not_before_us = NULL",
        );
    }

    /// A worker that nobody kills.
    fn goes_on_to_its_end(&self, action: Action) {
        if self.jobs("") == 0 {
            self.carry_out(action);
        }
        let mut worker = self.start(&["worker".to_owned()]);
        let started = Instant::now();
        while self.jobs(OPEN) > 0 {
            // Only a worker that is stuck needs so long.
            if started.elapsed() > Duration::from_secs(120) {
                let _ = worker.kill();
                let _ = worker.wait();
                panic!("stuck: {}", self.database.sql("SELECT id, status, reason FROM jobs"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = worker.kill();
        let _ = worker.wait();
    }

    fn everything(&self) -> BTreeSet<Vec<u8>> {
        let mut all = BTreeMap::new();
        gather(&self.dir, &self.dir, &mut all);
        all.into_values().collect()
    }

    fn nothing_is_lost(&self, when: &str) {
        let lost = self.contents.difference(&self.everything()).count();
        assert_eq!(lost, 0, "{when}: {lost} contents are lost");
    }

    /// Has something been put aside for removal, or been removed?
    fn lies_aside(&self) -> bool {
        let mut all = BTreeMap::new();
        gather(&self.results(), &self.results(), &mut all);
        self.before.keys().any(|path| !all.contains_key(path))
    }

    fn is_done(&self, action: Action) {
        self.nothing_is_lost("in the end");
        let failed = self.jobs("WHERE status <> 'done'");
        assert_eq!(failed, 0, "{}", self.database.sql("SELECT id, status, reason FROM jobs"));
        let mut now = BTreeMap::new();
        gather(&self.results(), &self.results(), &mut now);
        let ours = |path: &&PathBuf| path.to_string_lossy().contains(".runstow-removing");
        assert_eq!(now.keys().find(ours), None, "something still lies aside");
        let mut archived = BTreeMap::new();
        gather(&self.archive(), &self.archive(), &mut archived);
        let contents: BTreeSet<&Vec<u8>> = archived.values().collect();
        let gone: Vec<_> = self.before.iter().filter(|(path, _)| !now.contains_key(*path)).collect();
        match action {
            Action::Archive => {
                assert!(!gone.is_empty(), "nothing was removed");
                let unproven = gone.iter().filter(|(_, content)| !contents.contains(content)).count();
                assert_eq!(unproven, 0, "{unproven} sources are gone and not in the archive");
            }
            Action::Delete => assert!(!gone.is_empty(), "nothing was removed"),
            Action::Export | Action::Restore => assert_eq!(gone.len(), 0, "something is gone"),
        }
        if action == Action::Restore {
            let same = self.before.iter().filter(|(path, content)| now.get(*path) == Some(content)).count();
            assert_eq!(same, self.before.len(), "not everything came back as it was");
        }
        if matches!(action, Action::Archive | Action::Export) {
            self.checksums_are_true();
            let journals = std::fs::read_dir(self.archive().join(".runstow-incoming"));
            assert_eq!(journals.into_iter().flatten().count(), 0, "a journal is left");
        }
    }

    /// `sha256sum` agrees with every list of checksums.
    fn checksums_are_true(&self) {
        let mut lists = 0;
        let mut folders = vec![self.archive()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("it is ours").flatten() {
                let path = entry.path();
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "sha256") {
                    let mut check = Command::new("sha256sum");
                    check.args(["--check", "--strict", "--quiet"]).arg(&path).current_dir(&folder);
                    let output = check.output().expect("sha256sum starts");
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
                    lists += 1;
                }
            }
        }
        assert_eq!(lists, 4, "each category has its list");
    }
}

/// Path below `root` and content of each file.
fn gather(root: &Path, folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
            gather(root, &path, all);
        } else if kind.is_ok_and(|kind| kind.is_file())
            && let (Ok(content), Ok(below)) = (std::fs::read(&path), path.strip_prefix(root))
        {
            all.insert(below.to_owned(), content);
        }
    }
}
