//! Generated run trees, what a tree looks like, and whether an archive agrees with its checksums.
#![allow(clippy::disallowed_methods, reason = "it looks at files that tests have made")]

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::demo_site::files;

/// `conformance/files` of the repository: the reference classification and its generator of trees.
#[must_use]
pub fn reference() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/files"))
}

/// Makes run and report trees, and the `runs.json` that lists them. The same options give the same tree.
pub fn make_runs(dir: &Path, options: &[&str]) {
    let mut command = Command::new("python3");
    let output = command.arg(reference().join("mkrun.py")).arg("tree").arg(dir).args(options).output();
    let output = output.expect("python3 is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Mode, time, and the content of a file or text of a link.
pub type Seen = (u32, i64, i64, Vec<u8>);

/// Everything below a folder but what Runstow calls its own.
#[must_use]
pub fn picture(root: &Path) -> BTreeMap<PathBuf, Seen> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.file_name().is_some_and(|name| name.as_bytes().starts_with(b".runstow")) {
                continue;
            }
            let meta = path.symlink_metadata().expect("it is there");
            let content = if meta.is_symlink() {
                path.read_link().expect("it is a link").as_os_str().as_bytes().to_vec()
            } else if meta.is_file() {
                std::fs::read(&path).expect("it can be read")
            } else {
                folders.push(path.clone());
                Vec::new()
            };
            let mode = if meta.is_symlink() { 0 } else { meta.mode() };
            let below = path.strip_prefix(root).expect("it is below").to_owned();
            all.insert(below, (mode, meta.mtime(), meta.mtime_nsec(), content));
        }
    }
    all
}

/// `sha256sum` agrees with every list of checksums of an archive. Tells how many there are.
#[must_use]
pub fn agrees_with_sha256sum(archive: &Path) -> usize {
    let all = files(archive);
    let lists = all.keys().filter(|path| path.extension().is_some_and(|ending| ending == "sha256"));
    let lists: Vec<PathBuf> = lists.map(|path| archive.join(path)).collect();
    for list in &lists {
        let mut check = Command::new("sha256sum");
        check.args(["--check", "--strict", "--quiet"]).arg(list);
        let output = check.current_dir(list.parent().unwrap_or(list)).output().expect("sha256sum starts");
        let told = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}: {}", list.display(), String::from_utf8_lossy(&told));
    }
    lists.len()
}
