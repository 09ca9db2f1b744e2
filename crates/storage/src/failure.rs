//! Why a move could not be carried out, and what mends it.

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::tree::as_path;
use crate::walk::StartError;

/// Which side of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the files are taken from.
    Source,
    /// Where they go; journals lie there too.
    Target,
}

/// Somebody or something wants the work to stop. What was done so far is kept and used when it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Another worker has taken the job over.
    #[error("another worker has taken this job over")]
    Displaced,
    /// A person asked for it.
    #[error("it was cancelled")]
    Cancelled,
    /// The program ends; the job goes on when it runs again.
    #[error("the program is being stopped; the job goes on when it runs again")]
    Ending,
}

/// What mends a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Trying again after a while: it may pass by itself.
    Retry,
    /// It goes on by itself as soon as a named thing is there again (the failure's text names it).
    Wait,
    /// The plan no longer holds; a new one must be made.
    PlanAgain,
    /// A person must decide.
    Decide,
    /// Nothing is wrong: somebody wanted it to stop.
    Stop(Stop),
}

/// Why a move could not be carried out. Nothing that has no proven copy was removed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The system refused a step.
    #[error("{doing} {path:?}: {}", describe(*side, *errno))]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which path.
        path: PathBuf,
        /// What the system said.
        errno: Errno,
        /// On which side.
        side: Side,
    },
    /// A start folder is not there.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Something could not be looked at, so the plan would not be whole.
    #[error(
        "{count} entries can not be read, the first: {first}; nothing was moved. Make them readable, or remove them"
    )]
    Unreadable {
        /// How many.
        count: usize,
        /// The first, with its reason.
        first: String,
    },
    /// The files are not those that the plan was made of.
    #[error("{what} since the plan was made; nothing was removed. Make a new plan")]
    PlanChanged {
        /// What has changed.
        what: String,
    },
    /// Files were written to while they were copied.
    #[error(
        "{count} files changed while they were copied, the first: {first:?}; they are in use. Nothing was removed"
    )]
    InUse {
        /// How many.
        count: usize,
        /// The first.
        first: PathBuf,
    },
    /// A process is writing below the start folders.
    #[error(
        "{count} files are open for writing, the first: {:?} by {} (process {}); nothing more is removed until they are closed",
        first.path, first.program, first.pid
    )]
    OpenFiles {
        /// How many.
        count: usize,
        /// The first.
        first: Box<crate::OpenFile>,
    },
    /// A copy was not what had been written.
    #[error(
        "the copy of {path:?} on the target is damaged: what was read back is not what was written. Nothing was removed; check the target's disk"
    )]
    Damaged {
        /// The copy's path.
        path: PathBuf,
    },
    /// There is something else where the copy belongs.
    #[error(
        "{path:?} exists and is another file; nothing is ever overwritten. Move it away, or choose another destination"
    )]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// The destination shows the source itself, by another path.
    #[error(
        "{path:?} and its copy are one file: the destination shows the source itself by another path, such as a bind mount or a \
         share of the same disk. It was not removed. Cancel, and choose another destination"
    )]
    OnePlace {
        /// The source.
        path: PathBuf,
    },
    /// Files can not be brought back into an archive.
    #[error(
        "{path:?} is, holds, or lies in, a folder of an archive, so nothing can be restored there; name another place"
    )]
    ArchiveItself {
        /// Where files were to go.
        path: PathBuf,
    },
    /// Copies are not there any more, though they were proven, and their sources are.
    #[error(
        "{count} copies are missing or damaged by now, the first: {first:?}; their sources are still there and are copied again. \
         Check the target's disk"
    )]
    CopyGone {
        /// How many.
        count: usize,
        /// The first: where it should be.
        first: PathBuf,
    },
    /// The target is not the volume that it should be.
    #[error("{path:?} is not the volume it should be ({what}); mount the right one")]
    WrongVolume {
        /// Its root.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An archive's record, list or a journal can not be used.
    #[error("{path:?} can not be used: {why}")]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Files of an archive are not what its list says.
    #[error(
        "{count} files of the archive are missing or damaged, the first: {first}; nothing was put in its place. `runstow verify \
         --dir` with the folder of that archive lists them; try again when they are whole"
    )]
    ArchiveDamaged {
        /// How many.
        count: usize,
        /// The first, with what is wrong.
        first: String,
    },
    /// A part of a journal is damaged. What it said is found out anew.
    #[error("the journal {path:?} is damaged ({why}); the work is done again from where that is certain")]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What must be noted before files are removed could not be noted.
    #[error("the catalog could not record the copies ({0}); nothing was removed")]
    NotRecorded(String),
    /// All is copied, and whoever records that refuses that sources go.
    #[error("{text}")]
    Refused {
        /// One word, for programs.
        kind: String,
        /// Why, and what to do.
        text: String,
        /// It may not become right later.
        for_good: bool,
    },
    /// See [`Stop`].
    #[error(transparent)]
    Stopped(#[from] Stop),
}

fn describe(side: Side, errno: Errno) -> String {
    let (place, verb) = match side {
        Side::Source => ("source", "read"),
        Side::Target => ("target", "written"),
    };
    match errno {
        Errno::NOENT if side == Side::Target => {
            format!("its folder is gone, or the target can not hold such a name ({errno})")
        }
        Errno::NOSPC | Errno::DQUOT => format!("the {place} is full"),
        Errno::ROFS => format!("the {place} is mounted read-only"),
        Errno::STALE | Errno::NOTCONN | Errno::NODEV | Errno::NXIO => {
            format!("the {place} is not reachable ({errno})")
        }
        Errno::ACCESS => format!("not permitted ({errno})"),
        Errno::PERM => {
            format!(
                "not permitted ({errno}; as root, look for the immutable flag: lsattr shows it, chattr -i clears it)"
            )
        }
        Errno::NOTUNIQ => format!(
            "the {place} has one name for two entries of the folder: it does not tell upper from lower case, or writes some letters in \
             one way only. Choose another destination, or rename one of them and ask again"
        ),
        Errno::MEDIUMTYPE => {
            format!("the {place} can not hold symbolic links, as exFAT can not. Choose another destination")
        }
        // Also what a file system that can not hold a ':' calls invalid.
        Errno::ILSEQ => format!("the {place} can not hold such a name or size"),
        Errno::INVAL | Errno::NAMETOOLONG | Errno::FBIG => {
            format!("the {place} can not hold such a name or size ({errno})")
        }
        Errno::IO => format!("the {place} can not be {verb} (input/output error); check its disk"),
        other => other.to_string(),
    }
}

impl Failure {
    /// What mends it.
    #[must_use]
    pub const fn cure(&self) -> Cure {
        match self {
            // The file system will never hold it.
            Self::Io {
                side: Side::Target,
                errno: Errno::NAMETOOLONG | Errno::FBIG | Errno::ILSEQ | Errno::NOTUNIQ | Errno::MEDIUMTYPE,
                ..
            } => Cure::Decide,
            Self::Io { errno, .. } => match *errno {
                Errno::NOSPC
                | Errno::DQUOT
                | Errno::ROFS
                | Errno::STALE
                | Errno::NOTCONN
                | Errno::NODEV
                | Errno::NXIO
                | Errno::NOENT
                | Errno::ACCESS
                | Errno::PERM => Cure::Wait,
                _ => Cure::Retry,
            },
            Self::Refused { for_good: false, .. }
            | Self::Start(_)
            | Self::WrongVolume { .. }
            | Self::Unreadable { .. }
            | Self::InUse { .. }
            | Self::OpenFiles { .. } => Cure::Wait,
            Self::NotRecorded(_) | Self::Damaged { .. } | Self::CopyGone { .. } | Self::Journal { .. } => {
                Cure::Retry
            }
            Self::PlanChanged { .. } | Self::Refused { .. } => Cure::PlanAgain,
            Self::Occupied { .. }
            | Self::OnePlace { .. }
            | Self::ArchiveItself { .. }
            | Self::BadRecord { .. }
            | Self::ArchiveDamaged { .. } => Cure::Decide,
            Self::Stopped(stop) => Cure::Stop(*stop),
        }
    }

    /// Is anybody writing below these folders?
    pub(crate) fn if_open<'p>(folders: impl Iterator<Item = &'p Path>) -> Result<(), Self> {
        let mut open = crate::open_for_writing(&folders.collect::<Vec<_>>());
        match open.len() {
            0 => Ok(()),
            count => Err(Self::OpenFiles { count, first: Box::new(open.swap_remove(0)) }),
        }
    }

    /// What is there is not what was agreed to.
    pub(crate) fn changed_plan(now: crate::plan::Totals) -> Self {
        Self::PlanChanged {
            what: format!(
                "files were added, removed or changed (now {} files, {} bytes)",
                now.files, now.bytes
            ),
        }
    }

    /// Wraps what the system said about a path on one side.
    pub(crate) fn io(
        side: Side,
        doing: &'static str,
        root: &Path,
        below: &[u8],
    ) -> impl FnOnce(Errno) -> Self + use<> {
        let path = if below.is_empty() { root.to_owned() } else { root.join(as_path(below)) };
        move |errno| Self::Io { doing, path, errno, side }
    }
}
