//! Where tests break things: every step that reads or changes a disk passes here (crate feature `fault-injection`).
//!
//! Tests do not list the steps by hand. They count them in a first run, then fail or kill the process before and after
//! each. Without the feature nothing of this is in the program.

use rustix::io::Errno;

/// A kind of call to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Opening a file or folder to read it.
    Open,
    /// Reading.
    Read,
    /// A new file.
    CreateFile,
    /// Writing into a file that we made.
    Write,
    /// Room on the disk for a file that we made.
    Reserve,
    /// Writing around the page cache.
    WriteDirect,
    /// Owner, mode, times or extended attributes.
    SetMetadata,
    /// A new folder.
    MakeFolder,
    /// A new name for a file that we made.
    HardLink,
    /// A new symbolic link.
    Symlink,
    /// Giving an entry its place, if nothing else has it.
    RenameWhereFree,
    /// Giving an entry a place whatever has it.
    Rename,
    /// Removing a name.
    Unlink,
    /// Removing an empty folder.
    RemoveFolder,
    /// Making a file or folder durable.
    SyncFile,
    /// Making a file system durable.
    SyncFileSystem,
}

impl Step {
    /// Does it change the disk?
    #[must_use]
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Open | Self::Read)
    }
}

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is wrong.
    None,
    /// It fails; before a step only.
    Fail(Errno),
    /// The process is killed, as by `kill -9`.
    Kill,
    /// A write takes fewer bytes than were given.
    Short,
    /// One bit of what is written is another.
    Flip,
}

#[cfg(feature = "fault-injection")]
pub use armed::{Event, clear, install};
#[cfg(feature = "fault-injection")]
pub(crate) use armed::{after, before};

/// Before a step: is there a fault? Also its number, for [`after`].
///
/// # Errors
/// The fault's.
#[cfg(not(feature = "fault-injection"))]
pub(crate) const fn before(_step: Step) -> Result<(Fault, u64), Errno> {
    Ok((Fault::None, 0))
}

/// After a step.
#[cfg(not(feature = "fault-injection"))]
pub(crate) const fn after(_step: Step, _number: u64) {}

#[cfg(feature = "fault-injection")]
mod armed {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, PoisonError, RwLock};

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, kill_process};

    use super::{Fault, Step};

    /// A step that is about to be taken, or was taken.
    #[derive(Clone, Copy, Debug)]
    pub struct Event {
        /// What it does.
        pub step: Step,
        /// Its number among the steps that change a disk, or among those that do not, from 1.
        pub number: u64,
        /// It was taken.
        pub after: bool,
    }

    type Hook = Arc<dyn Fn(&Event) -> Fault + Send + Sync>;

    static HOOK: RwLock<Option<Hook>> = RwLock::new(None);
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    static READS: AtomicU64 = AtomicU64::new(0);

    /// Asks this before and after each step, and counts from 1 again.
    pub fn install(hook: impl Fn(&Event) -> Fault + Send + Sync + 'static) {
        CHANGES.store(0, Ordering::SeqCst);
        READS.store(0, Ordering::SeqCst);
        *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(hook));
    }

    /// Nothing goes wrong any more.
    pub fn clear() {
        *HOOK.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn counter(step: Step) -> &'static AtomicU64 {
        if step.changes() { &CHANGES } else { &READS }
    }

    fn ask(step: Step, number: u64, after: bool) -> Fault {
        let hook = HOOK.read().unwrap_or_else(PoisonError::into_inner).clone();
        let fault = hook.map_or(Fault::None, |hook| hook(&Event { step, number, after }));
        if fault == Fault::Kill {
            let _ = kill_process(getpid(), Signal::KILL);
            std::process::abort();
        }
        fault
    }

    pub(crate) fn before(step: Step) -> Result<(Fault, u64), Errno> {
        let number = counter(step).fetch_add(1, Ordering::SeqCst) + 1;
        match ask(step, number, false) {
            Fault::Fail(errno) => Err(errno),
            other => Ok((other, number)),
        }
    }

    pub(crate) fn after(step: Step, number: u64) {
        ask(step, number, true);
    }
}
