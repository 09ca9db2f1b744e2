//! Files that several reports, or several categories, have in common, moved by the real program.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;

/// Reports of the demo's S5 run: the first one, the thumbnail, and one that was analysed again.
const FULL: &str = "231";
const AGAIN: &str = "240";

struct Site {
    demo: DemoSite,
    _dir: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        DemoSite::make(env!("CARGO_BIN_EXE_runstow"), dir.path());
        let demo = DemoSite::new(env!("CARGO_BIN_EXE_runstow"), TestDatabase::sqlite(), dir.path());
        demo.scan();
        Self { demo, _dir: dir }
    }

    fn archive(&self, report: &str, categories: &[&str]) -> String {
        let rest: Vec<&str> = categories.iter().flat_map(|category| ["--category", category]).collect();
        self.demo.ok(&self.demo.move_arguments("archive", report, &rest))
    }

    /// The state of a category of a report, as its code.
    fn state(&self, report: &str, category: usize) -> String {
        let sql =
            format!("SELECT state FROM category_states WHERE result_id = {report} AND category = {category}");
        self.demo.database.sql(&sql)
    }
}

/// As the database numbers them.
const SIGPROC: usize = 0;
const BASECALL: usize = 1;

#[test]
fn the_instruments_results_are_gone_for_all_reports_that_use_them_and_all_say_so() {
    let site = Site::new();
    let wells = site.demo.run_of("S5-02").join("onboard_results/sigproc_results/block_X0_Y0/1.wells");
    assert!(wells.exists());
    let told = site.archive(FULL, &["basecall"]);
    assert!(told.contains("1 other report"), "{told}");
    assert!(!wells.exists());
    assert_eq!(
        [FULL, AGAIN].map(|report| site.state(report, BASECALL)),
        ["AD", "AD"],
        "both use the same files"
    );
    assert_eq!(site.state("232", BASECALL), "L", "the thumbnail has its own");
}

#[test]
fn a_file_of_the_run_stays_as_long_as_one_report_of_the_run_needs_it() {
    let site = Site::new();
    let explog = site.demo.run_of("S5-02").join("explog.txt");
    site.archive(FULL, &["basecall"]);
    // Of this report nothing needs it any more; the thumbnail's basecalling input is still there and does.
    site.archive(FULL, &["sigproc"]);
    assert!(!site.demo.run_of("S5-02").join("X0_Y0/acq_0000.dat").exists());
    assert!(explog.exists(), "the thumbnail needs it (categories.md D17)");
}

#[test]
fn categories_that_are_asked_for_together_leave_nothing_for_each_others_sake() {
    let site = Site::new();
    let explog = site.demo.run_of("PGM-01").join("explog.txt");
    let before = site.demo.contents();
    site.archive("118", &["sigproc", "basecall", "output", "misc"]);
    assert!(!explog.exists(), "each took it for needed by the other (categories.md D21)");
    assert!(before.is_subset(&site.demo.contents()));
}

#[test]
fn a_move_that_waits_does_not_keep_others_from_being_done() {
    let site = Site::new();
    let in_the_way = site.demo.archive().join(site.demo.run_of("PGM-01").file_name().unwrap());
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::write(in_the_way.join("acq_0000.dat"), b"somebody else's").unwrap();
    let arguments = site.demo.move_arguments("archive", "118", &["--category", "sigproc"]);
    let output = site
        .demo
        .command(&[&arguments[..1], &["231".to_owned()], &arguments[1..]].concat())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(site.state("231", SIGPROC), "AD", "the other is done (categories.md D24)");
    assert_eq!(site.state("118", SIGPROC), "E", "this one needs a decision");
    assert!(site.demo.run_of("PGM-01").join("acq_0000.dat").exists());
}
