//! Is there room for what comes? Bytes, and as many new files (categories.md D25).

use std::path::{Path, PathBuf};

use runstow_storage::Volume;

/// What comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) bytes: u64,
    /// Files and links; folders are not known before.
    pub(super) files: u64,
}

impl Need {
    /// Both together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_add(other.bytes), files: self.files.saturating_add(other.files) }
    }
}

/// What a file system can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    at: PathBuf,
    bytes: u64,
    /// None where the file system sets no limit.
    files: Option<u64>,
}

impl Room {
    pub(super) fn of(at: &Path, volume: &Volume) -> Self {
        let files = (volume.total_inodes > 0).then_some(volume.free_inodes);
        Self { at: at.to_owned(), bytes: volume.available_bytes, files }
    }

    /// Why it does not fit, beside what was promised to others.
    pub(super) fn lacks(&self, need: Need, promised: Need) -> Option<String> {
        let besides = |promised: u64, what: &str| match promised {
            0 => String::new(),
            promised => format!(" beside the {promised} {what} of what was asked for before"),
        };
        let (at, all) = (&self.at, need.and(promised));
        if all.bytes > self.bytes {
            let besides = besides(promised.bytes, "bytes");
            return Some(format!(
                "{at:?} has room for {} bytes, {} are needed{besides}",
                self.bytes, need.bytes
            ));
        }
        let files = self.files.filter(|files| all.files > *files)?;
        let besides = besides(promised.files, "files");
        Some(format!("{at:?} can hold {files} more files, {} are needed{besides}", need.files))
    }
}

impl std::fmt::Display for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes are free", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_files_must_both_fit_beside_what_was_promised() {
        let room = Room { at: "/mnt/tape".into(), bytes: 100, files: Some(10) };
        let need = |bytes, files| Need { bytes, files };
        assert_eq!(room.lacks(need(60, 6), need(40, 4)), None);
        let text = room.lacks(need(60, 6), need(41, 4)).unwrap();
        assert!(text.contains("100 bytes, 60 are needed beside the 41 bytes"), "{text}");
        let text = room.lacks(need(60, 7), need(40, 4)).unwrap();
        assert!(text.contains("10 more files, 7 are needed beside the 4 files"), "{text}");
        assert_eq!(Room { files: None, ..room }.lacks(need(1, u64::MAX), need(0, 0)), None);
    }
}
