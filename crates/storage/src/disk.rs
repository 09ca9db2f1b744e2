//! Every call of a move that reads or changes a disk: handle-relative, repeated when interrupted, and a step that tests
//! can break ([`crate::fault`]).
//!
//! No call here follows a link, replaces an entry or leaves the folder whose handle it is given. Removing is not here:
//! see [`crate::remove`].

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, FallocateFlags, Gid, Mode, OFlags, RawMode, RenameFlags, Stat, Statx, StatxFlags, Timespec,
    Timestamps, Uid, XattrFlags, fallocate, fchmod, fchown, fsetxattr, fstat, fstatfs, fsync, futimens,
    linkat, mkdirat, openat, renameat_with, statat, statx, symlinkat, syncfs, utimensat,
};
use rustix::io::{Errno, Result};

use crate::fault::{self, Fault, Step};

/// Takes a step; again when it was interrupted.
pub(crate) fn step<T>(step: Step, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        let number = match fault::before(step) {
            Ok((_, number)) => number,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno),
        };
        match call() {
            Err(Errno::INTR) => {}
            outcome => {
                fault::after(step, number);
                return outcome;
            }
        }
    }
}

/// Opens an entry of a folder, never through a link.
pub(crate) fn open(folder: impl AsFd, name: &CStr, flags: OFlags) -> Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    step(Step::Open, || openat(&folder, name, flags, Mode::empty()))
}

/// Reads some bytes; 0 at the end.
pub(crate) fn read(file: impl AsFd, buffer: &mut [u8]) -> Result<usize> {
    step(Step::Read, || rustix::io::read(&file, &mut *buffer))
}

/// Reads some bytes from a place; 0 at the end.
pub(crate) fn read_at(file: impl AsFd, buffer: &mut [u8], at: u64) -> Result<usize> {
    step(Step::Read, || rustix::io::pread(&file, &mut *buffer, at))
}

/// Fills a buffer from a place; false when the file ends before.
pub(crate) fn fill_at(file: impl AsFd, buffer: &mut [u8], at: u64) -> Result<bool> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_at(&file, &mut buffer[filled..], at + filled as u64)? {
            0 => return Ok(false),
            read => filled += read,
        }
    }
    Ok(true)
}

/// A new, empty file that only we may read so far.
pub(crate) fn create_file(folder: impl AsFd, name: &CStr) -> Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    step(Step::CreateFile, || openat(&folder, name, flags, Mode::RUSR | Mode::WUSR))
}

/// A file of ours in the journal, made if missing.
pub(crate) fn open_journal_file(folder: impl AsFd, name: &CStr) -> Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    step(Step::CreateFile, || openat(&folder, name, flags, Mode::RUSR | Mode::WUSR))
}

/// Writes all bytes at a place of a file that we made.
pub(crate) fn write_at(file: impl AsFd, bytes: &[u8], at: u64) -> Result<()> {
    write_all(Step::Write, file, bytes, at)
}

/// The same around the page cache.
pub(crate) fn write_direct(file: impl AsFd, bytes: &[u8], at: u64) -> Result<()> {
    write_all(Step::WriteDirect, file, bytes, at)
}

fn write_all(step: Step, file: impl AsFd, bytes: &[u8], mut at: u64) -> Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (fault, number) = match fault::before(step) {
            Ok(known) => known,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno),
        };
        let written = match fault {
            Fault::Short => rustix::io::pwrite(&file, &rest[..rest.len().div_ceil(2)], at),
            Fault::Flip => {
                // As the memory of the rest is: a multiple of a page, where that is asked for.
                let mut other = vec![0; rest.len() + 4096];
                let start = other.as_ptr().align_offset(4096).min(4096);
                let other = &mut other[start..start + rest.len()];
                other.copy_from_slice(rest);
                other[rest.len() / 2] ^= 0x10;
                rustix::io::pwrite(&file, &*other, at)
            }
            _ => rustix::io::pwrite(&file, rest, at),
        };
        fault::after(Step::Write, number);
        match written {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => {
                rest = &rest[written..];
                at += written as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Has room for that many bytes kept for a file that we made. Only a full disk or one that does not answer is an error; what
/// can not be reserved can be written all the same. A full disk gets back what was reserved.
pub(crate) fn reserve(file: impl AsFd, length: u64) -> Result<()> {
    match step(Step::Reserve, || fallocate(&file, FallocateFlags::empty(), 0, length)) {
        Err(full @ (Errno::NOSPC | Errno::DQUOT)) => {
            let _ = set_length(&file, 0);
            Err(full)
        }
        Err(errno @ (Errno::IO | Errno::ROFS | Errno::STALE)) => Err(errno),
        _ => Ok(()),
    }
}

/// Does writing around the page cache pay here? On file systems of a disk. Network mounts would have each piece made durable by
/// itself, and others do it in name only.
pub(crate) fn gains_by_direct_writes(folder: impl AsFd) -> bool {
    on_disk(folder).is_some()
}

/// What the system says of reads of this file around the page cache: are there any? None: it does not say.
pub(crate) fn reads_directly(file: impl AsFd) -> Option<bool> {
    let asked = StatxFlags::DIOALIGN;
    let told = statx(&file, "", AtFlags::EMPTY_PATH, asked).ok()?;
    let says = StatxFlags::from_bits_retain(told.stx_mask).contains(asked);
    says.then_some(told.stx_dio_offset_align > 0)
}

/// A file system of a disk whose reads around the page cache are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDisk {
    Ext4,
    Xfs,
}

/// Which of them a file lies on.
pub(crate) fn on_disk(file: impl AsFd) -> Option<OnDisk> {
    const EXT4: i128 = 0xEF53;
    const XFS: i128 = 0x5846_5342;
    // The width of the magic number is another on other machines.
    match i128::from(fstatfs(&file).ok()?.f_type) {
        EXT4 => Some(OnDisk::Ext4),
        XFS => Some(OnDisk::Xfs),
        _ => None,
    }
}

/// The least room of a disk that is not full.
const ROOM: u64 = 1 << 20;

/// Has the file system of a file room for more than an attribute needs?
pub(crate) fn has_room(file: impl AsFd) -> bool {
    rustix::fs::fstatvfs(&file).is_ok_and(|room| room.f_bavail.saturating_mul(room.f_frsize) >= ROOM)
}

/// Makes a file that we made this long; what was not written reads as zeros.
pub(crate) fn set_length(file: impl AsFd, length: u64) -> Result<()> {
    step(Step::Write, || rustix::fs::ftruncate(&file, length))
}

/// A folder; fine when it is there already.
pub(crate) fn make_folder(folder: impl AsFd, name: &CStr, mode: RawMode) -> Result<()> {
    match step(Step::MakeFolder, || mkdirat(&folder, name, Mode::from_raw_mode(mode & 0o7777))) {
        Err(Errno::EXIST) => {
            if is_folder(&folder, name)? {
                Ok(())
            } else {
                Err(Errno::NOTDIR)
            }
        }
        other => other,
    }
}

/// A new symbolic link.
pub(crate) fn symlink(text: &[u8], folder: impl AsFd, name: &CStr) -> Result<()> {
    step(Step::Symlink, || symlinkat(text, &folder, name))
}

/// A further name for a file.
pub(crate) fn hard_link(from: impl AsFd, old: &CStr, to: impl AsFd, new: &CStr) -> Result<()> {
    step(Step::HardLink, || linkat(&from, old, &to, new, AtFlags::empty()))
}

/// Moves an entry to a name that is free, where the file system can see to that. Never replaces anything: then it is `EEXIST`.
pub(crate) fn rename_where_free(from: impl AsFd, old: &CStr, to: impl AsFd, new: &CStr) -> Result<()> {
    step(Step::RenameWhereFree, || renameat_with(&from, old, &to, new, RenameFlags::NOREPLACE))
}

/// Moves an entry of a folder of ours to a name that is free. Never replaces anything: then it is `EEXIST`. What lies where others
/// write is taken by [`crate::remove::take`].
pub(crate) fn rename_new(from: impl AsFd, old: &CStr, to: impl AsFd, new: &CStr) -> Result<()> {
    match rename_where_free(&from, old, &to, new) {
        // Many network mounts can not do both at once. A second name that must be new, then the first goes.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            match step(Step::HardLink, || linkat(&from, old, &to, new, AtFlags::empty())) {
                // Some, such as sshfs, give each name a number of its own: then nobody can tell that both are one.
                Ok(()) => {}
                // An earlier attempt may have been killed in between.
                Err(Errno::EXIST) if are_one(&from, old, &to, new)? => {}
                Err(Errno::EXIST) => return Err(Errno::EXIST),
                // A folder has no second name: it takes the place of one that was made for it.
                Err(Errno::PERM) if is_folder(&from, old)? => {
                    step(Step::MakeFolder, || mkdirat(&to, new, Mode::RWXU))?;
                    return replace_record(from, old, to, new);
                }
                // Nor has a file, on exFAT by way of FUSE: what is there is looked at right before.
                Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS) => {
                    return match stat(&to, new) {
                        Err(Errno::NOENT) => replace_record(from, old, to, new),
                        Ok(_) => Err(Errno::EXIST),
                        Err(errno) => Err(errno),
                    };
                }
                Err(errno) => return Err(errno),
            }
            step(Step::Unlink, || rustix::fs::unlinkat(&from, old, AtFlags::empty()))
        }
        other => other,
    }
}

/// Is it a folder, and no link to one?
pub(crate) fn is_folder(folder: impl AsFd, name: &CStr) -> Result<bool> {
    let stat = stat(folder, name)?;
    Ok(rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Directory)
}

/// Are these two names of one file?
pub(crate) fn are_one(from: impl AsFd, old: &CStr, to: impl AsFd, new: &CStr) -> Result<bool> {
    let (here, there) = (stat(from, old)?, stat(to, new)?);
    Ok((here.st_dev, here.st_ino) == (there.st_dev, there.st_ino))
}

/// Moves an entry to a name of ours, whatever has that name: a record in the place of its older version.
pub(crate) fn replace_record(from: impl AsFd, old: &CStr, to: impl AsFd, new: &CStr) -> Result<()> {
    step(Step::Rename, || rustix::fs::renameat(&from, old, &to, new))
}

/// What an entry itself is, not what it points to.
pub(crate) fn stat(folder: impl AsFd, name: &CStr) -> Result<Stat> {
    step(Step::Open, || statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW))
}

/// What an entry itself is just now, by opening it: whoever keeps it is asked, whatever the system remembers.
pub(crate) fn stat_now(folder: BorrowedFd<'_>, name: &CStr) -> Result<Statx> {
    let asked = AtFlags::STATX_FORCE_SYNC;
    step(Step::Open, || {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(folder, name, flags, Mode::empty()) {
            Ok(open) => statx(&open, "", asked | AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS),
            // A link can not be opened, and others may not be read by us.
            Err(Errno::LOOP | Errno::ACCESS | Errno::PERM) => {
                statx(folder, name, asked | AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)
            }
            Err(errno) => Err(errno),
        }
    })
}

/// What an open file is.
pub(crate) fn stat_open(file: impl AsFd) -> Result<Stat> {
    step(Step::Open, || fstat(&file))
}

/// Owner and group.
pub(crate) fn set_owner(file: BorrowedFd<'_>, uid: u32, gid: u32) -> Result<()> {
    step(Step::SetMetadata, || fchown(file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))))
}

/// Owner and group of a link itself.
pub(crate) fn set_link_owner(folder: impl AsFd, name: &CStr, uid: u32, gid: u32) -> Result<()> {
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    step(Step::SetMetadata, || rustix::fs::chownat(&folder, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW))
}

/// Permissions.
pub(crate) fn set_mode(file: BorrowedFd<'_>, mode: RawMode) -> Result<()> {
    step(Step::SetMetadata, || fchmod(file, Mode::from_raw_mode(mode & 0o7777)))
}

/// Time of the last change of content; the time of the last reading becomes the same.
pub(crate) fn set_time(file: BorrowedFd<'_>, modified: Timespec) -> Result<()> {
    let times = Timestamps { last_access: modified, last_modification: modified };
    step(Step::SetMetadata, || futimens(file, &times))
}

/// The same for a link itself.
pub(crate) fn set_link_time(folder: impl AsFd, name: &CStr, modified: Timespec) -> Result<()> {
    let times = Timestamps { last_access: modified, last_modification: modified };
    step(Step::SetMetadata, || utimensat(&folder, name, &times, AtFlags::SYMLINK_NOFOLLOW))
}

/// An extended attribute.
pub(crate) fn set_attribute(file: BorrowedFd<'_>, name: &CStr, value: &[u8]) -> Result<()> {
    step(Step::SetMetadata, || fsetxattr(file, name, value, XattrFlags::empty()))
}

/// Makes a file's content, or a folder's list of names, durable.
pub(crate) fn sync(file: impl AsFd) -> Result<()> {
    step(Step::SyncFile, || fsync(&file))
}

/// Makes everything durable that was written to the file system of this handle.
pub(crate) fn sync_file_system(file: impl AsFd) -> Result<()> {
    step(Step::SyncFileSystem, || syncfs(&file))
}
