//! Four real workers on one PostgreSQL catalog share 400 jobs: each is done once, by one of them.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;

use runstow_testkit::demo_site::{DemoSite, files};
use runstow_testkit::{TestDatabase, until};
use serde_json::json;

const RUNS: usize = 100;
const WORKERS: usize = 4;

/// A file of each category, below the folder of all runs and reports.
fn of_each_category(number: usize) -> [PathBuf; 4] {
    [
        format!("runs/R_{number}/acq_0000.dat"),
        format!("reports/Auto_{number}/sigproc_results/1.wells"),
        format!("reports/Auto_{number}/rawlib.bam"),
        format!("reports/Auto_{number}/notes"),
    ]
    .map(PathBuf::from)
}

/// Runs with a report each; no two files have the same content.
fn make(tree: &Path) -> PathBuf {
    let (mut experiments, mut reports) = (Vec::new(), Vec::new());
    for number in 1..=RUNS {
        for path in of_each_category(number) {
            let whole = tree.join(&path);
            std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
            std::fs::write(whole, path.to_str().unwrap()).unwrap();
        }
        let date = "2026-01-02T03:04:05Z";
        experiments.push(json!({
            "id": number, "expName": format!("R_{number}"), "expDir": format!("runs/R_{number}"), "date": date,
        }));
        reports.push(json!({
            "id": number, "resultsName": format!("Auto_{number}"), "experiment": number, "timeStamp": date,
            "reportDir": format!("reports/Auto_{number}"), "version": "5.18",
        }));
    }
    let list = tree.join("runs.json");
    std::fs::write(&list, json!({"experiments": experiments, "reports": reports}).to_string()).unwrap();
    list
}

/// Killed when dropped.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn four_workers_do_each_of_400_jobs_once() {
    // In memory: each job waits for its disk several times.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let dir = dir.path().canonicalize().unwrap();
    let site = DemoSite::new(env!("CARGO_BIN_EXE_runstow"), TestDatabase::postgres(), &dir);
    let tree = dir.join("tree");
    let list = make(&tree);
    site.program.ok(&["scan", "--runs", list.to_str().unwrap(), "--file-server", tree.to_str().unwrap()]);
    let before: BTreeMap<PathBuf, Vec<u8>> = files(&tree);

    // Asked for, and left to the workers.
    site.database.sql("UPDATE job_control SET maintenance = true");
    let ids: Vec<String> = (2..=RUNS).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let asking = Started(
        site.start(&site.move_arguments("archive", "1", &[&["--unfinished"], &ids[..]].concat()), None),
    );
    until("the jobs are there", || site.database.sql("SELECT count(*) FROM jobs") == "400");
    drop(asking);
    let config = dir.join("runstow.toml");
    std::fs::write(&config, "[verify]\nevery_days = 0\n").unwrap();
    let worker = ["--config", config.to_str().unwrap(), "worker"].map(str::to_owned);
    let workers: Vec<Started> = (0..WORKERS).map(|_| Started(site.start(&worker, None))).collect();
    site.database.sql("UPDATE job_control SET maintenance = false");
    until("all jobs have ended", || {
        site.database.sql("SELECT count(*) FROM jobs WHERE ended_us IS NULL") == "0"
    });
    drop(workers);

    let ended = "SELECT count(*) FROM jobs WHERE status = 'done' AND attempts = 1";
    assert_eq!(site.database.sql(ended), "400", "{}", site.program.ok(&["jobs", "-n", "0"]));
    let took_part = "SELECT count(DISTINCT worker) FROM jobs";
    assert_eq!(site.database.sql(took_part), WORKERS.to_string(), "not all took part");
    let states = "SELECT count(*) FROM category_states WHERE state = 'AD'";
    assert_eq!(site.database.sql(states), "400");
    // Each file is in the archive once, and nowhere else.
    let (after, archived) = (files(&tree), files(&site.archive()));
    for number in 1..=RUNS {
        for path in of_each_category(number) {
            assert!(!after.contains_key(&path), "{path:?} is still there");
            let copies = archived.values().filter(|content| **content == before[&path]).count();
            assert_eq!(copies, 1, "{path:?}");
        }
    }
    let twice =
        "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY object_pk, text HAVING count(*) > 1) AS twice";
    assert_eq!(site.database.sql(twice), "0", "something was noted twice");
}
