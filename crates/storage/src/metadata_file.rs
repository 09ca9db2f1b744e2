//! Reads small metadata files of runs and reports, such as `explog.txt`, safely: whoever writes below a storage root may
//! have put a link, a FIFO or something huge there.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;

use crate::handle;
use crate::walk::StartError;

/// Size in bytes up to which metadata files are read when nothing else is said: 4 MB.
pub const DEFAULT_CAP: u64 = 4 << 20;

/// A folder whose metadata files are read. All reads go to the same folder, even when it is renamed meanwhile.
pub struct MetadataFolder {
    fd: OwnedFd,
    path: PathBuf,
}

/// Content of a metadata file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFile {
    /// All of it.
    pub bytes: Vec<u8>,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// Why a metadata file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// It is larger than anything of this kind should be.
    #[error("{path:?} has {size} bytes, more than the {cap} that are read; look at what wrote it")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        cap: u64,
    },
    /// A link, folder, FIFO, socket or device.
    #[error("{path:?} is not a regular file; replace it by one")]
    NotAFile {
        /// The entry.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{path:?} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl MetadataFolder {
    /// Opens the folder, which may be a link.
    ///
    /// # Errors
    /// [`StartError`] when it is not there or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let fd = handle::open_start(path).map_err(|errno| StartError::new(path, errno))?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Whether the folder has an entry of that name, of whatever kind.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.fd, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Reads the file of that name, which must lie in the folder itself. `None` when there is none.
    ///
    /// # Errors
    /// [`MetadataError`] when it is larger than `cap` bytes, no regular file, or cannot be read.
    pub fn read(&self, name: &str, cap: u64) -> Result<Option<MetadataFile>, MetadataError> {
        let path = self.path.join(name);
        // A FIFO would otherwise make us wait for its other end.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            // A link gives LOOP, a socket NXIO.
            Err(Errno::LOOP | Errno::NXIO) => return Err(MetadataError::NotAFile { path }),
            Err(errno) => return Err(MetadataError::Read { path, source: errno.into() }),
        };
        let stat =
            fstat(&fd).map_err(|errno| MetadataError::Read { path: path.clone(), source: errno.into() })?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(MetadataError::NotAFile { path });
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size > cap {
            return Err(MetadataError::TooLarge { path, size, cap });
        }
        let mut bytes = Vec::new();
        // It may be growing: one byte more than the cap tells.
        let read = File::from(fd).take(cap.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| MetadataError::Read { path: path.clone(), source })?;
        if bytes.len() as u64 > cap {
            return Err(MetadataError::TooLarge { path, size: bytes.len() as u64, cap });
        }
        Ok(Some(MetadataFile { bytes, modified: handle::modified(&stat) }))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> (tempfile::TempDir, MetadataFolder) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("explog.txt"), "ExperimentName: x").unwrap();
        let folder = MetadataFolder::open(dir.path()).unwrap();
        (dir, folder)
    }

    #[test]
    fn a_file_is_read_with_its_time() {
        let (_dir, folder) = folder();
        let file = folder.read("explog.txt", DEFAULT_CAP).unwrap().unwrap();
        assert_eq!(file.bytes, b"ExperimentName: x");
        assert!(Timestamp::now().duration_since(file.modified).as_secs() < 100);
        assert!(folder.read("explog.json", DEFAULT_CAP).unwrap().is_none());
    }

    #[test]
    fn a_large_file_is_refused_with_both_sizes() {
        let (_dir, folder) = folder();
        assert!(folder.read("explog.txt", 17).unwrap().is_some());
        let text = folder.read("explog.txt", 16).unwrap_err().to_string();
        assert!(text.contains("17 bytes") && text.contains("16"), "{text}");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let (dir, folder) = folder();
        symlink("explog.txt", dir.path().join("link")).unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("pipe"), FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        for name in ["link", "folder", "pipe", "socket"] {
            let error = folder.read(name, DEFAULT_CAP).unwrap_err();
            assert!(matches!(error, MetadataError::NotAFile { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_says_so() {
        assert!(matches!(MetadataFolder::open(Path::new("/no/such")), Err(StartError::Missing { .. })));
    }
}
