//! Compares our classification with the reference (conformance/files) on generated trees.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/tree.rs"]
mod tree;

use std::path::{Path, PathBuf};

use tree::Tree;

fn expected(name: &str) -> PathBuf {
    tree::files().join("expected").join(name)
}

fn regular(seed: u32) {
    let tree = Tree::make(&["--seed", &seed.to_string(), "--runs", "4", "--files", "4000"]);
    let lines = compare::compare(tree.path(), &expected(&format!("seed-{seed}.jsonl")));
    assert!(lines >= 480, "only {lines} lines were compared");
}

#[test]
fn seed_1() {
    regular(1);
}

#[test]
fn seed_2() {
    regular(2);
}

#[test]
fn seed_3() {
    regular(3);
}

#[test]
fn seed_4() {
    regular(4);
}

#[test]
fn seed_5() {
    regular(5);
}

#[test]
fn hostile_trees() {
    let cases = tree::hostile_cases(&["unreadable", "over-path-max"]);
    let tree = Tree::make(&["--seed", "1", "--runs", "0", "--hostile", &cases, "--flat", "5"]);
    let lines = compare::compare(tree.path(), &expected("hostile.jsonl"));
    assert!(lines >= 300, "only {lines} lines were compared");
}

#[test]
#[ignore = "compares the tree in RUNSTOW_TREE with the lines in RUNSTOW_EXPECTED"]
fn by_hand() {
    let tree = std::env::var("RUNSTOW_TREE").expect("set RUNSTOW_TREE");
    let expected = std::env::var("RUNSTOW_EXPECTED").expect("set RUNSTOW_EXPECTED");
    println!("{} lines agree", compare::compare(Path::new(&tree), Path::new(&expected)));
}
