//! Removes what Runstow itself has made and nobody has been given: journals, copies without a place.

use std::ffi::CStr;
use std::os::fd::AsFd;

use rustix::fs::{FileType, OFlags};
use rustix::io::{Errno, Result};

use super::proof::{remove_empty_folder, unlink};
use crate::disk;
use crate::tree::{Tree, c_name, names};

/// Removes one copy of ours.
pub(crate) fn own_copy(folder: impl AsFd, name: &CStr) -> Result<()> {
    match unlink(folder, name) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// Removes a folder of ours with everything in it; fine when it is not there. `parent` is empty for the tree's own top.
/// Only names that Runstow gives to work in progress are taken.
pub(crate) fn own_folder(tree: &Tree, parent: &str, name: &str) -> Result<()> {
    let within_ours = parent.starts_with(".runstow-") || name.starts_with("staged-");
    if !within_ours {
        return Err(Errno::INVAL);
    }
    let parent = match tree.folder(parent.as_bytes()) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    remove_all(parent.as_fd(), &c_name(name.as_bytes())?)
}

fn remove_all(parent: std::os::fd::BorrowedFd<'_>, name: &CStr) -> Result<()> {
    let folder = match disk::open(parent, name, OFlags::RDONLY | OFlags::DIRECTORY) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    for entry in names(&folder)? {
        let stat = match disk::stat(&folder, &entry) {
            Err(Errno::NOENT) => continue,
            other => other?,
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            remove_all(folder.as_fd(), &entry)?;
        } else {
            own_copy(&folder, &entry)?;
        }
    }
    match remove_empty_folder(parent, name) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}
