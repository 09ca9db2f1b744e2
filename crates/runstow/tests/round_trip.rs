//! Runs of all platforms with their reports, from the reference's generator: archived by the real program, lost with their catalog, and
//! restored from nothing but the archive.
#![allow(clippy::disallowed_methods, reason = "tests make and lose the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use runstow_lifecycle::Category;
use runstow_testkit::TestDatabase;
use runstow_testkit::program::Program;
use runstow_testkit::trees::{agrees_with_sha256sum, make_runs, picture};
use serde_json::Value;

/// Entries that only some of the reference's difficult reports have.
const DIFFICULT: &str = "hardlinks,empty-dirs,links,symlink-loop,collision,spaces-quotes,newline,non-ascii,trailing-dot-dir,long-names,deep";

struct Site {
    dir: tempfile::TempDir,
    program: Program,
    _database: TestDatabase,
}

impl Site {
    fn new() -> Self {
        let database = TestDatabase::sqlite();
        let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
        // In memory: each of many jobs waits for its disk several times.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { dir, program, _database: database }
    }

    /// The folder of all runs and reports, without links in its path.
    fn tree(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("tree")
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    fn listed(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.tree().join("runs.json")).unwrap()).unwrap()
    }

    /// The directories of all runs and reports.
    fn starts(&self) -> Vec<PathBuf> {
        let listed = self.listed();
        let all = |list: &str, key: &str| -> Vec<PathBuf> {
            let dirs = listed[list].as_array().unwrap().iter();
            dirs.map(|one| self.tree().join(one[key].as_str().unwrap())).collect()
        };
        [all("experiments", "expDir"), all("reports", "reportDir")].concat()
    }

    fn reports(&self) -> Vec<String> {
        self.listed()["reports"].as_array().unwrap().iter().map(|report| report["id"].to_string()).collect()
    }

    /// Which entries each category of each report has, as paths below the tree that no link leads through.
    fn categories(&self) -> BTreeMap<(String, String), BTreeSet<PathBuf>> {
        let lines = self.program.ok(&["files", "--all", "--action", "archive", "--jsonl"]);
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| {
                let paths = line["process"].as_array().unwrap().iter();
                let paths = paths.map(|path| self.below(Path::new(path.as_str().unwrap())));
                let category = line["category"].as_str().unwrap().to_owned();
                ((line["report"].to_string(), category), paths.collect())
            })
            .collect()
    }

    fn below(&self, path: &Path) -> PathBuf {
        let folder = path.parent().unwrap().canonicalize().unwrap();
        folder.join(path.file_name().unwrap()).strip_prefix(self.tree()).unwrap().to_owned()
    }

    /// Archives everything, and tells what was: report and category. Reports of one run share files, so one request
    /// may not be enough.
    fn archive_all(&self) -> BTreeSet<(String, String)> {
        let reports = self.reports();
        let to = self.archive();
        let options =
            ["--to", to.to_str().unwrap(), "--not-mounted", "--unfinished", "--checksums", "sha256", "--yes"];
        let mut arguments = vec!["archive"];
        arguments.extend(reports.iter().map(String::as_str));
        arguments.extend(options);
        let output = self.program.run(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let failed: Vec<_> = text.lines().skip_while(|line| !line.starts_with("job ")).collect();
        assert!(!text.contains(": failed"), "{}", failed.join("\n"));
        text.lines().filter_map(archived).collect()
    }
}

/// `job 7: archive Output Files of report 2 NAME: done`
fn archived(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.strip_suffix(": done")?.split_once(": archive ")?;
    let (name, rest) = rest.split_once(" of report ")?;
    let category = Category::ALL.into_iter().find(|category| category.ts_name() == name)?;
    Some((rest.split_once(' ')?.0.to_owned(), category.code().to_owned()))
}

/// Modes and times of all kinds, which the generator does not make. Folders last, from below.
fn vary(start: &Path) {
    let found = picture(start);
    for (number, path) in found.keys().rev().enumerate() {
        let path = start.join(path);
        let meta = path.symlink_metadata().unwrap();
        if meta.is_symlink() {
            continue;
        }
        let modes: &[u32] =
            if meta.is_dir() { &[0o755, 0o750, 0o2775, 0o700] } else { &[0o644, 0o640, 0o400, 0o755] };
        std::fs::set_permissions(&path, Permissions::from_mode(modes[number % modes.len()])).unwrap();
        let time = Duration::new(1_300_000_000 + number as u64 * 977, 1 + number as u32 % 999_999_999);
        std::fs::File::open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH + time).unwrap();
    }
}

fn inode(path: &Path) -> u64 {
    path.symlink_metadata().unwrap().ino()
}

#[test]
fn runs_of_all_platforms_come_back_identical_from_nothing_but_their_archive() {
    let site = Site::new();
    let tree = site.tree();
    let shape = ["--seed", "7", "--runs", "4", "--files", "3800", "--kinds", "pgm,proton,s5,ts22"];
    let content = ["--bytes", "real", "--size-scale", "0.00003", "--hostile", DIFFICULT];
    make_runs(&tree, &[&shape[..], &content].concat());
    let starts = site.starts();
    starts.iter().for_each(|start| vary(start));
    std::fs::create_dir(site.archive()).unwrap();
    let (list, root) = (tree.join("runs.json"), tree.to_str().unwrap());
    site.program.ok(&["scan", "--runs", list.to_str().unwrap(), "--file-server", root]);
    let categories = site.categories();
    let before = picture(&tree);

    let archived = site.archive_all();
    for report in site.reports() {
        let shown = site.program.ok(&["show", &report]);
        assert!(!shown.contains("Local"), "{shown}");
    }
    let lists = agrees_with_sha256sum(&site.archive());
    assert_eq!(lists, archived.len());

    // Sources, what was left of them, and the catalog are lost.
    for start in &starts {
        std::fs::remove_dir_all(start).unwrap();
        std::fs::create_dir(start).unwrap();
    }
    let empty = TestDatabase::sqlite();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &empty.url());
    let told = program.ok(&["restore", "--from", site.archive().to_str().unwrap(), "--yes"]);
    assert_eq!(told.matches(": done").count(), archived.len(), "{told}");

    let after = picture(&tree);
    let expected: BTreeSet<&PathBuf> =
        archived.iter().flat_map(|key| categories.get(key).unwrap_or_else(|| panic!("{key:?}"))).collect();
    for path in &expected {
        assert!(before.contains_key(*path), "{path:?} was never there");
        assert!(after.contains_key(*path), "{path:?} did not come back");
    }
    for (path, now) in &after {
        let was = before.get(path).unwrap_or_else(|| panic!("{path:?} was not there before"));
        // The directories of runs and reports were made by hand.
        if !starts.iter().any(|start| start.starts_with(tree.join(path))) && path != Path::new("runs.json") {
            // The link to the instrument's results is in no archive: it is made again, and is as old as the restore.
            let made_again =
                path.ends_with("sigproc_results") && now.0 == 0 && (was.0, &was.3) == (now.0, &now.3);
            assert!(was == now || made_again, "{path:?} was {:?} and is {:?}", shown(was), shown(now));
        }
    }
    let report = starts.iter().find(|start| start.to_string_lossy().contains("Rep_hardlinks")).unwrap();
    let names =
        ["rawlib.bam", "second.bam", "plugin_out/p_out/third.bam"].map(|name| inode(&report.join(name)));
    assert!(names.iter().all(|name| *name == names[0]), "names of one file: {names:?}");
    let count = |kind: u32| after.values().filter(|seen| seen.0 & 0o170_000 == kind).count();
    println!(
        "{} jobs; {} files, {} links, {} folders came back; {} entries of no archived category did not",
        archived.len(),
        count(0o100_000),
        count(0),
        count(0o040_000),
        before.keys().filter(|path| !after.contains_key(*path)).count()
    );
    assert!(expected.len() > 3000, "{}", expected.len());
}

fn shown(seen: &runstow_testkit::trees::Seen) -> String {
    format!("{:o} {}.{:09} {} bytes", seen.0, seen.1, seen.2, seen.3.len())
}
