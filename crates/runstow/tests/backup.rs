//! The real program dumps and loads: what lies in the trash can still be brought back, and jobs go on.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use runstow_testkit::demo_site::{DemoSite, files};
use runstow_testkit::trees::picture;
use runstow_testkit::{TestDatabase, until};

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

fn site(dir: &Path, database: TestDatabase) -> DemoSite {
    DemoSite::scanned(BINARY, database, dir)
}

/// The dump of a catalog, in a file.
fn dumped(site: &DemoSite, dir: &Path, name: &str) -> PathBuf {
    let file = dir.join(name);
    std::fs::write(&file, site.program.ok(&["catalog", "dump"])).unwrap();
    file
}

/// The same storage with what was dumped in an empty catalog.
fn loaded(file: &Path, database: TestDatabase, dir: &Path) -> (DemoSite, String) {
    let site = DemoSite::new(BINARY, database, dir);
    let (code, text) = site.program.said(&["catalog", "load", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    (site, text)
}

fn state(site: &DemoSite, category: &str) -> String {
    let sql = "SELECT state FROM category_states WHERE result_id = 118 AND category = ";
    site.database.sql(&format!("{sql}{category}"))
}

fn the_trash_survives(database: TestDatabase, elsewhere: TestDatabase) {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), database);
    let home = site.results().join("analysis/output/Home");
    let all = || {
        let mut all = picture(&site.results());
        all.remove(&home.strip_prefix(site.results()).unwrap().to_owned());
        all
    };
    let before = all();
    let old = dumped(&site, dir.path(), "old.json");
    let (code, text) =
        site.program.said(&["delete", "118", "--category", "sigproc", "--category", "output", "--yes"]);
    assert_eq!(code, 0, "{text}");
    let listed = site.program.ok(&["trash"]);
    let file = dumped(&site, dir.path(), "dump.json");
    let load = ["catalog", "load", "--replace", file.to_str().unwrap()];
    let (code, text) = site.program.said(&load);
    assert!(code == 0 && text.contains("2 entries of the trash"), "{text}");
    assert_eq!(site.program.ok(&["trash"]), listed);

    // A dump from before would forget it.
    let old = ["catalog", "load", "--replace", old.to_str().unwrap()];
    let (code, text) = site.program.said(&old);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("2 entries of the trash (") && text.contains("`runstow restore`"), "{text}");
    assert_eq!(site.program.ok(&["trash"]), listed);

    let (other, _) = loaded(&file, elsewhere, dir.path());
    assert_eq!(other.program.ok(&["trash"]), listed);
    let (code, text) = other.program.said(&["restore", "118", "--yes"]);
    assert_eq!(code, 0, "{text}");
    let after = all();
    let different = before.iter().find(|(path, seen)| after.get(*path) != Some(*seen));
    assert!(different.is_none() && after.len() == before.len(), "{different:?}");
    assert!(other.program.ok(&["trash"]).contains("The trash is empty"));

    let (code, text) = site.program.said(&[&old[..], &["--forget-trash"]].concat());
    assert_eq!((code, text.matches("forgotten: ").count()), (0, 2), "{text}");
    assert!(text.contains(".runstow-trash/"), "{text}");

    // A dump from before the restore lists it again. That changes nothing on the disk.
    let (code, text) = site.program.said(&load);
    assert_eq!(code, 0, "{text}");
    assert_eq!(site.program.ok(&["trash"]), listed);
    let (code, text) = site.program.said(&["restore", "118", "--yes"]);
    assert_eq!((code, all() == after), (3, true), "{text}");
    assert!(text.contains("the trash does not hold this delete any more"), "{text}");
}

/// A tester's find: the catalog called Local what had been archived since it was saved, and nothing brought it back.
#[test]
fn a_catalog_from_before_an_archive_gets_the_files_back_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let before = files(&site.results());
    let saved = dumped(&site, dir.path(), "saved.json");
    site.ok(&site.move_arguments("archive", "118", &["--category", "output"]));
    let (older, _) = loaded(&saved, TestDatabase::sqlite(), dir.path());
    older.scan();
    let archive = older.archive();
    // Archived once more, only what was left would go to a folder beside it, and nothing would tell of the first.
    let again =
        ["archive", "118", "--category", "output", "--to", archive.to_str().unwrap(), "--not-mounted"];
    let (code, text) = older.program.said(&again);
    assert!(
        code == 3 && text.contains("holds an archive or export already that has all these files"),
        "{code}: {text}"
    );
    let from = ["restore", "--from", archive.to_str().unwrap(), "--yes"];
    let (code, text) = older.program.said(&from);
    assert_eq!(code, 0, "{text}");
    let after = files(&older.results());
    for (path, content) in &before {
        assert_eq!(after.get(path), Some(content), "{path:?}");
    }
    // What is in its place is not called archived.
    let (code, text) = older.program.said(&from);
    assert!(code == 1 && text.contains("nothing to restore"), "{code}: {text}");
}

/// The one that was found first came back, which was the older, and nobody was told of the other.
#[test]
fn of_two_archives_of_one_category_the_newer_comes_back_to_an_empty_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let report = ["--category", "output"];
    let archive = || site.ok(&site.move_arguments("archive", "118", &report));
    let before = files(&site.results());
    archive();
    let is_bam = |path: &&PathBuf| path.extension().is_some_and(|end| end == "bam");
    let mut bams = before.keys().filter(is_bam).map(|path| site.results().join(path));
    let bam = bams.find(|path| !path.exists()).unwrap();
    site.program.ok(&["restore", "118", "--yes"]);
    std::fs::write(&bam, "of a second analysis").unwrap();
    site.scan();
    archive();
    assert!(!bam.exists());
    let empty = DemoSite::new(BINARY, TestDatabase::sqlite(), dir.path());
    let root = empty.archive();
    let (code, text) = empty.program.said(&["restore", "--from", root.to_str().unwrap(), "--yes"]);
    assert!(code == 0 && text.contains("holds an older copy"), "{code}: {text}");
    assert_eq!(std::fs::read_to_string(&bam).unwrap(), "of a second analysis");
}

/// The newer one, of two files, hid the one that had all.
#[test]
fn of_two_archives_that_contradict_each_other_a_person_names_the_one_that_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    let run = site.run_of("PGM-01");
    let archive = |name: &str| {
        let to = site.archive().join(name);
        std::fs::create_dir(&to).unwrap();
        let to = to.to_str().unwrap();
        site.program.ok(&[
            "archive",
            "118",
            "--category",
            "sigproc",
            "--to",
            to,
            "--not-mounted",
            "--unfinished",
            "--yes",
        ]);
        Path::new(to).join(run.file_name().unwrap())
    };
    let first = archive("first");
    site.program.ok(&["restore", "118", "--yes"]);
    std::fs::remove_file(run.join("acq_0000.dat")).unwrap();
    site.scan();
    let second = archive("second");
    let (code, text) = site.program.said(&["restore", "--from", first.to_str().unwrap(), "--yes"]);
    assert!(
        code == 1 && text.contains(second.to_str().unwrap()),
        "the catalog knows another: {code}: {text}"
    );
    let empty = DemoSite::new(BINARY, TestDatabase::sqlite(), dir.path());
    let root = site.archive();
    let (code, text) = empty.program.said(&["restore", "--from", root.to_str().unwrap(), "--yes"]);
    assert!(code == 1 && text.contains("name the folder of the one"), "{code}: {text}");
    assert!(!run.join("acq_0001.dat").exists());
    let (code, text) = empty.program.said(&["restore", "--from", first.to_str().unwrap(), "--yes"]);
    assert!(code == 0 && run.join("acq_0000.dat").exists(), "{code}: {text}");
}

#[test]
fn the_trash_survives_a_load_and_the_way_to_postgres() {
    the_trash_survives(TestDatabase::sqlite(), TestDatabase::postgres());
}

#[test]
fn the_trash_survives_a_load_and_the_way_to_sqlite() {
    the_trash_survives(TestDatabase::postgres(), TestDatabase::sqlite());
}

#[test]
fn a_job_that_waits_is_completed_from_the_loaded_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.database.sql(
        "INSERT INTO holds (id, result_id, experiment_id, who, reason, since_us, expires_us) \
         VALUES (1, 118, NULL, 'eve', 'looks at it', 0, NULL)",
    );
    let asked = site.move_arguments("archive", "118", &["--category", "output"]);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let (code, text) = site.program.said(&asked);
    assert!(code == 3 && text.contains("waiting"), "{text}");
    let file = dumped(&site, dir.path(), "dump.json");
    let (code, text) = site.program.said(&["catalog", "load", "--replace", file.to_str().unwrap()]);
    assert!(code == 1 && text.contains("1 jobs have not ended"), "{text}");

    let (other, text) = loaded(&file, TestDatabase::postgres(), dir.path());
    assert!(text.contains("1 jobs that have not ended") && text.contains("The jobs go on"), "{text}");
    assert!(!text.contains("without a job"), "{text}");
    let (code, text) = other.program.said(&["delete", "118", "--category", "output", "--yes"]);
    assert!(code != 0 && text.contains("Archive Pending"), "{text}");
    other.database.sql("DELETE FROM holds");
    let (code, text) = other.program.said(&["jobs", "retry", "1"]);
    assert_eq!(code, 0, "{text}");
    other.works_until("done");
    assert_eq!(state(&other, "2"), "AD");
}

#[test]
fn a_move_that_was_cut_off_goes_on_at_once_from_the_loaded_catalog() {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    DemoSite::make(BINARY, dir.path());
    let site = DemoSite::new(BINARY, TestDatabase::postgres(), dir.path());
    let flows = site.run_of("PGM-01").join("X0_Y0");
    std::fs::create_dir(&flows).unwrap();
    for number in 0..5000 {
        std::fs::write(flows.join(format!("acq_{number:04}.dat")), number.to_string()).unwrap();
    }
    site.scan();
    let before = site.contents();
    let rest = ["--category", "sigproc", "--unfinished"];
    let mut archive = site.start(&site.move_arguments("archive", "118", &rest), None);
    until("it moves files", || state(&site, "0") == "AG");
    archive.kill().unwrap();
    archive.wait().unwrap();
    assert_eq!(state(&site, "0"), "AG", "it was too fast for this test");

    let file = dumped(&site, dir.path(), "dump.json");
    let (other, _) = loaded(&file, TestDatabase::sqlite(), dir.path());
    assert_eq!(state(&other, "0"), "AG");
    other.works_until("done");
    assert_eq!(state(&other, "0"), "AD");
    assert!(before.is_subset(&site.contents()), "contents are lost");
    assert!(!flows.exists(), "its files are in the archive");
}

#[test]
fn what_comes_without_its_job_is_named_and_can_be_settled() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path(), TestDatabase::sqlite());
    site.database.sql("UPDATE category_states SET state = 'AG' WHERE result_id = 118 AND category = 2");
    let file = dumped(&site, dir.path(), "dump.json");
    let (other, text) = loaded(&file, TestDatabase::sqlite(), dir.path());
    assert!(text.contains("report 118 output: Archiving (AG) without a job"), "{text}");
    assert!(text.contains("runstow catalog settle"), "{text}");
    let doctor = other.program.said(&["doctor"]).1;
    assert!(doctor.contains("1 categories are in process or in error without a job"), "{doctor}");
    let settle = |place| ["catalog", "settle", "118", "--category", "output", "--is", place];
    let (code, text) = other.program.said(&settle("archived"));
    assert!(code == 3 && text.contains("no archive path is known"), "{text}");
    let (code, text) = other.program.said(&settle("local"));
    assert!(code == 0 && text.contains("is Local now"), "{text}");
    let (code, text) = other.program.said(&settle("local"));
    assert!(code == 3 && text.contains("needs no settling"), "{text}");
    assert!(!other.program.said(&["doctor"]).1.contains("without a job"));
    let (code, text) = other.program.said(&["delete", "118", "--category", "output", "--yes"]);
    assert_eq!(code, 0, "{text}");
}
