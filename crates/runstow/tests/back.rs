//! Delete, trash and restore with the real program, on the demo's storage.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::trees::picture;

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

fn site(dir: &Path, database: TestDatabase) -> DemoSite {
    DemoSite::scanned(BINARY, database, dir)
}

fn deleted_comes_back(database: TestDatabase) {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), database);
    // The trash comes and goes at the top of both storage roots.
    let all = || {
        let mut all = picture(&site.results());
        all.remove(Path::new("analysis/output/Home"));
        all
    };
    let before = all();
    let (code, text) = site.program.said(&["delete", "118"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Nothing was done") && text.contains(".runstow-trash"), "{text}");
    assert_eq!(all(), before, "a plan changed something");
    let (code, text) = site.program.said(&["delete", "118", "--yes", "--comment", "making room"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches(": done").count(), 4, "{text}");
    assert!(!site.run_of("PGM-01").join("acq_0000.dat").exists());
    let listed = site.program.ok(&["trash"]);
    assert!(listed.contains("118") && listed.contains("can be reclaimed"), "{listed}");
    let (code, text) = site.program.said(&["restore", "118", "--yes"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches(": done").count(), 4, "{text}");
    let after = all();
    let other = before.iter().find(|(path, seen)| after.get(*path) != Some(*seen));
    assert!(other.is_none() && after.len() == before.len(), "{other:?}");
    assert!(site.program.ok(&["trash"]).contains("The trash is empty"));
    let shown = site.program.ok(&["show", "118"]);
    assert!(shown.contains("restored"), "{shown}");
}

#[test]
fn what_was_deleted_comes_back_with_one_command_on_sqlite() {
    deleted_comes_back(TestDatabase::sqlite());
}

#[test]
fn what_was_deleted_comes_back_with_one_command_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async { TestDatabase::postgres() });
    deleted_comes_back(database);
}

#[test]
fn the_trash_is_emptied_only_with_yes_and_then_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.program.said(&["delete", "118", "--category", "sigproc", "--yes"]);
    let (code, text) = site.program.said(&["trash", "empty"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Add --yes"), "{text}");
    assert!(site.results().join(".runstow-trash").exists());
    let (code, text) = site.program.said(&["trash", "empty", "--older-than", "1", "--yes"]);
    assert!(code == 0 && text.contains("nothing of that kind"), "{text}");
    let (code, text) = site.program.said(&["trash", "empty", "118", "--yes"]);
    assert_eq!(code, 0, "{text}");
    assert!(!site.results().join(".runstow-trash").exists());
    let (code, text) = site.program.said(&["restore", "118", "--category", "sigproc", "--yes"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the trash does not hold it any more"), "{text}");
}

#[test]
fn a_delete_without_trash_leaves_none() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let (code, text) = site.program.said(&["delete", "118", "--category", "misc", "--no-trash", "--yes"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("nobody can bring it back"), "{text}");
    assert!(!site.results().join("analysis/output/Home/.runstow-trash").exists(), "{text}");
    assert!(site.program.ok(&["trash"]).contains("The trash is empty"));
}

#[test]
fn an_archive_comes_back_identical_into_an_empty_catalog() {
    comes_back("118", "PGM-01");
}

/// What the original can not import (categories.md D42): blocks of a full chip have names of their own. And what belongs to
/// its archive is not decided by links of a report that is gone (D14).
#[test]
fn a_full_chip_comes_back_identical_into_an_empty_catalog() {
    comes_back("231", "S5-02");
}

/// They were shown as Local, though they were neither in the archive nor on the disk.
#[test]
fn what_an_archive_does_not_hold_is_not_called_local() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.ok(&site.move_arguments(
        "archive",
        "118",
        &["--unfinished", "--category", "basecall", "--category", "misc"],
    ));
    let empty = DemoSite::new(BINARY, TestDatabase::sqlite(), dir.path());
    let (archive, place) = (site.archive(), dir.path().join("new place"));
    std::fs::create_dir(&place).unwrap();
    let from = ["restore", "--from", archive.to_str().unwrap(), "--to", place.to_str().unwrap()];
    let (code, text) = empty.program.said(&[&from[..], &["--category", "basecall", "--yes"]].concat());
    assert_eq!(code, 0, "{text}");
    let shown = empty.program.ok(&["show", "118"]);
    let state = |category: &str| {
        let line = shown.lines().find(|line| line.starts_with(category)).unwrap();
        ["Local", "Archived", "Deleted"].into_iter().find(|state| line.contains(state)).unwrap()
    };
    let states = ["Basecalling", "Intermediate", "Output"].map(state);
    assert_eq!(states, ["Local", "Archived", "Deleted"], "{shown}");
}

fn comes_back(report: &str, instrument: &str) {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let run_dir = site.run_of(instrument);
    let home = site.results().join("analysis/output/Home");
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(&format!("_{report}"));
    let report_dir =
        std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).find(named).unwrap();
    let before = [picture(&run_dir), picture(&report_dir)];
    let folders =
        [&run_dir, &report_dir].map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned());
    let categories = categories_of(&site, report, &folders);
    site.ok(&site.move_arguments("archive", report, &["--unfinished"]));
    let kept = [picture(&run_dir), picture(&report_dir)];
    sums_are_right(&site.archive());
    // Storage and catalog are lost.
    std::fs::remove_dir_all(&run_dir).unwrap();
    std::fs::remove_dir_all(&report_dir).unwrap();
    let empty = DemoSite::new(BINARY, TestDatabase::sqlite(), dir.path());
    let archive = site.archive();
    let place = dir.path().join("new place");
    std::fs::create_dir(&place).unwrap();
    let from = ["restore", "--from", archive.to_str().unwrap(), "--to", place.to_str().unwrap()];
    let (code, text) = empty.program.said(&from);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Nothing was done"), "{text}");
    let (code, text) = empty.program.said(&[&from[..], &["--yes"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches(": done").count(), 4, "{text}");
    for ((before, kept), old) in before.iter().zip(&kept).zip([&run_dir, &report_dir]) {
        let now = picture(&place.join(old.file_name().unwrap()));
        for (path, seen) in before {
            // What stayed when the rest was archived, such as the report's page, is of no category.
            assert!(now.get(path) == Some(seen) || kept.contains_key(path), "{path:?}: {:?}", now.get(path));
        }
    }
    // What was archived is the same category's again, also after the next scan.
    empty.program.ok(&["scan", "--file-server", place.to_str().unwrap()]);
    let again = categories_of(&empty, report, &folders);
    for (category, files) in &categories {
        let missing: Vec<_> = files.difference(&again[category]).collect();
        assert!(!files.is_empty() && missing.is_empty(), "{category}: {missing:?} of {}", files.len());
    }
    let listed = empty.program.ok(&["ls"]);
    assert!(listed.contains("Local") && listed.contains(report), "{listed}");
}

/// The files that an archive of each category would take along, below their start folders.
fn categories_of(
    site: &DemoSite,
    report: &str,
    folders: &[String],
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let below = |line: &str| {
        let at = folders.iter().find_map(|folder| line.find(&format!("/{folder}/")))?;
        (!line.trim_start().starts_with("keep ")).then(|| line[at..].to_owned())
    };
    let categories = ["sigproc", "basecall", "output", "misc"].into_iter();
    let files = |category| site.program.ok(&["files", report, "--action", "archive", "--category", category]);
    categories.map(|category| (category, files(category).lines().filter_map(below).collect())).collect()
}

/// `b3sum --check` passes on every archive; done here with the checksum files as b3sum reads them, if it is not installed.
fn sums_are_right(archive: &Path) {
    let mut folders = vec![archive.to_owned()];
    let mut checked = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "b3") {
                let text = std::fs::read_to_string(&path).unwrap();
                for line in text.lines() {
                    let (hash, name) = line.split_once("  ").unwrap();
                    let content = std::fs::read(folder.join(name)).unwrap();
                    assert_eq!(blake3::hash(&content).to_hex().as_str(), hash, "{name}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_damaged_archive_is_named_and_nothing_is_put_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.ok(&site.move_arguments("archive", "118", &["--category", "sigproc"]));
    let run_dir = site.run_of("PGM-01");
    let copy = site.archive().join(run_dir.file_name().unwrap()).join("acq_0000.dat");
    std::fs::write(&copy, b"damaged").unwrap();
    let (code, text) = site.program.said(&["restore", "118", "--category", "sigproc", "--yes"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("acq_0000.dat") && text.contains("needs_decision"), "{text}");
    assert!(!run_dir.join("acq_0000.dat").exists());
}

#[test]
fn of_an_archive_only_the_named_category_is_asked_about() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let categories = ["--category", "output", "--category", "misc"];
    site.ok(&site.move_arguments("archive", "118", &categories));
    site.program.said(&["restore", "118", "--category", "misc", "--yes"]);
    let archive = site.archive();
    let from = ["restore", "--from", archive.to_str().unwrap(), "--yes"];
    let (code, text) = site.program.said(&from);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Intermediate Files") && text.contains("--category"), "{text}");
    let (code, text) = site.program.said(&[&from[..], &["--category", "output"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches(": done").count(), 1, "{text}");
}

#[test]
fn an_archive_with_a_damaged_record_is_named_and_not_restored_as_torrent_suites() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.ok(&site.move_arguments("archive", "118", &["--category", "output", "--category", "sigproc"]));
    let reports = site.archive().join("archivedReports");
    let place = std::fs::read_dir(reports).unwrap().next().unwrap().unwrap().path();
    let mut beside = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap());
    let record =
        beside.find(|entry| entry.file_name().to_string_lossy().starts_with("serialized_")).unwrap().path();
    let whole = std::fs::read(&record).unwrap();
    let mut bytes = whole.clone();
    bytes[1] ^= 0x40;
    std::fs::write(&record, bytes).unwrap();
    let (code, text) = site.program.said(&["restore", "118", "--category", "output", "--yes"]);
    assert!(code != 0 && text.contains("record") && text.contains("runstow_"), "{text}");
    let archive = site.archive();
    let from = ["restore", "--from", archive.to_str().unwrap()];
    let (code, text) = site.program.said(&from);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("ut the record back") && text.contains("Signal Processing Input"), "{text}");
    std::fs::write(&record, whole).unwrap();
    let (code, text) = site.program.said(&["restore", "118", "--category", "output", "--yes"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn an_unknown_folder_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(BINARY)
        .args(["restore", "--from", dir.path().to_str().unwrap()])
        .env("RUNSTOW_DATABASE_URL", format!("sqlite://{}/none.db", dir.path().display()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("serialized_*.json"), "{text}");
    assert!(!dir.path().join("none.db").exists(), "looking made a catalog");
}

#[test]
fn an_archived_report_is_restored_to_another_place_and_stays_archived() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let run_dir = site.run_of("PGM-01");
    let before = picture(&run_dir);
    site.ok(&site.move_arguments("archive", "118", &["--category", "sigproc", "--unfinished"]));
    let place = dir.path().join("elsewhere");
    std::fs::create_dir(&place).unwrap();
    let to = ["restore", "118", "--to", place.to_str().unwrap()];
    let (code, text) = site.program.said(&[&to[..], &["--category", "misc"]].concat());
    assert!(code != 0 && text.contains("is not archived"), "{text}");
    let (code, text) = site.program.said(&to);
    assert!(
        code == 0 && text.contains("Nothing was done") && text.contains("Signal Processing Input"),
        "{text}"
    );
    assert!(std::fs::read_dir(&place).unwrap().next().is_none(), "a plan wrote something");
    let (code, text) = site.program.said(&[&to[..], &["--yes"]].concat());
    assert_eq!(code, 0, "{text}");
    let now = picture(&place.join(run_dir.file_name().unwrap()));
    let archived = before.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "dat"));
    for (path, seen) in archived {
        assert_eq!(now.get(path), Some(seen), "{path:?}");
    }
    let shown = site.program.ok(&["show", "118"]);
    assert!(shown.contains("Archived"), "{shown}");
}

#[test]
fn an_archived_copy_is_deleted_when_that_is_said_and_comes_back_from_the_trash() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let run_dir = site.run_of("PGM-01");
    let before = picture(&run_dir);
    site.ok(&site.move_arguments("archive", "118", &["--category", "sigproc", "--unfinished"]));
    let delete = ["delete", "118", "--category", "sigproc", "--yes"];
    let (code, text) = site.program.said(&delete);
    assert!(code == 3 && text.contains("only copy") && text.contains("--archived"), "{code}: {text}");
    let (code, text) = site.program.said(&[&delete[..], &["--archived"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("57 files") && text.contains("files: 57"), "{text}");
    assert!(site.archive().join(".runstow-trash").exists());
    let listed = site.program.ok(&["trash"]);
    assert!(listed.contains(site.archive().join(".runstow-trash").to_str().unwrap()), "{listed}");
    let (code, text) = site.program.said(&["restore", "118", "--yes"]);
    assert_eq!(code, 0, "{text}");
    let now = picture(&run_dir);
    assert!(before.iter().all(|(path, seen)| now.get(path) == Some(seen)));
    let (code, text) = site.program.said(&["trash", "empty", "--yes"]);
    assert_eq!(code, 0, "{text}");
    assert!(!site.archive().join(".runstow-trash").exists());
    assert!(site.program.ok(&["show", "118"]).contains("Local"));
}
