//! Extended attributes: read from a source or a list, given to a copy. None is left out without a word.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::BorrowedFd;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runstow_lifecycle::manifest::Kind;
use rustix::fs::{fgetxattr, flistxattr};
use rustix::io::{Errno, Result};

use crate::disk;
use crate::plan::Planned;

/// The extended attributes of one entry.
#[derive(Default)]
pub(super) struct Attributes {
    /// Names and values.
    pub(super) all: Vec<(CString, Vec<u8>)>,
    /// There is one that can not be read.
    pub(super) unread: bool,
}

impl Attributes {
    /// Those that the copy of an entry gets: of the archive's list, which has what its medium could not hold, or of the source.
    pub(super) fn of(from: Option<BorrowedFd<'_>>, planned: &Planned) -> Result<Self> {
        match (&planned.original, from) {
            (Some(original), _) if original.hash.is_some() || planned.kind == Kind::Folder => {
                Ok(Self { all: listed(&original.attributes), unread: false })
            }
            (_, Some(from)) => Self::read(from),
            (_, None) => Ok(Self::default()),
        }
    }

    /// Those of an open file or folder.
    fn read(file: BorrowedFd<'_>) -> Result<Self> {
        let mut found = Self::default();
        let mut names = vec![0_u8; 1024];
        let length = loop {
            match flistxattr(file, &mut names) {
                Ok(length) => break length,
                Err(Errno::RANGE) => names.resize(names.len() * 4, 0),
                // The file system has none.
                Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(found),
                Err(errno) if is_not_for_us(errno) => return Ok(Self { unread: true, ..found }),
                Err(errno) => return Err(errno),
            }
        };
        for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let Ok(name) = CString::new(name) else { continue };
            let mut value = vec![0_u8; 1024];
            loop {
                match fgetxattr(file, &name, &mut value) {
                    Ok(length) => {
                        value.truncate(length);
                        found.all.push((name, value));
                        break;
                    }
                    Err(Errno::RANGE) => value.resize(value.len() * 4, 0),
                    // It went away meanwhile.
                    Err(Errno::NODATA) => break,
                    Err(errno) if is_not_for_us(errno) => {
                        found.unread = true;
                        break;
                    }
                    Err(errno) => return Err(errno),
                }
            }
        }
        Ok(found)
    }
}

/// It is there, and will not be told however often we ask.
const fn is_not_for_us(errno: Errno) -> bool {
    matches!(errno, Errno::PERM | Errno::ACCESS | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL | Errno::TOOBIG)
}

/// Is an attribute one that the target does not hold, or that we may not set? File systems say of one that is too large for them
/// that they are full, whatever room they have.
pub(super) fn is_refused(file: BorrowedFd<'_>, outcome: Result<()>) -> Result<bool> {
    match outcome {
        Ok(()) => Ok(false),
        Err(Errno::RANGE | Errno::DQUOT) => Ok(true),
        Err(Errno::NOSPC) if disk::has_room(file) => Ok(true),
        Err(errno) if is_not_for_us(errno) => Ok(true),
        Err(errno) => Err(errno),
    }
}

/// The extended attributes of an open file or folder, values in base64.
pub(crate) fn attributes(file: BorrowedFd<'_>) -> Result<BTreeMap<String, String>> {
    let all = Attributes::read(file)?.all;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_disk_and_a_broken_one_are_waited_for() {
        let file = tempfile::tempfile().unwrap();
        let file = std::os::fd::AsFd::as_fd(&file);
        for errno in [Errno::NOSPC, Errno::DQUOT, Errno::TOOBIG, Errno::RANGE, Errno::NOTSUP, Errno::PERM] {
            assert_eq!(is_refused(file, Err(errno)), Ok(true), "{errno}");
        }
        for errno in [Errno::IO, Errno::ROFS, Errno::STALE] {
            assert_eq!(is_refused(file, Err(errno)), Err(errno));
            assert!(!is_not_for_us(errno));
        }
    }
}
