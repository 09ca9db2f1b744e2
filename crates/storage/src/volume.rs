//! Identity and fill of a storage root.
//!
//! A root proves that it is the volume it should be by a marker file with a UUID, together with the file system's id: a
//! folder that is empty because nothing is mounted there has neither (lifecycle.md §3, gates 5 and 6).

mod marker;

use std::path::{Path, PathBuf};

use rustix::fs::{
    Access, AtFlags, CWD, StatVfsMountFlags, StatxAttributes, StatxFlags, accessat, fstatfs, fstatvfs,
    statat, statx,
};
use rustix::io::Errno;

use crate::handle;
pub use marker::{MARKER, create_marker};

/// What a storage root looks like now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Size of the file system in bytes.
    pub total_bytes: u64,
    /// Bytes not in use, including what only root may use.
    pub free_bytes: u64,
    /// Bytes that can be written by anybody.
    pub available_bytes: u64,
    /// Files and folders that the file system can hold; 0 when it sets no limit.
    pub total_inodes: u64,
    /// How many more it can hold.
    pub free_inodes: u64,
    /// It is mounted read-only.
    pub read_only: bool,
    /// Kind of file system: the magic number of `statfs(2)`.
    pub fs_type: u64,
    /// Id of the file system. Stable while mounted; some file systems give 0.
    pub fs_id: u64,
    /// Number of the device, as in `stat(2)`.
    pub device: u64,
    /// The root is where a file system is mounted, rather than a folder within one.
    pub is_mount_point: bool,
    /// UUID in the marker file, if there is one.
    pub marker: Option<uuid::Uuid>,
}

/// May this process make entries in a folder, with the user and group that count for that? What can not be asked is not
/// denied: the first write will tell.
#[must_use]
pub fn may_write(folder: &Path) -> bool {
    let wanted = Access::WRITE_OK.union(Access::EXEC_OK);
    !matches!(accessat(CWD, folder, wanted, AtFlags::EACCESS), Err(Errno::ACCESS | Errno::PERM))
}

/// Why nothing can be said about a storage root, or its marker could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The root.
    #[error(transparent)]
    Start(#[from] crate::walk::StartError),
    /// A call on the open root.
    #[error("{path:?}: its file system does not answer: {source}")]
    Stat {
        /// The root.
        path: PathBuf,
        /// What the system said.
        source: Errno,
    },
    /// The marker cannot be read.
    #[error("the volume's marker cannot be read: {0}")]
    Marker(#[from] crate::metadata_file::MetadataError),
    /// The marker holds something else.
    #[error(
        "{path:?} holds no UUID; restore it from the catalog's record of this volume, or remove it and mark the volume anew"
    )]
    BadMarker {
        /// The marker file.
        path: PathBuf,
    },
    /// There is a marker already.
    #[error("{path:?} is already marked as volume {uuid}; nothing was changed")]
    AlreadyMarked {
        /// The root.
        path: PathBuf,
        /// The UUID in the marker.
        uuid: uuid::Uuid,
    },
    /// The marker could not be written.
    #[error("the marker {path:?} could not be written: {source}; check that the volume is writable")]
    Write {
        /// The marker file.
        path: PathBuf,
        /// What the system said.
        source: Errno,
    },
}

impl Volume {
    /// Looks at a storage root.
    ///
    /// # Errors
    /// [`VolumeError`] when it is not there, does not answer, or has a marker that says nothing.
    pub fn look_at(root: &Path) -> Result<Self, VolumeError> {
        let failed = |source| VolumeError::Stat { path: root.to_owned(), source };
        let fd = handle::open_start(root).map_err(|errno| crate::walk::StartError::new(root, errno))?;
        let space = fstatvfs(&fd).map_err(failed)?;
        let kind = fstatfs(&fd).map_err(failed)?;
        let here = statat(&fd, "", AtFlags::EMPTY_PATH).map_err(failed)?;
        let above = statat(&fd, "..", AtFlags::empty()).map_err(failed)?;
        let known = statx(&fd, "", AtFlags::EMPTY_PATH, StatxFlags::TYPE).map_err(failed)?;
        // Tells bind mounts too, which share the device of what is above.
        let is_root_of_mount = known.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        let is_slash = here.st_dev == above.st_dev && here.st_ino == above.st_ino;
        Ok(Self {
            total_bytes: space.f_blocks.saturating_mul(space.f_frsize),
            free_bytes: space.f_bfree.saturating_mul(space.f_frsize),
            available_bytes: space.f_bavail.saturating_mul(space.f_frsize),
            total_inodes: space.f_files,
            free_inodes: space.f_ffree,
            read_only: space.f_flag.contains(StatVfsMountFlags::RDONLY),
            #[expect(clippy::cast_sign_loss, reason = "a magic number, compared for equality only")]
            fs_type: kind.f_type as u64,
            fs_id: space.f_fsid,
            device: here.st_dev,
            is_mount_point: is_root_of_mount || is_slash || here.st_dev != above.st_dev,
            marker: marker::read(root)?,
        })
    }

    /// How full it is for those who are not root, in percent: `df` shows the same, rounded up.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "percent of a volume need no 53 bits")]
    pub fn percent_full(&self) -> f64 {
        let used = self.total_bytes.saturating_sub(self.free_bytes);
        let whole = used.saturating_add(self.available_bytes);
        if whole == 0 { 0.0 } else { used as f64 / whole as f64 * 100.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_mount_point_and_has_no_marker_until_it_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let before = Volume::look_at(dir.path()).unwrap();
        assert!(before.total_bytes >= before.free_bytes && before.free_bytes >= before.available_bytes);
        assert!((0.0..=100.0).contains(&before.percent_full()));
        assert!(!before.is_mount_point && before.marker.is_none());
        let uuid = create_marker(dir.path()).unwrap();
        assert_eq!(Volume::look_at(dir.path()).unwrap().marker, Some(uuid));
    }

    #[test]
    fn a_marker_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let first = create_marker(dir.path()).unwrap();
        let error = create_marker(dir.path()).unwrap_err();
        assert!(matches!(error, VolumeError::AlreadyMarked { uuid, .. } if uuid == first), "{error}");
    }

    #[test]
    fn a_marker_that_says_nothing_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(MARKER), "not a uuid\n").unwrap();
        assert!(matches!(Volume::look_at(dir.path()), Err(VolumeError::BadMarker { .. })));
        assert!(matches!(create_marker(dir.path()), Err(VolumeError::BadMarker { .. })));
    }

    #[test]
    fn mount_points_are_recognised() {
        for path in ["/", "/proc"] {
            assert!(Volume::look_at(Path::new(path)).unwrap().is_mount_point, "{path}");
        }
        assert!(matches!(Volume::look_at(Path::new("/no/such")), Err(VolumeError::Start(_))));
    }
}
