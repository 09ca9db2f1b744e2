//! What hostile clients, kills and bad disks do to a running server: clear errors, no panic, no lost row.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use runstow_testkit::program::{Program, Server, read_answer};
use runstow_testkit::{TestDatabase, until};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/";

fn dataset() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/api/dataset.json"))
}

fn loaded() -> (TestDatabase, Program, tempfile::TempDir) {
    let database = TestDatabase::sqlite();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    program.ok(&["catalog", "load", dataset().to_str().unwrap()]);
    (database, program, tempfile::tempdir().unwrap())
}

fn open_server(program: &Program, dir: &Path) -> Server {
    program.serve(&["serve", "--anonymous-read", "--no-scan", "--listen", "127.0.0.1:0"], dir)
}

fn still_well(server: &Server) {
    let list = server.get(LIST);
    assert_eq!(list.status, 200, "{}", list.text());
    assert_eq!(list.json()["meta"]["total_count"], 98);
}

#[test]
fn malformed_query_strings_are_answered_and_forgotten() {
    let (_database, program, dir) = loaded();
    let server = open_server(&program, dir.path());
    for query in [
        "%",
        "%zz",
        "=",
        "&&&&",
        ";;;",
        "a=%00",
        "id=%00",
        "resultsName__regex=(",
        "resultsName__regex=%5B",
        "limit=%F0%9F%A7%AC",
        "offset=99999999999999999999999999",
        "id__in=%2C%2C%2C",
        "timeStamp__gt=garbage",
        "timeStamp__year=0",
        "search_name=%28%3F%3D",
        "resultsName__regex=(((((((((a*)*)*)*)*)*)*)*)*b",
        "resultsName__regex=a{1000000}",
        "order_by=id__x",
        "callback=%3Cscript%3E",
        "limit=-0",
        "limit=1e3",
        "id__range=1",
        "diskusage__month=3",
        "timeStamp__search=x",
        "=&=;=",
        "%C3%28=1",
        "sigproc_filter=%00",
    ] {
        let answer = server.get(&format!("{LIST}?{query}"));
        assert!(answer.status < 500, "{query}: {} {}", answer.status, answer.text());
    }
    still_well(&server);
}

#[test]
fn heads_and_bodies_of_ten_megabytes_are_refused_clearly() {
    let (_database, program, dir) = loaded();
    let server = open_server(&program, dir.path());
    let mut stream = server.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ").unwrap();
    let chunk = [b'a'; 65_536];
    for _ in 0..160 {
        // The server throws away what comes after its answer for two seconds; a slow machine may take longer to send.
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    assert_eq!(read_answer(&mut stream).status, 431, "ten megabytes of a head");

    // A body may have 16 MB: the smaller one is read, and is no JSON; the larger one is not.
    let json = [("Content-Type", "application/json")];
    assert_eq!(server.request("POST", LIST, &json, &vec![b'x'; 10 << 20]).status, 400);
    assert_eq!(server.request("POST", LIST, &json, &vec![b'x'; 20 << 20]).status, 413);

    // A head may have 64 kB, a long address among it.
    assert_eq!(server.get(&format!("{LIST}?x={}", "a".repeat(60_000))).status, 200);
    assert_eq!(server.get(&format!("{LIST}?x={}", "a".repeat(70_000))).status, 431);
    still_well(&server);
}

#[test]
fn a_thousand_idle_connections_do_not_keep_others_out() {
    let (_database, program, dir) = loaded();
    let server = open_server(&program, dir.path());
    let idle: Vec<_> = (0..1000)
        .map(|index| {
            let mut stream = server.connect();
            // Half of them have begun a request that never ends.
            if index % 2 == 0 {
                stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
            }
            stream
        })
        .collect();
    let started = Instant::now();
    for _ in 0..50 {
        still_well(&server);
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "50 lists beside idle connections: {:?}",
        started.elapsed()
    );
    drop(idle);
}

#[test]
fn a_server_killed_under_load_loses_no_row() {
    let (_database, program, dir) = loaded();
    let before = program.ok(&["catalog", "dump"]);
    for round in 0..3 {
        let server = open_server(&program, dir.path());
        let stop = AtomicBool::new(false);
        let answered = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let path = format!("{LIST}?limit=0");
                        // After the kill requests fail: that is what is being tried.
                        let ok = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                            server.get(&path).status == 200
                        }));
                        answered.fetch_add(u64::from(ok.unwrap_or(false)), Ordering::Relaxed);
                    }
                });
            }
            // A writer at the same time, so that the kill meets a log with changes in it.
            for index in 0..3 {
                program.run_with(&["user", "add", &format!("user-{round}-{index}")], "long enough\n");
            }
            until("a request is answered", || answered.load(Ordering::Relaxed) > 0);
            Command::new("kill").arg("-9").arg(server.id().to_string()).status().unwrap();
            stop.store(true, Ordering::Relaxed);
        });
    }
    let after = program.ok(&["catalog", "dump"]);
    let part = |text: &str, key: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()[key].clone();
    for key in ["experiments", "results", "events", "fileservers", "messages", "globalconfig"] {
        assert_eq!(part(&before, key), part(&after, key), "{key}");
    }
    assert_eq!(part(&after, "users").as_array().unwrap().len(), 4 + 9);
}

/// A small file system of its own; needs root, as CI has it.
struct Disk(PathBuf);

impl Disk {
    fn new(path: PathBuf, size: &str) -> Self {
        fs::create_dir_all(&path).unwrap();
        let options = format!("size={size}");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).status().unwrap();
        assert!(status.success(), "this test mounts a small disk and needs root");
        Self(path)
    }

    fn read_only(&self) {
        let status = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_database_disk_refuses_writes_clearly_and_goes_on_reading() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::new(dir.path().join("disk"), "3m");
    let url = format!("sqlite://{}", disk.0.join("catalog.sqlite3").display());
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &url);
    program.ok(&["catalog", "load", dataset().to_str().unwrap()]);
    let server = open_server(&program, dir.path());
    let mut file = fs::File::create(disk.0.join("ballast")).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let output = program.run(&["catalog", "load", "--replace", dataset().to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("free space") || text.contains("full"), "{text}");
    still_well(&server);
    fs::remove_file(disk.0.join("ballast")).unwrap();
    program.ok(&["catalog", "load", "--replace", dataset().to_str().unwrap()]);
    still_well(&server);
}

#[test]
fn a_read_only_database_disk_is_named_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::new(dir.path().join("disk"), "8m");
    let url = format!("sqlite://{}", disk.0.join("catalog.sqlite3").display());
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &url);
    program.ok(&["catalog", "load", dataset().to_str().unwrap()]);
    disk.read_only();
    let output = program.run_with(&["user", "add", "late"], "long enough\n");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("catalog.sqlite3") || text.contains("can not be written"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}
