//! What a client registers at a running server is measured soon, long before the next scan.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use runstow_testkit::on_both_databases;
use runstow_testkit::program::{Program, Server};
use serde_json::{Value, json};

/// Looks of a test before it gives up; it stops at the first that sees what it waits for.
const LOOKS: u32 = 600;

const REPORTS: &str = "/rundb/api/v1/compositedatamanagement/";

fn put(path: &Path, bytes: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, vec![b'x'; bytes]).unwrap();
}

struct Site {
    dir: tempfile::TempDir,
    key: String,
    server: Server,
}

impl Site {
    /// A server that scans once in a week: at its start.
    fn new(url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        put(&dir.path().join("rawdata/keep.txt"), 1);
        put(&dir.path().join("Home/keep.txt"), 1);
        let place = |name: &str| dir.path().join(name).display().to_string();
        let config = format!(
            "[scan]\nevery_minutes = 10080\n\
             [[file_server]]\nname = \"rawdata\"\npath = \"{}\"\n\
             [[report_storage]]\nname = \"Home\"\npath = \"{}\"\n",
            place("rawdata"),
            place("Home")
        );
        fs::write(dir.path().join("runstow.toml"), config).unwrap();
        let program = Program::new(env!("CARGO_BIN_EXE_runstow"), url);
        program.ok(&["user", "add", "ann", "--role", "admin", "--no-password"]);
        let key = program.ok(&["user", "key", "ann"]);
        let server = program.serve(&["serve", "--listen", "127.0.0.1:0"], dir.path());
        let site = Self { dir, key: format!("ApiKey ann:{}", key.trim()), server };
        site.wait("the scan at the start", || {
            site.send("GET", "/rundb/api/v1/fileserver/", "")["meta"]["total_count"] == 1
        });
        site
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let headers = [("Authorization", self.key.as_str()), ("Content-Type", "application/json")];
        let answer = self.server.request(method, path, &headers, body.as_bytes());
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    fn register(&self, body: &Value) {
        self.send("POST", REPORTS, &body.to_string());
    }

    fn report(&self, name: &str) -> Value {
        self.send("GET", &format!("{REPORTS}?resultsName={name}"), "")["objects"][0].clone()
    }

    fn wait(&self, what: &str, seen: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if seen() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("waited in vain for {what}");
    }
}

on_both_databases! {
    async fn a_report_that_a_client_registered_waited_for_the_next_scan(database: &TestDatabase) {
        let site = Site::new(&database.url());
        // After the scan at the start, and deeper than a scan looks: only the registration can lead there.
        let run = site.dir.path().join("rawdata/a/b/c/d/R_1");
        let report = site.dir.path().join("Home/a/b/c/d/Auto_1");
        put(&run.join("acq_0000.dat"), 3 << 20);
        put(&report.join("rawlib.bam"), 1 << 20);
        site.register(&json!({"resultsName": "whole", "expDir": run, "reportDir": report}));
        site.wait("the sizes of a report", || site.report("whole")["output_diskspace"] == 1.0);
        let whole = site.report("whole");
        assert_eq!(whole["sigproc_diskspace"], 3.0);
        assert!(whole["basecall_diskspace"].is_number() && whole["misc_diskspace"].is_number(), "{whole}");
        assert_eq!(whole["diskusage"], 4, "the report's and its run's");

        // Of a report whose directory is not known only the signal files can be measured.
        site.register(&json!({"resultsName": "part", "expDir": run}));
        site.wait("the signal files of a run", || site.report("part")["sigproc_diskspace"] == 3.0);
        let part = site.report("part");
        assert!(part["output_diskspace"].is_null() && part["diskusage"].is_null(), "{part}");

        // What is not there, or on no storage of ours, has no size; it keeps nothing else from being measured.
        let elsewhere = tempfile::tempdir().unwrap();
        put(&elsewhere.path().join("acq_0000.dat"), 1 << 20);
        site.register(&json!({"resultsName": "missing", "expDir": site.dir.path().join("rawdata/none")}));
        site.register(&json!({"resultsName": "elsewhere", "expDir": elsewhere.path()}));
        put(&site.dir.path().join("rawdata/R_2/acq_0000.dat"), 2 << 20);
        site.register(&json!({"resultsName": "later", "expDir": site.dir.path().join("rawdata/R_2")}));
        site.wait("a report that came later", || site.report("later")["sigproc_diskspace"] == 2.0);
        for name in ["missing", "elsewhere"] {
            assert!(site.report(name)["sigproc_diskspace"].is_null(), "{name}");
        }
        assert!(site.server.stop());
    }
}
