//! Which files below some folders a process of this machine is writing to (lifecycle.md §3, gate 2).
//!
//! Other machines that have the folders mounted can not be seen; nor can, without being root, processes of other users.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A file that is open for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// The file.
    pub path: PathBuf,
    /// The process.
    pub pid: u32,
    /// The process's name.
    pub program: String,
}

/// Looks at all processes but this one. What can not be looked at counts as not there: processes come and go.
#[must_use]
pub fn open_for_writing(folders: &[&Path]) -> Vec<OpenFile> {
    let real: Vec<PathBuf> = folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    let mut found = Vec::new();
    if real.is_empty() {
        return found;
    }
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if pid != std::process::id() {
            look_at(&process.path(), pid, &real, &mut found);
        }
    }
    found
}

fn look_at(process: &Path, pid: u32, folders: &[PathBuf], found: &mut Vec<OpenFile>) {
    for handle in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
        let Ok(path) = fs::read_link(handle.path()) else { continue };
        if folders.iter().any(|folder| path.starts_with(folder))
            && !path.as_os_str().as_bytes().ends_with(b" (deleted)")
            && writes(&process.join("fdinfo").join(handle.file_name()))
        {
            let program = fs::read_to_string(process.join("comm")).unwrap_or_default();
            found.push(OpenFile { path, pid, program: program.trim().to_owned() });
        }
    }
}

/// Was it opened for writing? `flags:` is octal, and its last two bits are the kind of access.
fn writes(info: &Path) -> bool {
    let text = fs::read_to_string(info).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 0o3 != 0)
}
