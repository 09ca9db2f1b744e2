//! Generated trees and their manifest.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// `conformance/files` of the repository.
pub(crate) fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/files")
}

fn mkrun(args: &[&str]) -> String {
    let out = Command::new("python3").arg(files().join("mkrun.py")).args(args).output();
    let out = out.expect("python3 is needed to make the trees");
    assert!(out.status.success(), "mkrun.py {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// All hostile cases but some, joined by commas.
pub(crate) fn hostile_cases(but: &[&str]) -> String {
    mkrun(&["list-hostile"]).lines().filter(|c| !but.contains(c)).collect::<Vec<_>>().join(",")
}

/// A tree that is removed at the end.
pub(crate) struct Tree(tempfile::TempDir);

impl Tree {
    pub(crate) fn make(options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("tree");
        mkrun(&[&["tree", root.to_str().unwrap()], options].concat());
        Self(dir)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("tree")
    }
}

/// `runs.json` of a tree.
#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) experiments: Vec<Experiment>,
    pub(crate) reports: Vec<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Experiment {
    pub(crate) id: u64,
    pub(crate) exp_dir: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) id: u64,
    pub(crate) experiment: u64,
    pub(crate) report_dir: String,
    pub(crate) is_thumbnail: bool,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) states: std::collections::HashMap<String, String>,
    #[serde(default)]
    pub(crate) archive_paths: std::collections::HashMap<String, String>,
}

impl Manifest {
    pub(crate) fn read(root: &Path) -> Self {
        serde_json::from_slice(&std::fs::read(root.join("runs.json")).unwrap()).unwrap()
    }

    pub(crate) fn run_dir(&self, report: &Report, root: &Path) -> Option<PathBuf> {
        let experiment = self.experiments.iter().find(|e| e.id == report.experiment).unwrap();
        below(root, &experiment.exp_dir)
    }
}

/// A folder of the manifest, without a final slash; none when it names none.
pub(crate) fn below(root: &Path, folder: &str) -> Option<PathBuf> {
    (!folder.is_empty()).then(|| root.join(folder.trim_end_matches('/')))
}
