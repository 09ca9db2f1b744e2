//! Removes what Runstow itself has made and nobody has been given: journals, copies without a place.

use std::ffi::CStr;
use std::os::fd::AsFd;

use rustix::fs::FileType;
use rustix::io::{Errno, Result};

use super::proof::{remove_empty_folder, unlink};
use crate::disk;
use crate::journal::INCOMING;
use crate::tree::{Tree, c_name, names, split};

/// Removes one copy of ours.
pub(crate) fn own_copy(folder: impl AsFd, name: &CStr) -> Result<()> {
    match unlink(folder, name) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// Removes a folder that was made for copies, if it is empty. One that is not, or can not be removed, does no harm.
pub(crate) fn own_empty_folder(tree: &Tree, path: &[u8]) {
    let (parent, name) = split(path);
    if let (Ok(parent), Ok(name)) = (tree.folder(parent), c_name(name)) {
        let _ = remove_empty_folder(parent, &name);
    }
}

/// Removes a folder of ours with everything in it; fine when it is not there. `parent` is empty for the tree's own top.
/// Only names that Runstow gives to work in progress are taken.
pub(crate) fn own_folder(tree: &Tree, parent: &str, name: &str) -> Result<()> {
    // The trash holds what people may want back.
    let within_ours = parent == INCOMING || name.starts_with("staged-");
    if !within_ours {
        return Err(Errno::INVAL);
    }
    let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") };
    // However deep it is: one open folder at a time, and no call within a call.
    let mut waiting = vec![path.into_bytes()];
    while let Some(path) = waiting.last().cloned() {
        let folder = match tree.folder(&path) {
            Err(Errno::NOENT) => {
                waiting.pop();
                continue;
            }
            other => other?,
        };
        let before = waiting.len();
        for entry in names(&folder)? {
            let stat = match disk::stat(&folder, &entry) {
                Err(Errno::NOENT) => continue,
                other => other?,
            };
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                waiting.push([path.as_slice(), b"/", entry.to_bytes()].concat());
            } else {
                own_copy(&folder, &entry)?;
            }
        }
        if waiting.len() == before {
            let (parent, name) = split(&path);
            match remove_empty_folder(tree.folder(parent)?, &c_name(name)?) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
            waiting.pop();
        }
    }
    Ok(())
}

/// Removes all empty folders of a tree that was made for files of others, and its top. True when nothing is left of it.
///
/// # Errors
/// When one that is empty can not be removed.
pub(crate) fn own_empty_tree(tree: &Tree, path: &[u8]) -> Result<bool> {
    let mut waiting = vec![(path.to_vec(), false)];
    while let Some((path, seen)) = waiting.pop() {
        let folder = match tree.folder(&path) {
            Err(Errno::NOENT) => continue,
            other => other?,
        };
        if seen {
            let (parent, name) = split(&path);
            match remove_empty_folder(tree.folder(parent)?, &c_name(name)?) {
                Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY) => {}
                Err(errno) => return Err(errno),
            }
            continue;
        }
        waiting.push((path.clone(), true));
        for entry in names(&folder)? {
            let stat = disk::stat(&folder, &entry)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                waiting.push(([path.as_slice(), b"/", entry.to_bytes()].concat(), false));
            }
        }
    }
    Ok(tree.folder(path).err() == Some(Errno::NOENT))
}
