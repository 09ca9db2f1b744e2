//! Does a file system mean it, when it takes a read around the page cache? Some take the flag and answer from memory, such as ext4 where
//! data goes through the journal.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{IFlags, Stat, ioctl_getflags, major, minor};

use crate::disk::{self, OnDisk};

/// Are reads of this file around the page cache surely answered by the medium? What is not known is not claimed.
pub(super) fn is_read_by(file: &OwnedFd, stat: &Stat) -> bool {
    // The system says so since Linux 6.1. Before, only what is known of two file systems counts.
    disk::reads_directly(file).unwrap_or_else(|| match disk::on_disk(file) {
        Some(OnDisk::Xfs) => true,
        Some(OnDisk::Ext4) => !is_journaled(file) && options(stat).is_some_and(|all| is_ordered(&all)),
        None => false,
    })
}

/// This file's data goes through the journal, or may.
fn is_journaled(file: &OwnedFd) -> bool {
    !ioctl_getflags(file).is_ok_and(|flags| !flags.contains(IFlags::JOURNALING))
}

/// The options of an ext4 file system, also those that `/proc/mounts` leaves out as they stand on the disk.
fn options(stat: &Stat) -> Option<String> {
    let device = format!("/sys/dev/block/{}:{}", major(stat.st_dev), minor(stat.st_dev));
    let device: PathBuf = Path::new(&device).read_link().ok()?;
    std::fs::read_to_string(Path::new("/proc/fs/ext4").join(device.file_name()?).join("options")).ok()
}

fn is_ordered(options: &str) -> bool {
    options.lines().any(|option| matches!(option.trim(), "data=ordered" | "data=writeback"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_options_that_are_read_say_that_data_goes_past_the_journal() {
        assert!(is_ordered("rw\nbsddf\ndata=ordered\nbarrier\n"));
        assert!(is_ordered("data=writeback"));
        assert!(!is_ordered("rw\ndata=journal\n"));
        assert!(!is_ordered(""));
    }

    #[test]
    fn what_is_known_without_the_systems_word_claims_no_more_than_that() {
        let file: OwnedFd = tempfile::tempfile().unwrap().into();
        let stat = rustix::fs::fstat(&file).unwrap();
        let (Some(told), Some(OnDisk::Ext4)) = (disk::reads_directly(&file), disk::on_disk(&file)) else {
            return;
        };
        let known = !is_journaled(&file) && options(&stat).is_some_and(|all| is_ordered(&all));
        assert!(told || !known);
    }
}
