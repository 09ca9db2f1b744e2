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
        let demo = DemoSite::scanned(env!("CARGO_BIN_EXE_runstow"), TestDatabase::sqlite(), dir.path());
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
const MISC: usize = 3;

#[test]
fn the_instruments_results_are_gone_for_all_reports_that_use_them_and_all_say_so() {
    let site = Site::new();
    let wells = site.demo.run_of("S5-02").join("onboard_results/sigproc_results/block_X0_Y0/1.wells");
    assert!(wells.exists());
    let told = site.archive(FULL, &["basecall"]);
    assert!(told.contains(&format!("also those of report {AGAIN}")), "{told}");
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

/// The reviewer's find: a delete of one report took what all reports of the run have, and nothing said so.
#[test]
fn a_file_of_the_run_goes_with_the_last_report_that_has_it() {
    let site = Site::new();
    let shared = site.demo.run_of("S5-02").join("reagentInfo.tsv");
    assert!(shared.exists());
    let delete = |report: &str| {
        let arguments = ["delete", report, "--category", "misc", "--yes"].map(str::to_owned);
        site.demo.ok(&arguments);
    };
    delete("232");
    assert!(shared.exists(), "two other reports have it");
    site.archive(FULL, &["misc"]);
    assert!(shared.exists(), "one other report has it");
    site.archive(AGAIN, &["misc"]);
    assert!(!shared.exists(), "nobody has it any more");
    let archived = |report: &str| {
        let folders = std::fs::read_dir(site.demo.archive().join("archivedReports")).unwrap();
        let mut folders = folders.map(|entry| entry.unwrap().path());
        folders.any(|path| {
            path.to_string_lossy().ends_with(&format!("_{report}")) && path.join("reagentInfo.tsv").exists()
        })
    };
    assert!(archived(FULL) && archived(AGAIN), "each archive is whole");
}

/// The second reviewer's find: the first report came back without what the last had taken along, and emptying the trash of
/// the others took that for good.
#[test]
fn a_report_that_comes_back_alone_brings_along_what_went_with_the_last() {
    let site = Site::new();
    let run = site.demo.run_of("S5-02");
    let before = runstow_testkit::trees::picture(&run);
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    site.demo.ok(&words(&["delete", "232", FULL, AGAIN, "--category", "misc", "--yes"]));
    assert!(!run.join("reagentInfo.tsv").exists());
    site.demo.ok(&words(&["restore", FULL, "--category", "misc", "--yes"]));
    site.demo.ok(&words(&["trash", "empty", "232", AGAIN, "--yes"]));
    let after = runstow_testkit::trees::picture(&run);
    let lost = before.iter().find(|(path, seen)| after.get(*path) != Some(*seen));
    assert!(lost.is_none(), "{lost:?}");
}

/// The second reviewer's find: an archive that waited for its disk had no copy yet, and counted as if its files were gone.
#[test]
fn a_report_whose_archive_has_begun_still_has_its_files() {
    let site = Site::new();
    let shared = site.demo.run_of("S5-02").join("reagentInfo.tsv");
    let set = |state: &str| {
        let of_again = format!("WHERE result_id = {AGAIN} AND category = {MISC}");
        site.demo.database.sql(&format!("UPDATE category_states SET state = '{state}' {of_again}"));
    };
    set("AG");
    let delete = ["delete", "232", FULL, "--category", "misc", "--yes"].map(str::to_owned);
    site.demo.ok(&delete);
    assert!(shared.exists(), "a report whose archive waits needs it");
}

/// Archived output files hold what a scan knows a report by: two such reports stopped every move on their volume.
#[test]
fn a_report_whose_output_files_are_archived_is_not_missing() {
    let site = Site::new();
    let basecall = || {
        let sql = "SELECT files FROM category_states WHERE result_id = 118 AND category = 1";
        site.demo.database.sql(sql).parse::<u64>().unwrap()
    };
    let before = basecall();
    for report in ["118", FULL, AGAIN] {
        site.archive(report, &["output"]);
    }
    site.demo.scan();
    let text = site.demo.program.ok(&["missing"]);
    assert!(text.contains("found every run and report"), "{text}");
    assert_eq!(
        basecall(),
        before - 1,
        "what it had in common with the output files is gone, and what is left was measured"
    );
    site.archive("118", &["misc"]);
}

#[test]
fn reports_with_the_same_files_are_done_together_and_counted_once() {
    let site = Site::new();
    let one = ["delete", FULL, "--category", "basecall", "--linked", "--max-delete", "0"];
    let both = ["delete", FULL, AGAIN, "--category", "basecall", "--linked", "--max-delete", "0"];
    let refused = |arguments: &[&str]| {
        let output = site.demo.program.run(arguments);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(refused(&one), refused(&both), "the same files");
    // Both go to one folder, and both plans name it.
    let to = site.demo.archive();
    let export = ["export", FULL, AGAIN, "--category", "basecall", "--not-mounted", "--to"];
    let plans = site.demo.program.ok(&[&export[..], &[to.to_str().unwrap()]].concat());
    assert_eq!(plans.matches(&format!("_{FULL}\n")).count(), 2, "{plans}");
    let output = site.demo.program.run(&[&both[..6], &["--yes"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("done together with report {FULL}")), "{text}");
    assert_eq!([FULL, AGAIN].map(|report| site.state(report, BASECALL)), ["DD", "DD"]);
}

/// The reviewer's find: what one category kept for another of the same request was not counted, and went all the same.
#[test]
fn no_more_is_removed_than_was_allowed() {
    let site = Site::new();
    let ask = |most: u64| {
        let most = most.to_string();
        site.demo.program.run(&[
            "archive",
            "118",
            "--to",
            site.demo.archive().to_str().unwrap(),
            "--not-mounted",
            "--yes",
            "--max-delete",
            &most,
        ])
    };
    let refused = String::from_utf8(ask(0).stderr).unwrap();
    let would = refused.split("would remove ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(ask(would - 1).status.code(), Some(1));
    let before = site.demo.storage_files();
    assert_eq!(ask(would).status.code(), Some(0));
    let removed = before - site.demo.storage_files();
    assert_eq!(removed, would, "as many as were told");
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

/// Only the report that was named got it back; of the other it was said that nobody has it.
#[test]
fn basecalling_input_that_two_reports_share_comes_back_through_either() {
    let site = Site::new();
    let wells = site.demo.run_of("S5-02").join("onboard_results/sigproc_results/block_X0_Y0/1.wells");
    site.demo.program.ok(&["delete", AGAIN, "--category", "basecall", "--linked", "--yes"]);
    assert!(!wells.exists());
    assert_eq!([FULL, AGAIN].map(|report| site.state(report, BASECALL)), ["DD", "DD"]);
    site.demo.program.ok(&["restore", FULL, "--category", "basecall", "--yes"]);
    assert!(wells.exists());
    assert_eq!([FULL, AGAIN].map(|report| site.state(report, BASECALL)), ["L", "L"]);
}
