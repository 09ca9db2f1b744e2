//! The storage of `runstow demo`, a catalog of its own, and a folder for archives.
#![allow(clippy::disallowed_methods, reason = "it makes the folders that it works in")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::program::Program;
use crate::{TestDatabase, until};

/// A demo's storage that the real program works on.
pub struct DemoSite {
    /// The program, with the catalog.
    pub program: Program,
    /// The catalog's database.
    pub database: TestDatabase,
    dir: PathBuf,
}

impl DemoSite {
    /// Makes the demo's storage below a folder. `binary` is the program.
    pub fn make(binary: &str, dir: &Path) {
        let demo = dir.join("demo");
        let maker = Program::new(binary, "postgres://nobody@127.0.0.1:1/none");
        let demo = demo.to_str().expect("a folder for tests has a name in UTF-8");
        drop(maker.serve(&["demo", "--dir", demo, "--listen", "127.0.0.1:0"], dir));
    }

    /// Makes it, with a catalog that knows it.
    #[must_use]
    pub fn scanned(binary: &str, database: TestDatabase, dir: &Path) -> Self {
        Self::make(binary, dir);
        let site = Self::new(binary, database, dir);
        site.scan();
        site
    }

    /// Opens the one that was made there, with an empty catalog.
    #[must_use]
    pub fn new(binary: &str, database: TestDatabase, dir: &Path) -> Self {
        let program = Program::new(binary, &database.url());
        let site = Self { program, database, dir: dir.to_owned() };
        std::fs::create_dir_all(site.archive()).expect("it is ours");
        site
    }

    /// The storage root of the runs.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        self.dir.join("demo/results")
    }

    /// The root of the archive.
    #[must_use]
    pub fn archive(&self) -> PathBuf {
        self.dir.join("archive")
    }

    /// The folder of an instrument's only run, such as `PGM-01`.
    #[must_use]
    pub fn run_of(&self, instrument: &str) -> PathBuf {
        let mut runs = std::fs::read_dir(self.results().join(instrument)).expect("the demo has it");
        runs.next().expect("the demo has a run").expect("it can be read").path()
    }

    /// Brings the catalog up to date.
    pub fn scan(&self) {
        let (results, home) = (self.results(), self.results().join("analysis/output/Home"));
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        self.program.ok(&["scan", "--file-server", &text(&results), "--report-storage", &text(&home)]);
    }

    /// The arguments that move a report to the archive and carry it out.
    #[must_use]
    pub fn move_arguments(&self, action: &str, report: &str, rest: &[&str]) -> Vec<String> {
        let to = self.archive();
        let to = to.to_str().expect("UTF-8");
        let arguments = [&[action, report, "--to", to, "--not-mounted", "--yes"], rest].concat();
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Starts the program; its standard error goes to the file `log`, if one is named.
    #[must_use]
    pub fn start(&self, arguments: &[String], log: Option<&Path>) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(log) = log {
            command.env("RUNSTOW_LOG", "info").stderr(std::fs::File::create(log).expect("it is ours"));
        }
        command.spawn().expect("the program starts")
    }

    /// A worker works until the only job is as it should be.
    pub fn works_until(&self, status: &str) {
        let mut worker = self.start(&["worker".to_owned()], None);
        until(&format!("the job is {status}"), || self.database.sql("SELECT status FROM jobs") == status);
        let told = Command::new("kill").arg(worker.id().to_string()).status().expect("kill is there");
        assert!(told.success() && worker.wait().expect("it is ours").success());
    }

    /// The program with these arguments.
    #[must_use]
    pub fn command(&self, arguments: &[String]) -> Command {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.program.command(&arguments)
    }

    /// Runs to the end, must succeed, and gives what it printed.
    pub fn ok(&self, arguments: &[String]) -> String {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.program.ok(&arguments)
    }

    /// How many files the storage holds, but for what Runstow has put there for itself.
    #[must_use]
    pub fn storage_files(&self) -> u64 {
        let own = |path: &Path| path.iter().any(|part| part.to_string_lossy().starts_with(".runstow"));
        files(&self.results()).keys().filter(|path| !own(path)).count() as u64
    }

    /// The distinct contents of all files there are: storage, archive, and what lies aside.
    #[must_use]
    pub fn contents(&self) -> BTreeSet<Vec<u8>> {
        files(&self.dir).into_values().collect()
    }
}

/// All files below a folder, by their path there, with their content.
#[must_use]
pub fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                folders.push(path);
            } else if kind.is_ok_and(|kind| kind.is_file())
                && let (Ok(content), Ok(below)) = (std::fs::read(&path), path.strip_prefix(root))
            {
                all.insert(below.to_owned(), content);
            }
        }
    }
    all
}
