//! `runstow files` against the reference classification, through the real program.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]

use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_testkit::TestDatabase;
use runstow_testkit::program::Program;

fn conformance() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/files"))
}

fn make_tree(dir: &Path, args: &[&str]) {
    let output =
        Command::new("python3").arg(conformance().join("mkrun.py")).arg("tree").arg(dir).args(args).output();
    let output = output.expect("python3 is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn listing(root: &Path) -> String {
    let database = TestDatabase::sqlite();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    program.ok(&["scan", "--runs", root.join("runs.json").to_str().unwrap()]);
    program.ok(&["files", "--all", "--jsonl"])
}
