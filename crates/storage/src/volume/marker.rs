//! The marker file that says which volume this is.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rustix::fs::{Mode, OFlags, fsync, openat};
use rustix::io::Errno;
use uuid::Uuid;

use super::VolumeError;
use crate::handle;
use crate::metadata_file::MetadataFolder;
use crate::walk::StartError;

/// Name of the marker file at the top of a storage root: a UUID as text and a line end.
pub const MARKER: &str = ".runstow-volume";

/// A UUID has 36 characters; a little room for what editors add.
const CAP: u64 = 256;

pub(super) fn read(root: &Path) -> Result<Option<Uuid>, VolumeError> {
    let Some(file) = MetadataFolder::open(root)?.read(MARKER, CAP)? else { return Ok(None) };
    let text = std::str::from_utf8(&file.bytes).ok();
    let uuid = text.and_then(|text| Uuid::try_parse(text.trim()).ok());
    uuid.map(Some).ok_or_else(|| VolumeError::BadMarker { path: root.join(MARKER) })
}

/// Marks a storage root with a new UUID, on disk when this returns. The only thing that this crate writes, and only when
/// a person asks for it.
///
/// # Errors
/// [`VolumeError`] when there is a marker already, or it cannot be written.
pub fn create_marker(root: &Path) -> Result<Uuid, VolumeError> {
    let path = root.join(MARKER);
    let failed = |source: Errno| VolumeError::Write { path: path.clone(), source };
    let folder = handle::open_start(root).map_err(|errno| StartError::new(root, errno))?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = match openat(&folder, MARKER, flags, Mode::from_raw_mode(0o644)) {
        Ok(fd) => fd,
        Err(Errno::EXIST) => {
            return Err(match read(root)? {
                Some(uuid) => VolumeError::AlreadyMarked { path: root.to_owned(), uuid },
                None => failed(Errno::EXIST),
            });
        }
        Err(errno) => return Err(failed(errno)),
    };
    let uuid = Uuid::new_v4();
    let mut file = File::from(fd);
    writeln!(file, "{uuid}")
        .and_then(|()| file.sync_all())
        .map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    fsync(&folder).map_err(failed)?;
    Ok(uuid)
}
