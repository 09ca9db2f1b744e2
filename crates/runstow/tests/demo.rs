//! The main job, as README shows it to a new user.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use runstow_testkit::program::{Program, Server};
use runstow_testkit::python;

fn demo(dir: &tempfile::TempDir) -> (Program, Server) {
    // The demo has a catalog of its own; this URL would fail if it were used.
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), "postgres://nobody@127.0.0.1:1/none");
    let server = program.serve(&["demo", "--listen", "127.0.0.1:0"], dir.path());
    (program, server)
}

fn readme_python() -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let code = readme.split("```python\n").nth(1).expect("README has a Python example");
    code.split("```").next().unwrap().to_owned()
}

#[test]
fn the_documented_python_example_works_with_only_the_host_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (_, server) = demo(&dir);
    let code = readme_python().replace("http://127.0.0.1:8080", server.base());
    let output = Command::new(python::program("python")).args(["-c", &code]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words.len(), 3, "{text}");
    assert!(words[0].contains("S5-02-42-Exome_Trio"), "{text}");
    assert_eq!(words[1], "Local");
    assert!(words[2].parse::<f64>().unwrap() > 10.0, "the real size of the signal files in MB: {text}");
}

#[test]
fn the_demo_shows_four_reports_with_true_sizes_and_the_ids_of_torrent_suite() {
    let dir = tempfile::tempdir().unwrap();
    let (_, server) = demo(&dir);
    let list = server.get("/rundb/api/v1/compositedatamanagement/?order_by=id").json();
    let ids: Vec<i64> =
        list["objects"].as_array().unwrap().iter().map(|o| o["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [118, 231, 232, 240], "from primary.key");
    for object in list["objects"].as_array().unwrap() {
        for category in ["sigproc", "basecall", "output", "misc"] {
            assert_eq!(object[format!("{category}_state")], "Local");
            let size = object[format!("{category}_diskspace")].as_f64();
            assert!(size.is_some_and(|size| size > 0.0), "{category} of {}: {size:?}", object["id"]);
        }
    }
    // All signal files of the PGM run, by hand: everything its top level holds that SIG takes.
    let results = dir.path().join("runstow-demo/results/PGM-01");
    let run = std::fs::read_dir(results).unwrap().next().unwrap().unwrap().path();
    let size_of = |path: PathBuf| std::fs::metadata(path).unwrap().len();
    let in_run: u64 = std::fs::read_dir(&run)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|end| end != "tsv"))
        .map(size_of)
        .sum();
    let report = std::fs::read_dir(dir.path().join("runstow-demo/results/analysis/output/Home"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with("_118"))
        .unwrap();
    let expected = (in_run + size_of(report.join("main_process.log"))) as f64 / 1_048_576.0;
    let shown = list["objects"][0]["sigproc_diskspace"].as_f64().unwrap();
    assert!((shown - expected).abs() < 1e-6, "shown {shown}, by hand {expected}");
}

#[test]
fn a_second_start_uses_the_same_demo_and_a_foreign_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (program, server) = demo(&dir);
    assert!(server.stop(), "SIGTERM ends it well");
    let server = program.serve(&["demo", "--listen", "127.0.0.1:0"], dir.path());
    let list = server.get("/rundb/api/v1/compositedatamanagement/").json();
    assert_eq!(list["meta"]["total_count"], 4);

    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("thesis.doc"), "precious").unwrap();
    let output = program.run(&["demo", "--dir", other.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not empty"));
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 1);
}

#[test]
fn the_first_start_shows_the_admins_password_and_later_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), "postgres://nobody@127.0.0.1:1/none");
    let told = |args: &[&str]| {
        let mut child = program.command(args).current_dir(dir.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.skip_while(|line| !line.starts_with("to sign in: admin")).take(1).next();
        child.kill().unwrap();
        child.wait().unwrap();
        line.expect("it says how to sign in")
    };
    let first = told(&["demo", "--listen", "127.0.0.1:0"]);
    let password = first.split("password ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let again = told(&["demo", "--listen", "127.0.0.1:0"]);
    assert!(again.contains("the first start") && !again.contains(&password), "{again}");

    let server = program.serve(&["demo", "--listen", "127.0.0.1:0"], dir.path());
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("admin:{password}"));
    let given = format!("Basic {pair}");
    let me = server.request("GET", "/api/v1/me", &[("Authorization", &given)], b"");
    assert_eq!((me.status, me.json()["user"]["role"].as_str()), (200, Some("admin")));

    // What is asked for is done.
    let body = br#"{"action": "delete", "reports": [118], "categories": ["misc"]}"#;
    let headers = [("Authorization", given.as_str()), ("Content-Type", "application/json")];
    let asked = server.request("POST", "/api/v1/jobs", &headers, body);
    assert_eq!(asked.status, 201, "{}", asked.json());
    let job = format!("/api/v1/jobs/{}", asked.json()["items"][0]["job"]);
    let done = || server.get(&job).json()["status"] == "done";
    assert!((0..600).any(|_| done() || {
        std::thread::sleep(Duration::from_millis(100));
        false
    }));
}

#[test]
fn the_page_shows_volumes_and_reports() {
    let dir = tempfile::tempdir().unwrap();
    let (_, server) = demo(&dir);
    let page = server.get("/").text();
    for text in ["S5-02-42-Exome_Trio", "PGM-01-118-Cancer_Hotspot_Panel", "Local", "free"] {
        assert!(page.contains(text), "{text} is missing");
    }
}
