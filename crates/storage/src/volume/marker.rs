//! The marker file that says which volume this is.

use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::io::Errno;
use uuid::Uuid;

use super::VolumeError;
use crate::disk;
use crate::handle;
use crate::metadata_file::MetadataFolder;
use crate::remove::own_copy;
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
    if let Some(uuid) = read(root)? {
        return Err(VolumeError::AlreadyMarked { path: root.to_owned(), uuid });
    }
    let uuid = Uuid::new_v4();
    match publish(&folder, uuid) {
        Ok(()) => Ok(uuid),
        // Somebody else has just marked it.
        Err(Errno::EXIST) => Err(match read(root)? {
            Some(uuid) => VolumeError::AlreadyMarked { path: root.to_owned(), uuid },
            None => failed(Errno::EXIST),
        }),
        Err(errno) => Err(failed(errno)),
    }
}

/// Writes the marker under a name of its own first: whoever is killed meanwhile leaves none, and never one that says nothing.
fn publish(folder: &OwnedFd, uuid: Uuid) -> Result<(), Errno> {
    let own = CString::new(format!("{MARKER}.{uuid}")).map_err(|_| Errno::INVAL)?;
    let name = CString::new(MARKER).map_err(|_| Errno::INVAL)?;
    let file = disk::create_file(folder, &own)?;
    let made = disk::write_at(&file, format!("{uuid}\n").as_bytes(), 0)
        .and_then(|()| crate::copy::tolerated(disk::set_mode(file.as_fd(), 0o644)))
        .and_then(|()| disk::sync(&file))
        .and_then(|()| disk::rename_new(folder, &own, folder, &name));
    if made.is_err() {
        // What can not be removed does no harm.
        let _ = own_copy(folder, &own);
    }
    made?;
    disk::sync(folder)
}
