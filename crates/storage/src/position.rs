//! Where a folder lies on its file system, whatever path leads there.
//!
//! A bind mount, or a second mount of a disk, shows one folder at two paths. By its canonical path such a folder looks like
//! another one.

use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, StatxFlags, statx};

use crate::handle;

/// Where this process sees what is mounted: proc_pid_mountinfo(5).
const MOUNTS: &str = "/proc/self/mountinfo";

/// A place on a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file system: the number that the system gives it while it is mounted.
    file_system: Vec<u8>,
    /// The path from the root of the file system, not from that of a mount.
    path: PathBuf,
}

impl Position {
    /// Of a folder. None when it is not there, or the system does not tell.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let (mount, here) = mount_and_path(folder)?;
        Self::within(&std::fs::read(MOUNTS).ok()?, mount, &here)
    }

    /// Of a path below the mount of this number.
    fn within(mounts: &[u8], mount: u64, path: &Path) -> Option<Self> {
        let [_, _, file_system, root, point] = fields_of(mounts, mount)?;
        let below = path.strip_prefix(OsString::from_vec(point)).ok()?;
        Some(Self { file_system, path: Path::new(&OsString::from_vec(root)).join(below) })
    }

    /// Is it the other folder, or one within it?
    #[must_use]
    pub fn lies_in(&self, other: &Self) -> bool {
        self.file_system == other.file_system && self.path.starts_with(&other.path)
    }

    /// Are these one folder, or does one of them lie in the other?
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.lies_in(other) || other.lies_in(self)
    }
}

/// Where that is mounted which a folder lies on: a path without links. None when the folder is not there, or the system does not
/// tell.
#[must_use]
pub fn mount_point(folder: &Path) -> Option<PathBuf> {
    let (mount, _) = mount_and_path(folder)?;
    let [.., point] = fields_of(&std::fs::read(MOUNTS).ok()?, mount)?;
    Some(OsString::from_vec(point).into())
}

/// The number of the mount that a folder lies on, and its path without links.
fn mount_and_path(folder: &Path) -> Option<(u64, PathBuf)> {
    let open = handle::open_start(folder).ok()?;
    let known = statx(&open, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    let here = std::fs::read_link(format!("/proc/self/fd/{}", open.as_fd().as_raw_fd())).ok()?;
    Some((known.stx_mnt_id, here))
}

/// Of a mount: its number, that of its parent, that of its file system, the root within that, the mount point.
fn fields_of(mounts: &[u8], mount: u64) -> Option<[Vec<u8>; 5]> {
    let number = mount.to_string();
    let fields = |line: &'_ [u8]| line.split(|byte| *byte == b' ').take(5).map(plain).collect::<Vec<_>>();
    let of_mount = |fields: &Vec<Vec<u8>>| fields.first().is_some_and(|id| *id == number.as_bytes());
    mounts.split(|byte| *byte == b'\n').map(fields).find(of_mount)?.try_into().ok()
}

/// A field without its escapes: blanks and backslashes are three octal digits.
fn plain(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped =
            digits.filter(|_| *first == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok());
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[3..] } else { after };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_overlap_by_where_they_lie() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| Position::of(&dir.path().join(path)).unwrap();
        for path in ["a/b", "ab"] {
            std::fs::create_dir_all(dir.path().join(path)).unwrap();
        }
        std::os::unix::fs::symlink(dir.path().join("a"), dir.path().join("link")).unwrap();
        assert!(at("a").overlaps(&at("a/b")) && at("a/b").overlaps(&at("a")));
        assert!(at("link/b").overlaps(&at("a/b")));
        assert!(!at("a").overlaps(&at("ab")));
        assert!(at("a/b").lies_in(&at("a")) && !at("a").lies_in(&at("a/b")));
        assert_eq!(Position::of(&dir.path().join("nothing")), None);
    }

    #[test]
    fn a_bind_mount_lies_where_its_folder_lies() {
        let mounts = b"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                       35 21 8:1 /data/my\\040runs /mnt/x rw - ext4 /dev/sda1 rw\n\
                       36 21 8:2 / /other rw - ext4 /dev/sdb1 rw\n";
        let at = |mount, path: &str| Position::within(mounts, mount, Path::new(path)).unwrap();
        assert!(at(35, "/mnt/x").overlaps(&at(21, "/data/my runs/R_1")));
        assert!(at(35, "/mnt/x/R_1/in").overlaps(&at(21, "/data/my runs/R_1")));
        assert!(!at(35, "/mnt/x/R_2").overlaps(&at(21, "/data/my runs/R_1")));
        assert!(!at(36, "/other/R_1").overlaps(&at(21, "/data/my runs/R_1")));
        assert_eq!(Position::within(mounts, 4, Path::new("/")), None);
    }
}
