//! Takes an entry from where others may write into a folder of ours, and never puts it onto something.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::os::fd::BorrowedFd;

use rustix::io::{Errno, Result};

use super::own_copy;
use crate::disk;
use crate::tree::names;

/// What a name was called that had to be looked at before it went.
const TAKEN: &str = ".taken-";

/// A name in an open folder.
type At<'f> = (BorrowedFd<'f>, &'f CStr);

/// Where names are put that are to go: a folder of this job.
#[derive(Debug)]
pub(crate) struct Taking<'f> {
    folder: BorrowedFd<'f>,
    /// What an attempt that was killed has left there, by inode.
    left: HashMap<u64, CString>,
}

impl<'f> Taking<'f> {
    /// A folder that no earlier attempt has left anything in.
    pub(crate) fn new(folder: BorrowedFd<'f>) -> Self {
        Self { folder, left: HashMap::new() }
    }

    /// Looks what an earlier attempt has left in the folder.
    pub(crate) fn open(folder: BorrowedFd<'f>) -> Result<Self> {
        let mut taking = Self::new(folder);
        for name in taking.left_over()? {
            taking.left.insert(disk::stat(folder, &name)?.st_ino, name);
        }
        Ok(taking)
    }

    /// Moves an entry into a folder of ours, to a name that is free: otherwise it is `EEXIST`. What lies there then may be another
    /// than was meant, if somebody was quicker: look at it.
    pub(crate) fn take(&self, old: At<'_>, new: At<'_>) -> Result<()> {
        match disk::rename_where_free(old.0, old.1, new.0, new.1) {
            // Many network mounts can not see to it that a name is free.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                match disk::hard_link(old.0, old.1, new.0, new.1) {
                    Err(Errno::EXIST) if !are_one(old, new)? => Err(Errno::EXIST),
                    Ok(()) | Err(Errno::EXIST) => self.drop_name(old, new),
                    // No second names here, or none of files of others for who is not root. Nobody else gives names in our folder.
                    Err(refused @ (Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::MLINK)) => {
                        match disk::stat(new.0, new.1) {
                            Err(Errno::NOENT) if disk::is_folder(old.0, old.1)? => Err(refused),
                            Err(Errno::NOENT) => disk::replace_record(old.0, old.1, new.0, new.1),
                            Ok(_) => Err(Errno::EXIST),
                            Err(errno) => Err(errno),
                        }
                    }
                    Err(errno) => Err(errno),
                }
            }
            other => other,
        }
    }

    /// What was taken may still have its old name, or one of those here, when an earlier attempt was killed: it loses them.
    pub(crate) fn end(&self, old: Option<At<'_>>, new: At<'_>) -> Result<()> {
        let inode = disk::stat(new.0, new.1)?.st_ino;
        if let Some(name) = self.left.get(&inode) {
            match are_one((self.folder, name), new) {
                Ok(true) => own_copy(self.folder, name)?,
                Ok(false) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
        }
        match old.map(|old| (old, are_one(old, new))) {
            Some((old, Ok(true))) => self.drop_name(old, new),
            None | Some((_, Ok(false) | Err(Errno::NOENT))) => Ok(()),
            Some((_, Err(errno))) => Err(errno),
        }
    }

    /// What lies in the folder and could not be given back.
    pub(crate) fn left_over(&self) -> Result<Vec<CString>> {
        let mut names = names(self.folder)?;
        names.retain(|name| name.to_bytes().starts_with(TAKEN.as_bytes()));
        Ok(names)
    }

    /// Takes away a name that others may give to something else at any moment: it is moved to where nobody else writes, and looked
    /// at there. What somebody has put in its place goes back.
    fn drop_name(&self, old: At<'_>, new: At<'_>) -> Result<()> {
        let name = format!("{TAKEN}{}", uuid::Uuid::new_v4());
        let name = CString::new(name).map_err(|_| Errno::INVAL)?;
        match disk::replace_record(old.0, old.1, self.folder, &name) {
            Err(Errno::NOENT) => return Ok(()),
            other => other?,
        }
        if !are_one((self.folder, &name), new)? {
            // It stays here, and the folder with it, if something has its name again.
            return disk::rename_new(self.folder, &name, old.0, old.1);
        }
        own_copy(self.folder, &name)
    }
}

fn are_one(old: At<'_>, new: At<'_>) -> Result<bool> {
    disk::are_one(old.0, old.1, new.0, new.1)
}
