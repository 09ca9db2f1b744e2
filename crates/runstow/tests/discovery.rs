//! Finding runs and reports on real files, whatever state the files are in.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runstow_testkit::TestDatabase;
use runstow_testkit::program::Program;
use serde_json::Value;

struct Site {
    dir: tempfile::TempDir,
    _database: TestDatabase,
    program: Program,
}

impl Site {
    fn new() -> Self {
        let database = TestDatabase::sqlite();
        let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
        let site = Self { dir: tempfile::tempdir().unwrap(), _database: database, program };
        fs::create_dir_all(site.runs()).unwrap();
        fs::create_dir_all(site.reports()).unwrap();
        site
    }

    fn runs(&self) -> PathBuf {
        self.dir.path().join("rawdata")
    }

    fn reports(&self) -> PathBuf {
        self.dir.path().join("Home")
    }

    fn run(&self, name: &str) -> PathBuf {
        let run = self.runs().join("S5-01").join(name);
        let explog = format!(
            "Experiment Name: {name}\nStart Time: 2020-03-04 05:06:07\nChip Type: 540\nPlatform: S5\n"
        );
        put(&run.join("explog.txt"), &explog);
        put(&run.join("explog_final.txt"), &explog);
        put(&run.join("acq_0000.dat"), &"x".repeat(1 << 20));
        run
    }

    fn report(&self, name: &str, run: &Path, pk: Option<&str>) -> PathBuf {
        let report = self.reports().join(name);
        let params = serde_json::json!({"resultsName": name, "expName": run.file_name().unwrap().to_string_lossy(),
            "pathToData": run.to_string_lossy(), "exp_json": {"expDir": run.to_string_lossy()}});
        put(&report.join("ion_params_00.json"), &params.to_string());
        put(&report.join("rawlib.bam"), &"b".repeat(1 << 19));
        put(&report.join("version.txt"), "Torrent_Suite=5.18.1\n");
        if let Some(pk) = pk {
            put(&report.join("primary.key"), pk);
        }
        report
    }

    /// Makes everything look as if it had last changed two hours ago.
    fn age(&self) {
        let status = Command::new("find")
            .args([self.runs(), self.reports()])
            .args(["-exec", "touch", "-h", "-d", "2 hours ago", "{}", "+"])
            .status();
        assert!(status.unwrap().success());
    }

    fn scan(&self, more: &[&str]) -> Output {
        let (runs, reports) = (self.runs(), self.reports());
        let mut args = vec![
            "scan",
            "--file-server",
            runs.to_str().unwrap(),
            "--report-storage",
            reports.to_str().unwrap(),
        ];
        args.extend(more);
        self.program.run(&args)
    }

    fn scan_well(&self) -> String {
        let output = self.scan(&[]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stdout));
        text
    }

    fn ls(&self) -> Vec<Value> {
        let text = self.program.ok(&["ls", "--json", "-n", "0"]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.ls().iter().map(|r| r["resultsName"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn runs_and_reports_are_found_paired_and_measured() {
    let site = Site::new();
    let run = site.run("R_2020_03_04_05_06_07_user_S5-1");
    site.report("Auto_one", &run, Some("ResultsPK = 77\n"));
    site.report("Auto_two", &run, Some("ResultsPK = 77\n"));
    site.scan_well();
    let reports = site.ls();
    assert_eq!(site.names(), ["Auto_one", "Auto_two"]);
    let ids: Vec<i64> = reports.iter().map(|r| r["id"].as_i64().unwrap()).collect();
    assert!(ids.contains(&77), "the first of the two keeps Torrent Suite's id: {ids:?}");
    assert_eq!(reports[0]["expDir"], run.to_str().unwrap());
    let signal = reports[0]["sigproc_diskspace"].as_f64().unwrap();
    assert!((1.0..1.001).contains(&signal), "{signal}");
    let output = reports[0]["output_diskspace"].as_f64().unwrap();
    assert!((0.5..0.501).contains(&output), "{output}");
}

#[test]
fn a_second_scan_changes_nothing_and_walks_nothing() {
    let site = Site::new();
    let run = site.run("R_1");
    site.report("Auto_one", &run, None);
    site.age();
    site.scan_well();
    let known = || {
        let mut value: Value = serde_json::from_str(&site.program.ok(&["catalog", "dump"])).unwrap();
        for root in value["fileservers"].as_array_mut().unwrap() {
            // Others write to this disk too.
            root.as_object_mut().unwrap().remove("percentfull");
        }
        ["experiments", "results", "events", "fileservers"].map(|key| value[key].clone())
    };
    let before = known();
    for _ in 0..2 {
        let outcome: Value = serde_json::from_slice(&site.scan(&["--json"]).stdout).unwrap();
        assert_eq!(outcome["measured"], 0, "{outcome}");
        assert_eq!(known(), before);
    }
}

#[test]
fn what_changed_is_measured_again() {
    let site = Site::new();
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, None);
    site.age();
    site.scan_well();
    let output_mb = || site.ls()[0]["output_diskspace"].as_f64().unwrap();
    let before = output_mb();
    fs::write(report.join("second.bam"), vec![b'x'; 1 << 20]).unwrap();
    site.scan_well();
    assert!((output_mb() - before - 1.0).abs() < 1e-6, "{before} then {}", output_mb());
    // The same number of bytes under another name: nothing to tell, and not walked over and over.
    site.age();
    site.scan_well();
    let outcome: Value = serde_json::from_slice(&site.scan(&["--json"]).stdout).unwrap();
    assert_eq!(outcome["measured"], 0, "{outcome}");
}

#[test]
fn a_run_out_of_sight_keeps_its_size() {
    let site = Site::new();
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, None);
    site.scan_well();
    let signal_mb = || site.ls()[0]["sigproc_diskspace"].as_f64().unwrap();
    let before = signal_mb();
    fs::rename(site.runs(), site.dir.path().join("unmounted")).unwrap();
    fs::write(report.join("late.bam"), "x").unwrap();
    assert_eq!(site.scan(&["--full"]).status.code(), Some(3));
    assert_eq!(signal_mb(), before, "a disk that is not there is not a disk without files");
}

#[test]
fn moved_runs_and_reports_keep_their_ids() {
    let site = Site::new();
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, Some("ResultsPK = 77\n"));
    let meta = "Run Name = R_1\nAnalysis Name = Auto_one\nAnalysis Date = 2020-05-06 07:08:09\n";
    put(&report.join("expMeta.dat"), meta);
    site.scan_well();
    fs::create_dir_all(site.runs().join("S5-02")).unwrap();
    fs::rename(&run, site.runs().join("S5-02/R_1")).unwrap();
    fs::rename(&report, site.reports().join("renamed")).unwrap();
    site.scan_well();
    let reports = site.ls();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0]["id"], 77);
    assert!(reports[0]["expDir"].as_str().unwrap().ends_with("S5-02/R_1"));
    assert!(!site.program.ok(&["show", "77"]).contains("missing"));
}

#[test]
fn a_copy_is_not_taken_for_a_move() {
    let site = Site::new();
    let run = site.run("R_1");
    site.report("Auto_one", &run, None);
    site.scan_well();
    let copy = site.runs().join("mirror/R_1");
    put(&copy.join("explog.txt"), &fs::read_to_string(run.join("explog.txt")).unwrap());
    site.scan_well();
    assert_eq!(site.ls()[0]["expDir"], run.to_str().unwrap());
}

#[test]
fn reports_on_an_unmounted_disk_inside_a_file_server_are_not_called_missing() {
    let site = Site::new();
    let home = site.runs().join("analysis/output/Home");
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, None);
    fs::create_dir_all(&home).unwrap();
    fs::rename(&report, home.join("Auto_one")).unwrap();
    let (runs, home_text) = (site.runs(), home.to_str().unwrap().to_owned());
    let args = ["scan", "--file-server", runs.to_str().unwrap(), "--report-storage", &home_text];
    site.program.ok(&args);
    fs::rename(&home, site.dir.path().join("unmounted")).unwrap();
    fs::create_dir(&home).unwrap();
    for _ in 0..2 {
        assert_eq!(site.program.run(&args).status.code(), Some(3));
        assert!(!site.program.ok(&["show", "Auto_one"]).contains("missing"));
    }
}

#[test]
fn a_damaged_log_does_not_rename_a_known_run() {
    let site = Site::new();
    let run = site.run("R_2020_03_04_05_06_07_user_S5-1");
    fs::write(
        run.join("explog.txt"),
        "Experiment Name: R_named_otherwise\nStart Time: 2020-03-04 05:06:07\n",
    )
    .unwrap();
    site.report("Auto_one", &run, None);
    site.scan_well();
    fs::write(run.join("explog.txt"), "\0\0").unwrap();
    site.scan_well();
    assert_eq!(site.ls()[0]["expName"], "R_named_otherwise");
}

#[test]
fn a_keep_marker_in_the_run_is_keep_everywhere() {
    let site = Site::new();
    let run = site.run("R_1");
    site.report("Auto_one", &run, None);
    fs::write(run.join(".runstow-keep"), "").unwrap();
    site.scan_well();
    assert_eq!(site.ls()[0]["sigproc_keep"], true);
    assert!(site.program.ok(&["show", "Auto_one"]).contains(".runstow-keep"));
}

#[test]
fn files_of_a_report_that_is_not_there_are_not_an_empty_list() {
    let site = Site::new();
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, None);
    site.scan_well();
    fs::rename(&report, site.dir.path().join("away")).unwrap();
    let output = site.program.run(&["files", "Auto_one", "--action", "archive"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("NOT COMPLETE"));
    let line = site.program.ok(&["files", "Auto_one", "--jsonl"]);
    assert!(line.lines().all(|line| line.contains("\"incomplete\"")), "{line}");
}

#[test]
fn output_that_can_not_be_written_is_a_failure() {
    let site = Site::new();
    site.report("Auto_one", &site.run("R_1"), None);
    site.scan_well();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = site.program.command(&["catalog", "dump"]).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(1), "a backup on a full disk is not done");
}

#[test]
fn looking_makes_no_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mistyped.sqlite3");
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &format!("sqlite://{}", file.display()));
    for args in [&["ls"][..], &["show", "1"], &["files", "--all"], &["catalog", "dump"], &["doctor"]] {
        assert!(!program.run(args).status.success(), "{args:?}");
        assert!(!file.exists(), "{args:?}");
    }
}

#[test]
fn damaged_and_hostile_metadata_gives_one_warning_each_and_stops_nothing() {
    let site = Site::new();
    let good = site.run("R_good");
    site.report("Auto_good", &good, None);

    let half = site.report("Auto_half_written", &good, None);
    fs::write(half.join("ion_params_00.json"), "{\"resultsName\": \"Auto_ha").unwrap();
    let binary = site.report("Auto_binary", &good, None);
    fs::write(binary.join("ion_params_00.json"), b"\xff\xfe\x00\x00{{{{").unwrap();
    let empty = site.report("Auto_empty", &good, None);
    fs::write(empty.join("ion_params_00.json"), "").unwrap();
    let huge = site.report("Auto_huge", &good, None);
    fs::File::options().write(true).open(huge.join("ion_params_00.json")).unwrap().set_len(40 << 30).unwrap();
    let pipe = site.reports().join("Auto_pipe");
    fs::create_dir_all(&pipe).unwrap();
    assert!(Command::new("mkfifo").arg(pipe.join("ion_params_00.json")).status().unwrap().success());
    let linked = site.reports().join("Auto_link");
    fs::create_dir_all(&linked).unwrap();
    symlink("/etc/passwd", linked.join("ion_params_00.json")).unwrap();
    let nested = site.report("Auto_nested", &good, None);
    fs::write(nested.join("ion_params_00.json"), "[".repeat(200_000)).unwrap();
    let broken_run = site.runs().join("S5-01/R_broken_explog");
    put(&broken_run.join("explog.txt"), "\0\0\0");

    let text = site.scan_well();
    for name in ["half_written", "binary", "empty", "huge", "pipe", "link", "nested"] {
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(&format!("Auto_{name}/"))).collect();
        assert_eq!(lines.len(), 1, "one warning for {name}: {text}");
    }
    assert!(text.contains("R_broken_explog"), "{text}");
    assert!(site.names().contains(&"Auto_good".to_owned()));
    assert!(!text.contains("root:x:"), "what a link points at is never shown");
}

#[test]
fn old_reports_with_expmeta_only_are_found() {
    let site = Site::new();
    site.run("R_old");
    let report = site.reports().join("old_report_12");
    put(
        &report.join("expMeta.dat"),
        "Run Name = R_old\nAnalysis Name = old_report\nAnalysis Date = 2012-05-06 07:08:09\n",
    );
    put(&report.join("1.wells"), "w");
    site.scan_well();
    let reports = site.ls();
    assert_eq!(reports[0]["resultsName"], "old_report");
    assert!(reports[0]["timeStamp"].as_str().unwrap().starts_with("2012-05-06T07:08:09"), "{}", reports[0]);
    let basecall = reports[0]["basecall_diskspace"].as_f64().unwrap();
    assert!(basecall > 0.0, "file set 2.2 takes 1.wells at the top");
}

#[test]
fn a_run_that_is_gone_is_not_marked_deleted_by_one_scan_nor_by_three() {
    let site = Site::new();
    let run = site.run("R_1");
    let other = site.run("R_2");
    site.report("Auto_one", &run, None);
    site.report("Auto_two", &other, None);
    site.scan_well();
    fs::rename(&run, site.dir.path().join("elsewhere")).unwrap();
    for _ in 0..3 {
        site.scan_well();
        for report in site.ls() {
            for category in ["sigproc", "basecall", "output", "misc"] {
                assert_eq!(report[format!("{category}_state")], "Local", "{report}");
            }
        }
    }
    let shown = site.program.ok(&["show", "Auto_one"]);
    assert!(shown.contains("missing"), "{shown}");
    // It comes back and all is as before.
    fs::rename(site.dir.path().join("elsewhere"), &run).unwrap();
    site.scan_well();
    assert!(!site.program.ok(&["show", "Auto_one"]).contains("missing"));
}

#[test]
fn a_volume_that_is_not_there_or_lost_its_marker_is_reported_and_skipped() {
    let site = Site::new();
    let run = site.run("R_1");
    site.report("Auto_one", &run, None);
    site.scan_well();
    assert!(site.runs().join(".runstow-volume").is_file());

    // An empty mount point in its place: the disk is not mounted.
    fs::rename(site.runs(), site.dir.path().join("away")).unwrap();
    fs::create_dir(site.runs()).unwrap();
    let output = site.scan(&[]);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("marker") && text.contains("rawdata"), "{text}");
    assert!(
        !site.program.ok(&["show", "Auto_one"]).contains("missing"),
        "nothing is believed of a wrong volume"
    );
    assert!(!site.runs().join(".runstow-volume").exists(), "the marker is not put on the wrong disk");

    fs::remove_dir(site.runs()).unwrap();
    let output = site.scan(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not there"), "{output:?}");
    assert_eq!(site.names(), ["Auto_one"]);
}

#[test]
fn names_that_are_not_utf8_are_no_obstacle() {
    let site = Site::new();
    let run = site.run("R_1");
    let report = site.report("Auto_one", &run, None);
    fs::write(report.join(std::ffi::OsStr::from_bytes(b"odd_\xff.bam")), "x").unwrap();
    let odd_run = site.runs().join(std::ffi::OsStr::from_bytes(b"S5-01/R_caf\xe9"));
    fs::create_dir_all(&odd_run).unwrap();
    fs::write(odd_run.join("explog.txt"), "Experiment Name: R_cafe\n").unwrap();
    site.scan_well();
    assert_eq!(site.names(), ["Auto_one"]);
    let dump = site.program.ok(&["catalog", "dump"]);
    assert!(dump.contains("R_cafe"), "the run is in the catalog");
}

/// An archive takes them along, and gives the folder its time back.
#[test]
fn a_run_that_was_finished_stays_so_without_its_markers() {
    let site = Site::new();
    let run = site.run("R_1");
    site.report("Auto_one", &run, None);
    let finished = || {
        site.scan_well();
        let shown: Value = serde_json::from_str(&site.program.ok(&["show", "Auto_one", "--json"])).unwrap();
        shown["run"]["finished"] == true
    };
    let date = |ago: u64| {
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(ago);
        let entries = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
        for path in entries.chain([run.clone()]) {
            fs::File::open(path).unwrap().set_modified(time).unwrap();
        }
    };
    date(7200);
    assert!(finished());
    fs::remove_file(run.join("explog_final.txt")).unwrap();
    date(7100);
    assert!(finished(), "its markers went with an archive");
    date(1);
    assert!(!finished(), "somebody writes there");
}

#[test]
fn an_unfinished_run_says_so() {
    let site = Site::new();
    let run = site.run("R_1");
    fs::remove_file(run.join("explog_final.txt")).unwrap();
    site.report("Auto_one", &run, None);
    site.scan_well();
    let shown: Value = serde_json::from_str(&site.program.ok(&["show", "Auto_one", "--json"])).unwrap();
    assert_eq!(shown["run"]["finished"], false, "{shown}");
}
