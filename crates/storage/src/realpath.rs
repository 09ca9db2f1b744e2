//! Where a path leads when its last parts do not exist.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, readlinkat};

/// Links followed before a circle is assumed; the kernel's own limit is 40.
const MOST_LINKS: usize = 64;

/// Resolves all links of an absolute path as far as it goes: what does not exist is taken as it is written.
pub(crate) fn realpath(path: &Path) -> PathBuf {
    let mut found = PathBuf::from("/");
    let mut ahead: Vec<OsString> = parts(path);
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            found.pop();
            continue;
        }
        let next = found.join(&part);
        match readlinkat(CWD, &next, Vec::new()) {
            Ok(target) if links < MOST_LINKS => {
                links += 1;
                let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
                if target.is_absolute() {
                    found = PathBuf::from("/");
                }
                ahead.extend(parts(&target));
            }
            Ok(_) | Err(_) => found = next,
        }
    }
    found
}

/// Last part first; the root and `.` are left out.
fn parts(path: &Path) -> Vec<OsString> {
    let named = path.components().filter_map(|c| match c {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let mut parts: Vec<_> = named.collect();
    parts.reverse();
    parts
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_exists_is_resolved_and_the_rest_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("a", root.join("rel")).unwrap();
        symlink(root.join("rel/b"), root.join("abs")).unwrap();
        symlink("../gone/x", root.join("a/dangling")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        assert_eq!(realpath(&root.join("abs")), root.join("a/b"));
        assert_eq!(realpath(&root.join("rel/./b/../b")), root.join("a/b"));
        assert_eq!(realpath(&root.join("rel/dangling/y")), root.join("gone/x/y"));
        assert_eq!(realpath(&root.join("circle")), root.join("circle"));
        assert_eq!(realpath(Path::new("/no/such/../path")), Path::new("/no/path"));
    }
}
