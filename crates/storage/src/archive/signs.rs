//! What tells a folder of an archive from a live run or report: the files that only Runstow puts beside its copies.
//!
//! The data alone does not: an archive of a run looks like the run. Torrent Suite's own `serialized_*.json` does not either,
//! as it lies in live reports too.

use std::ffi::CString;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;
use rustix::fs::{Dir, Mode, OFlags, openat};
use rustix::io::Result;

use super::{LARGEST, is_written};
use crate::handle;
use crate::journal::INCOMING;
use crate::volume::MARKER;
use crate::walk::StartError;

/// What a folder has to do with archives of ours, by the names in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing.
    None,
    /// A record, a list or checksums lie there: it is a folder of an archive or export.
    Folder,
    /// A marker and the place for work in progress: copies were put below, or a storage root gets files back.
    Root,
}

/// Is it the name of a list or of checksums of ours?
pub(crate) fn is_beside(name: &[u8]) -> bool {
    let of_ours = |name: &str| Category::ALL.into_iter().any(|category| is_written(name, category));
    !name.contains(&b'/') && std::str::from_utf8(name).is_ok_and(of_ours)
}

/// Looks through the names of an open folder.
pub(crate) fn sign_of(folder: BorrowedFd<'_>) -> Result<Sign> {
    let (mut marked, mut incoming) = (false, false);
    let mut records: Vec<CString> = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        match name.to_bytes() {
            bytes if is_beside(bytes) => return Ok(Sign::Folder),
            bytes if bytes.starts_with(b"serialized_") && bytes.ends_with(b".json") => {
                records.push(name.to_owned());
            }
            bytes => {
                marked |= bytes == MARKER.as_bytes();
                incoming |= bytes == INCOMING.as_bytes();
            }
        }
    }
    if records.iter().any(|name| is_record(folder, name)) {
        return Ok(Sign::Folder);
    }
    Ok(if marked && incoming { Sign::Root } else { Sign::None })
}

/// Is it a record of ours, and not one of Torrent Suite? One that can not be read says nothing: there are lists beside ours.
fn is_record(folder: BorrowedFd<'_>, name: &CString) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = openat(folder, name, flags, Mode::empty()).map(std::fs::File::from) else { return false };
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let mut text = Vec::new();
    let read = is_file.then(|| file.take(LARGEST).read_to_end(&mut text));
    read.is_some_and(|read| read.is_ok()) && serde_json::from_slice::<Record>(&text).is_ok()
}

/// Is it a folder of an archive or export of ours, recognised by record, list or checksums?
///
/// # Errors
/// When it can not be looked into.
pub fn is_archive_folder(folder: &Path) -> std::result::Result<bool, StartError> {
    let failed = |errno| StartError::new(folder, errno);
    let fd = handle::open_start(folder).map_err(failed)?;
    Ok(sign_of(fd.as_fd()).map_err(failed)? == Sign::Folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_beside_an_archive() {
        for name in ["runstow_Auto_1_sigproc.jsonl", "runstow_x_y_misc.b3", "runstow_Ä b_output.sha256"] {
            assert!(is_beside(name.as_bytes()), "{name}");
        }
        for name in [
            "serialized_Auto_1.json",
            "runstow_notes.jsonl",
            "runstow_Auto_1_sigproc.bam",
            "my_runstow_Auto_1_misc.b3",
            "runstow_misc.b3",
            "runstow_sigproc",
        ] {
            assert!(!is_beside(name.as_bytes()), "{name}");
        }
    }
}
