//! Owner, permissions, times and extended attributes. What a target can not hold is in the list beside the data, so
//! that it comes back with a restore.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{fgetxattr, flistxattr};
use rustix::io::{Errno, Result};

use crate::disk;
use crate::plan::Planned;

/// What became of extended attributes.
pub(super) struct Given {
    /// The source has some.
    pub(super) attributes: bool,
    /// The copy does not take one of them.
    pub(super) refused: bool,
}

/// Errors that only say that the target does not hold such a thing, or that we may not set it.
fn tolerated(outcome: Result<()>) -> Result<()> {
    is_refused(outcome).map(drop)
}

/// True when it was refused for such a reason.
fn is_refused(outcome: Result<()>) -> Result<bool> {
    match outcome {
        Ok(()) => Ok(false),
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL | Errno::NOSYS | Errno::ACCESS) => Ok(true),
        Err(errno) => Err(errno),
    }
}

/// Gives a copy the metadata of its source.
pub(super) fn copy(from: &OwnedFd, planned: &Planned, to: &OwnedFd) -> Result<Given> {
    let attributes = match &planned.original {
        // What the archive's medium could not hold is in its list.
        Some(original) if original.hash.is_some() => listed(&original.attributes),
        _ => read_attributes(from.as_fd())?,
    };
    let mut refused = false;
    for (name, value) in &attributes {
        refused |= is_refused(disk::set_attribute(to.as_fd(), name, value))?;
    }
    // The owner first: changing it clears the set-user-id bit.
    tolerated(disk::set_owner(to.as_fd(), planned.uid, planned.gid))?;
    tolerated(disk::set_mode(to.as_fd(), planned.mode | readable()))?;
    disk::set_time(to.as_fd(), planned.modified())?;
    Ok(Given { attributes: !attributes.is_empty(), refused })
}

/// Who is not root must be allowed to read a copy to prove it, though the source may be read for other reasons: as one of
/// its group, or by an access list. The list beside the data has the mode as it was.
fn readable() -> u32 {
    if rustix::process::geteuid().is_root() { 0 } else { 0o400 }
}

/// Gives a link the owner and the time that an entry tells.
pub(crate) fn copy_link(planned: &Planned, folder: BorrowedFd<'_>, name: &CStr) -> Result<()> {
    tolerated(disk::set_link_owner(folder, name, planned.uid, planned.gid))?;
    tolerated(disk::set_link_time(folder, name, planned.modified()))
}

/// Gives a folder the metadata that an entry tells. `mode` may add to its permissions.
pub(crate) fn set_folder_metadata(folder: BorrowedFd<'_>, planned: &Planned, mode: u32) -> Result<()> {
    tolerated(disk::set_owner(folder, planned.uid, planned.gid))?;
    tolerated(disk::set_mode(folder, planned.mode | mode))?;
    tolerated(disk::set_time(folder, planned.modified()))
}

/// The extended attributes of an open file, values in base64.
pub(crate) fn attributes(file: BorrowedFd<'_>) -> Result<BTreeMap<String, String>> {
    let all = read_attributes(file)?;
    Ok(all
        .into_iter()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), STANDARD.encode(value)))
        .collect())
}

/// Attributes as a list tells them. One that is no attribute is left out.
fn listed(attributes: &BTreeMap<String, String>) -> Vec<(CString, Vec<u8>)> {
    let one = |(name, value): (&String, &String)| {
        Some((CString::new(name.as_str()).ok()?, STANDARD.decode(value).ok()?))
    };
    attributes.iter().filter_map(one).collect()
}

fn read_attributes(file: BorrowedFd<'_>) -> Result<Vec<(CString, Vec<u8>)>> {
    let mut names = vec![0_u8; 1024];
    let length = loop {
        match flistxattr(file, &mut names) {
            Ok(length) => break length,
            Err(Errno::RANGE) => names.resize(names.len() * 4, 0),
            Err(Errno::NOTSUP | Errno::PERM | Errno::ACCESS | Errno::NOSYS) => return Ok(Vec::new()),
            Err(errno) => return Err(errno),
        }
    };
    let mut all = Vec::new();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let Ok(name) = CString::new(name) else { continue };
        let mut value = vec![0_u8; 1024];
        loop {
            match fgetxattr(file, &name, &mut value) {
                Ok(length) => {
                    value.truncate(length);
                    all.push((name, value));
                    break;
                }
                Err(Errno::RANGE) => value.resize(value.len() * 4, 0),
                // It went away meanwhile, or is not for us.
                Err(_) => break,
            }
        }
    }
    Ok(all)
}
