//! `runstow scan --runs` and `runstow files` against the reference classification, through the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use runstow_testkit::TestDatabase;
use runstow_testkit::program::Program;
use runstow_testkit::trees::{make_runs, reference};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Lines by report, category and action.
type Lines = BTreeMap<(i64, String, String), Value>;

fn lines(text: &str) -> Lines {
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["scenario"].as_str().is_none_or(|scenario| scenario == "local"))
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            ((line["report"].as_i64().unwrap(), text("category"), text("action")), line)
        })
        .collect()
}

fn listing(root: &Path) -> Lines {
    let database = TestDatabase::sqlite();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    program.ok(&["scan", "--runs", root.join("runs.json").to_str().unwrap()]);
    let first = program.ok(&["files", "--all", "--jsonl"]);
    assert_eq!(first, program.ok(&["files", "--all", "--jsonl"]), "two looks at one tree say the same");
    lines(&first)
}

fn relative(root: &Path, paths: &Value) -> Vec<Vec<u8>> {
    let prefix = [root.as_os_str().as_bytes(), b"/"].concat();
    let mut all: Vec<Vec<u8>> = paths
        .as_array()
        .unwrap()
        .iter()
        .map(|path| match path {
            Value::String(text) => text.clone().into_bytes(),
            other => {
                base64::engine::general_purpose::STANDARD.decode(other["b64"].as_str().unwrap()).unwrap()
            }
        })
        .map(|path| path.strip_prefix(&prefix[..]).unwrap_or(&path).to_vec())
        .collect();
    all.sort();
    all
}

fn digest(paths: &[Vec<u8>]) -> Value {
    let mut hash = Sha256::new();
    for path in paths {
        hash.update(path);
        hash.update(b"\0");
    }
    let hex = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    serde_json::json!({"count": paths.len(), "sha256": hex})
}

fn compare(tree: &Path, expected: &str, at_least: usize) {
    let got = listing(tree);
    let want = lines(&std::fs::read_to_string(reference().join("expected").join(expected)).unwrap());
    assert!(want.len() >= at_least, "{} lines", want.len());
    for (key, want) in &want {
        let got = got.get(key).unwrap_or_else(|| panic!("no line for {key:?}"));
        for field in ["process", "keep"] {
            let paths = relative(tree, &got[field]);
            let same = if want[field].is_array() {
                paths == relative(tree, &want[field])
            } else {
                digest(&paths) == want[field]
            };
            assert!(same, "{key:?} {field}: got {} paths, want {}", paths.len(), want[field]);
        }
        let (got, want) = (got["diskspace_mb"].as_f64().unwrap(), want["diskspace_mb"].as_f64().unwrap());
        assert!((got - want).abs() * 1_048_576.0 < 0.5, "{key:?}: {got} MB, want {want} MB");
    }
}

#[test]
fn every_category_and_action_of_generated_runs_equals_the_reference() {
    let dir = tempfile::tempdir().unwrap();
    for seed in ["1", "2", "3", "4", "5"] {
        let tree = dir.path().canonicalize().unwrap().join(seed);
        make_runs(&tree, &["--seed", seed, "--runs", "4", "--files", "4000"]);
        compare(&tree, &format!("seed-{seed}.jsonl"), 160);
    }
}

#[test]
fn hostile_trees_equal_the_reference_but_for_what_is_never_touched() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().canonicalize().unwrap().join("hostile");
    let cases =
        Command::new("python3").arg(reference().join("mkrun.py")).arg("list-hostile").output().unwrap();
    let cases: Vec<String> = String::from_utf8(cases.stdout)
        .unwrap()
        .lines()
        // What these two hold depends on who runs the test and on the reference's limits; storage tests them.
        .filter(|case| !["unreadable", "over-path-max"].contains(case))
        .map(str::to_owned)
        .collect();
    make_runs(&tree, &["--seed", "1", "--runs", "0", "--hostile", &cases.join(","), "--flat", "5"]);
    compare(&tree, "hostile.jsonl", 300);
}

#[test]
fn listing_files_changes_neither_catalog_nor_disk() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("t");
    make_runs(&tree, &["--runs", "2", "--files", "600"]);
    let database = TestDatabase::sqlite();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    program.ok(&["scan", "--runs", tree.join("runs.json").to_str().unwrap()]);
    let before = program.ok(&["catalog", "dump"]);
    let look =
        || Command::new("find").arg(&tree).args(["-printf", "%p %s %T@ %i\n"]).output().unwrap().stdout;
    let files = look();
    let text = program.ok(&["files", "1", "--action", "delete"]);
    assert!(text.contains("kept back"), "{text}");
    program.ok(&["files", "--all", "--jsonl"]);
    assert_eq!(look(), files);
    assert_eq!(program.ok(&["catalog", "dump"]), before);
}
