//! What Runstow takes for a run or report, and what it takes files away from: never an archive, never a folder that only
//! metadata names. Each test is about data that was lost.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::{DemoSite, files};

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

/// The demo's storage, not scanned yet.
fn site(dir: &Path) -> DemoSite {
    DemoSite::make(BINARY, dir);
    DemoSite::new(BINARY, TestDatabase::sqlite(), dir)
}

/// Scans the demo's storage, and other roots for runs.
fn scan(site: &DemoSite, others: &[&Path]) -> String {
    let home = site.results().join("analysis/output/Home");
    let results = site.results();
    let mut arguments = vec!["scan", "--report-storage", text(&home), "--file-server", text(&results)];
    for other in others {
        arguments.extend(["--file-server", text(other)]);
    }
    let (code, said) = site.program.said(&arguments);
    assert_eq!(code, 0, "{said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The run directory of each report, by number.
fn reports(site: &DemoSite) -> BTreeMap<i64, String> {
    let text = site.program.ok(&["ls", "--json", "-n", "0"]);
    let of = |line: &str| {
        let report: serde_json::Value = serde_json::from_str(line).unwrap();
        (report["id"].as_i64().unwrap(), report["expDir"].as_str().unwrap().to_owned())
    };
    text.lines().map(of).collect()
}

/// The number of the report of a run.
fn report_of(site: &DemoSite, run: &Path) -> String {
    let found = reports(site).into_iter().find(|(_, dir)| dir == text(run));
    found.unwrap_or_else(|| panic!("no report has the run {run:?}")).0.to_string()
}

/// The folder of report 118.
fn report_118(site: &DemoSite) -> PathBuf {
    let folders = std::fs::read_dir(site.results().join("analysis/output/Home")).unwrap();
    let mut folders = folders.map(|entry| entry.unwrap().path());
    folders.find(|path| text(path).ends_with("_118")).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

/// Changes the text of a report's parameters.
fn rewrite(report: &Path, from: &str, to: &str) {
    let file = report.join("ion_params_00.json");
    let before = std::fs::read_to_string(&file).unwrap();
    assert!(before.contains(from), "{from}: {before}");
    std::fs::write(&file, before.replace(from, to)).unwrap();
}

#[test]
fn an_archive_below_a_storage_root_is_not_registered_and_its_only_copy_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path());
    scan(&site, &[]);
    let (before, run_dir, report_dir) = (reports(&site), site.run_of("PGM-01"), report_118(&site));
    let arc = site.results().join("arc");
    std::fs::create_dir(&arc).unwrap();
    let (code, told) = site.program.said(&["archive", "118", "--to", text(&arc), "--not-mounted", "--yes"]);
    assert!(code == 0 && told.contains("lies below the storage root"), "{told}");
    let archived = files(&arc);
    for _ in 0..2 {
        let told = scan(&site, &[]);
        assert!(told.contains(&format!("restore --from {}", text(&arc))), "{told}");
        assert_eq!(reports(&site), before, "{told}");
    }
    // Without the folder for work in progress each archive shows itself.
    std::fs::remove_dir_all(arc.join(".runstow-incoming")).unwrap();
    // What was left of the report is removed by hand: then its archive was taken for it.
    std::fs::remove_dir_all(&run_dir).unwrap();
    std::fs::remove_dir_all(&report_dir).unwrap();
    for _ in 0..2 {
        let told = scan(&site, &[]);
        assert!(told.contains("Runstow's list or record lies there"), "{told}");
        assert_eq!(reports(&site), before, "{told}");
    }
    let config = dir.path().join("runstow.toml");
    let root = format!("[[file_server]]\nname = \"results\"\npath = {:?}\n", site.results());
    std::fs::write(&config, root).unwrap();
    let (_, told) = site.program.said(&["--config", text(&config), "doctor"]);
    assert!(told.contains("archives on results"), "{told}");
    let (code, told) = site.program.said(&["restore", "118", "--yes"]);
    assert!(code == 0 && told.matches(": done").count() == 4, "{told}");
    assert!(run_dir.join("acq_0000.dat").exists());
    // An archive of Torrent Suite has no list of Runstow.
    for folder in [
        arc.join(run_dir.file_name().unwrap()),
        arc.join("archivedReports").join(report_dir.file_name().unwrap()),
    ] {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("runstow_") || name.starts_with("serialized_") {
                std::fs::remove_file(entry).unwrap();
            }
        }
    }
    let told = scan(&site, &[]);
    assert!(told.contains("the catalog says so"), "{told}");
    assert_eq!(reports(&site), before, "{told}");
    let kept = files(&arc);
    let data =
        |all: &BTreeMap<PathBuf, Vec<u8>>| all.keys().filter(|path| text(path).contains(".dat")).count();
    assert!(data(&archived) > 0 && data(&archived) == data(&kept));
}

/// As a scan of an earlier version has registered it.
#[test]
fn a_report_that_is_an_archive_is_neither_deleted_nor_moved_nor_exported() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path());
    scan(&site, &[]);
    let arc = site.results().join("arc");
    std::fs::create_dir(&arc).unwrap();
    let (code, told) = site.program.said(&["archive", "118", "--to", text(&arc), "--not-mounted", "--yes"]);
    assert_eq!(code, 0, "{told}");
    let (run, report) = (site.run_of("PGM-01"), report_118(&site));
    let list = serde_json::json!({
        "experiments": [{"id": 900, "expName": "R_again", "expDir": run.file_name().unwrap().to_str().unwrap(), "date": "2026-01-01T00:00:00Z"}],
        "reports": [{"id": 901, "resultsName": "again", "experiment": 900, "timeStamp": "2026-01-02T00:00:00Z",
            "reportDir": format!("archivedReports/{}", report.file_name().unwrap().to_str().unwrap())}],
    });
    std::fs::write(arc.join("runs.json"), list.to_string()).unwrap();
    site.program.ok(&["scan", "--runs", text(&arc.join("runs.json"))]);
    let before = files(&arc);
    let to = site.archive();
    for request in [
        &["delete", "901", "--yes", "--no-trash"][..],
        &["archive", "901", "--to", text(&to), "--not-mounted", "--yes"],
        &["export", "901", "--to", text(&to), "--not-mounted", "--yes"],
    ] {
        let (code, told) = site.program.said(request);
        assert!(code == 3 && told.contains("is an archive or export"), "{code}: {told}");
    }
    assert_eq!(files(&arc), before);
}

#[test]
fn a_folder_that_a_reports_metadata_names_is_not_emptied_for_that() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path());
    let payroll = dir.path().join("outside/payroll");
    std::fs::create_dir_all(&payroll).unwrap();
    for name in ["acq_0000.dat", "salaries.ods", "rawlib.bam"] {
        std::fs::write(payroll.join(name), name).unwrap();
    }
    let (original, copied) = (report_118(&site), site.results().join("analysis/output/Home/copied"));
    copy(&original, &copied);
    rewrite(&copied, text(&site.run_of("PGM-01")), text(&payroll));
    rewrite(&copied, site.run_of("PGM-01").file_name().unwrap().to_str().unwrap(), "R_payroll");
    for _ in 0..2 {
        let told = scan(&site, &[]);
        assert!(told.contains("payroll") && told.contains("lies below none"), "{told}");
    }
    let (code, told) = site.program.said(&["doctor"]);
    assert!(code == 3 && told.contains("1 reports whose run is in doubt"), "{code}: {told}");
    let id = report_of(&site, &payroll);
    let before = files(dir.path());
    let to = site.archive();
    for request in [
        &["delete", &id, "--yes", "--unfinished"][..],
        &["archive", &id, "--to", text(&to), "--not-mounted", "--yes", "--unfinished"],
    ] {
        let (code, told) = site.program.said(request);
        assert!(
            code == 3 && told.contains("no storage root") && told.contains("[[file_server]]"),
            "{code}: {told}"
        );
        assert!(!told.contains(": done"), "{told}");
    }
    assert_eq!(files(dir.path()), before);
    let export =
        ["export", &id, "--category", "sigproc", "--to", text(&to), "--not-mounted", "--unfinished", "--yes"];
    let (code, told) = site.program.said(&export);
    assert!(code == 0 && told.contains("copied all the same"), "{code}: {told}");
    // Who says that it is storage can move it.
    scan(&site, &[&dir.path().join("outside")]);
    let (code, told) = site.program.said(&["delete", &id, "--category", "sigproc", "--unfinished", "--yes"]);
    assert!(code == 0 && told.contains(": done"), "{code}: {told}");
}

#[test]
fn of_two_directories_of_one_run_none_is_taken_nor_a_third_from_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path());
    let run = site.run_of("PGM-01");
    let name = run.file_name().unwrap().to_owned();
    let (elsewhere, second) =
        (dir.path().join("elsewhere").join(&name), site.results().join("copies").join(&name));
    copy(&run, &elsewhere);
    copy(&run, &second);
    rewrite(&report_118(&site), text(&run), text(&elsewhere));
    let told = scan(&site, &[]);
    for dir in [&run, &second] {
        assert!(told.contains("could be any of") && told.contains(text(dir)), "{told}");
    }
    let (code, told) = site.program.said(&["doctor"]);
    assert!(code == 3 && told.contains("in doubt"), "{code}: {told}");
    let before = files(dir.path());
    let to = site.archive();
    let archive = [
        "archive",
        "118",
        "--category",
        "sigproc",
        "--unfinished",
        "--to",
        text(&to),
        "--not-mounted",
        "--yes",
    ];
    let (code, told) = site.program.said(&archive);
    assert!(code == 3 && told.contains("not possible"), "{code}: {told}");
    assert_eq!(files(dir.path()), before);
    let run_of_118 = || reports(&site)[&118].clone();
    assert!(run_of_118().starts_with("unknown:"), "{}", run_of_118());
    // When only one is left, that is the run; and a new copy changes nothing.
    std::fs::rename(&second, dir.path().join("away")).unwrap();
    let told = scan(&site, &[]);
    assert!(!told.contains("could be any of"), "{told}");
    assert_eq!(run_of_118(), text(&run));
    std::fs::rename(dir.path().join("away"), &second).unwrap();
    let told = scan(&site, &[]);
    assert!(told.contains("it stays with"), "{told}");
    assert_eq!(run_of_118(), text(&run));
}

#[test]
fn a_restore_says_where_files_will_be_and_what_lies_below_no_storage_root() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(dir.path());
    scan(&site, &[]);
    let (run, report) = (site.run_of("PGM-01"), report_118(&site));
    site.ok(&site.move_arguments(
        "archive",
        "118",
        &["--category", "sigproc", "--category", "misc", "--unfinished"],
    ));
    let (archive, place) = (site.archive(), dir.path().join("place"));
    std::fs::create_dir(&place).unwrap();
    let (code, told) = site.program.said(&["restore", "--from", text(&archive)]);
    assert!(code == 0 && told.contains("Nothing was done"), "{code}: {told}");
    for dir in [&run, &report] {
        assert!(
            told.contains(&format!("go into {}", text(dir))) && !told.contains("no storage root"),
            "{told}"
        );
    }
    let (new_run, new_report) =
        (place.join(run.file_name().unwrap()), place.join(report.file_name().unwrap()));
    let to = ["restore", "--from", text(&archive), "--to", text(&place)];
    let (code, told) = site.program.said(&to);
    for dir in [&new_run, &new_report] {
        assert!(code == 0 && told.contains(&format!("go into {}", text(dir))), "{code}: {told}");
    }
    assert!(told.contains("no storage root") && files(&place).is_empty(), "{told}");
    let (code, told) = site.program.said(&[&to[..], &["--yes"]].concat());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("into: {}", text(&new_run))), "the job does not say where: {told}");
    assert!(told.contains(&format!("  into {}", text(&new_run))), "the plan does not say where: {told}");
    assert!(told.contains("note: the folder") && told.contains("no storage root"), "{told}");
    // What lies there is moved once the place is a storage root.
    let found = report_of(&site, &new_run);
    let delete = ["delete", &found, "--category", "sigproc", "--unfinished", "--yes"];
    let (code, told) = site.program.said(&delete);
    assert!(code == 3 && told.contains("no storage root"), "{code}: {told}");
    assert!(new_run.join("acq_0000.dat").exists());
    scan(&site, &[&place]);
    let (code, told) = site.program.said(&delete);
    assert!(code == 0 && told.contains(": done"), "{code}: {told}");
}
