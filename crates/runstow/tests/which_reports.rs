//! Requests for reports by what they are like, and lists of the jobs that come of them.
#![allow(clippy::disallowed_methods, reason = "tests make the folders they work in")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

fn site(dir: &tempfile::TempDir, database: TestDatabase) -> DemoSite {
    DemoSite::scanned(BINARY, database, dir.path())
}

/// The ids that `runstow ls` shows.
fn listed(site: &DemoSite, filter: &[&str]) -> Vec<i64> {
    let text = site.program.ok(&[&["ls", "--json", "-n", "0"], filter].concat());
    let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_i64().unwrap();
    let mut ids: Vec<i64> = text.lines().map(id).collect();
    ids.sort_unstable();
    ids
}

fn what_ls_shows_is_what_is_moved(database: TestDatabase) {
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir, database);
    let all = listed(&site, &[]);
    // Each option finds some of the demo's reports and not others.
    for filter in [
        &["--matching", "exome_trio"][..],
        &["--older-than", "20"],
        &["--since", &ago(20)],
        &["--min-size", "15"],
    ] {
        let found = listed(&site, filter);
        assert!(!found.is_empty() && found.len() < all.len(), "{filter:?}: {found:?}");
    }
    assert_eq!(
        listed(&site, &["--since", &ago(20)]).len() + listed(&site, &["--before", &ago(20)]).len(),
        all.len()
    );
    assert_eq!(listed(&site, &["--state", "misc=L", "--older-than", "0"]), all);

    let filter = ["--matching", "exome_trio", "--min-size", "15"];
    let found = listed(&site, &filter);
    assert_eq!(found.len(), 2, "{found:?}");
    let (_, text) = site.program.said(&[&["files", "--category", "misc"], &filter[..]].concat());
    assert!(text.contains("2 reports match"), "{text}");
    let to = site.archive();
    let to = ["archive", "--to", to.to_str().unwrap(), "--not-mounted", "--category", "misc"];
    let (code, text) = site.program.said(&[&to, &filter[..]].concat());
    assert!(code == 0 && text.contains("this is the plan of 2 of 2 moves"), "{text}");
    assert_eq!(listed(&site, &["--state", "misc=L"]), all, "a plan moved something");
    let (code, text) = site.program.said(&[&to, &filter[..], &["--yes"]].concat());
    assert!(code == 0 && text.contains("2 of 2 jobs done"), "{text}");
    assert_eq!(listed(&site, &["--state", "misc=AD"]), found);
    let (code, text) = site.program.said(&["verify", "--min-size", "1"]);
    assert!(code == 0 && text.contains(&format!("{} reports match", all.len())), "{text}");
    assert_eq!(text.matches("  in /").count(), 2, "{text}");
    let others: Vec<i64> = all.iter().copied().filter(|id| !found.contains(id)).collect();
    assert_eq!(listed(&site, &["--state", "misc=L"]), others);

    // Of what a filter finds, a restore takes what is away.
    let (code, text) = site.program.said(&["restore", "--min-size", "1", "--yes"]);
    assert!(code == 0 && text.contains("2 of 2 jobs done"), "{text}");
    assert!(text.contains("there is nothing to bring back"), "{text}");
    assert_eq!(listed(&site, &["--state", "misc=L"]), all);
    let (code, text) = site.program.said(&["restore", "--state", "misc=AD", "--yes"]);
    assert!(code == 1 && text.contains("no report matches"), "{text}");
}

#[test]
fn what_ls_shows_is_moved_on_sqlite() {
    what_ls_shows_is_what_is_moved(TestDatabase::sqlite());
}

#[test]
fn what_ls_shows_is_moved_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async { TestDatabase::postgres() });
    what_ls_shows_is_what_is_moved(database);
}

#[test]
fn a_request_says_which_reports_in_one_way() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir, TestDatabase::sqlite());
    for (arguments, expected, told) in [
        (&["delete"][..], 2, "REPORTS"),
        (&["delete", "118", "--older-than", "1"], 2, "can not be used with"),
        (&["delete", "--older-than", "1", "--before", "2026-01-31"], 2, "can not be used with"),
        (&["delete", "--before", "31.1.2026"], 2, "2026-01-31"),
        (&["delete", "--state", "misc"], 2, "CATEGORY=CODE"),
        (&["delete", "--matching", "("], 1, "pattern"),
        (&["delete", "--matching", "no such report"], 1, "no report matches"),
        (&["files", "--all", "--older-than", "1"], 2, "can not be used with"),
        (&["ls", "exome", "--matching", "exome"], 2, "can not be used with"),
        (&["export", "118", "--to", "x", "--max-delete", "1"], 2, "--max-delete"),
    ] {
        let (code, text) = site.program.said(arguments);
        let text = text.replace("cannot", "can not");
        assert!(code == expected && text.contains(told), "{arguments:?}: {code}: {text}");
    }
}

#[test]
fn jobs_are_listed_by_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir, TestDatabase::sqlite());
    assert!(site.program.said(&["jobs"]).1.contains("There are no jobs."));
    site.ok(&site.move_arguments("archive", "118", &["--category", "misc", "--category", "output"]));
    site.program.ok(&["delete", "231", "--category", "misc", "--yes"]);
    let jobs = |filter: &[&str]| {
        let (code, text) = site.program.said(&[&["jobs"], filter].concat());
        assert_eq!(code, 0, "{text}");
        (text.lines().filter(|line| line.contains("done")).count() - 1, text)
    };
    assert_eq!(jobs(&[]).0, 3);
    assert_eq!(jobs(&["--action", "delete"]).0, 1);
    assert_eq!(jobs(&["--report", "118"]).0, 2);
    assert_eq!(jobs(&["--status", "done", "--status", "queued"]).0, 3);
    let (_, text) = site.program.said(&["jobs", "--status", "queued"]);
    assert!(text.contains("There are no such jobs."), "{text}");
    let (shown, text) = jobs(&["-n", "2"]);
    assert!(shown == 2 && text.contains("The newest 2 are shown"), "{text}");
    assert!(!jobs(&["-n", "0"]).1.contains("newest"));
    assert_eq!(site.program.said(&["jobs", "--report", "nobody"]).0, 1);
    let history = |most: &str| site.program.ok(&["show", "118", "--history", most]);
    assert!(history("1").contains("older events are not shown"));
    assert!(!history("0").contains("older events"));
    assert_eq!(site.program.said(&["jobs", "--status", "lazy"]).0, 2);
    assert_eq!(site.program.said(&["jobs", "--status", "done", "show", "1"]).0, 2);
}

/// The day so many days ago.
fn ago(days: i64) -> String {
    let then = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    then.saturating_sub(jiff::Span::new().days(days)).to_string()
}
