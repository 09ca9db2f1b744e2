//! Somebody who swaps entries for others while they are moved. What was there is put into a stash, never removed, and
//! nothing is ever renamed onto something: whatever content is missing in the end, the move has lost it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use runstow_storage::trash::TRASH;

use crate::ground::{Ground, write};
use crate::ways::JOB;

/// What is swapped for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swap {
    /// A folder of the run for a link to a folder outside that has files of the same names, sizes and times.
    FolderForLink,
    /// A file for a link to such a file outside.
    FileForLink,
    /// A file for another of the same size and time.
    FileForFile,
    /// A file for a folder that holds a file.
    FileForFolder,
    /// A link for a link to elsewhere.
    LinkForLink,
    /// The folder of a copy at the target for a link to outside, before or after it has its place.
    CopiesForLink,
    /// The folder of a copy that a restore has made and that has not its place yet.
    RestoredForLink,
    /// A folder in the trash for a link to outside.
    TrashForLink,
    /// A file in the trash for another of the same size and time.
    TrashedForFile,
}

impl Swap {
    /// Those that an archive meets.
    pub(crate) const ALL: [Self; 6] = [
        Self::FolderForLink,
        Self::FileForLink,
        Self::FileForFile,
        Self::FileForFolder,
        Self::LinkForLink,
        Self::CopiesForLink,
    ];
}

/// The folders of one race.
pub(crate) struct Racer {
    results: PathBuf,
    run: PathBuf,
    target: PathBuf,
    outside: PathBuf,
    stash: PathBuf,
}

/// The content of the file outside that is named like one of the run: as long, and as old.
pub(crate) const OUTSIDE: &[u8] = b"other";

impl Racer {
    /// Makes what lies outside, for a ground that is filled.
    pub(crate) fn new(ground: &Ground) -> Self {
        let racer = Self::at(ground.path());
        write(&racer.outside.join("acq_0001.dat"), OUTSIDE);
        write(&racer.outside.join("elsewhere"), b"a link may lead here");
        std::fs::create_dir_all(&racer.stash).unwrap();
        racer
    }

    /// The same, in a ground that was made before.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            results: root.join("results"),
            run: root.join("results/R_1"),
            target: root.join("target"),
            outside: root.join("outside"),
            stash: root.join("stash"),
        }
    }

    pub(crate) fn outside(&self) -> &Path {
        &self.outside
    }

    /// Where it swaps.
    fn place(&self, swap: Swap) -> PathBuf {
        match swap {
            Swap::FolderForLink => self.run.join("X0_Y0"),
            Swap::FileForLink | Swap::FileForFile | Swap::FileForFolder => {
                self.run.join("X0_Y0/acq_0001.dat")
            }
            Swap::LinkForLink => self.run.join("short.dat"),
            Swap::RestoredForLink => self.results.join(".runstow-incoming/restore-1-run/staged-1/X0_Y0"),
            Swap::TrashForLink => self.trashed().join("X0_Y0"),
            Swap::TrashedForFile => self.trashed().join("X0_Y0/acq_0001.dat"),
            Swap::CopiesForLink => {
                let staged = self.target.join(".runstow-incoming/job-1/staged-1/X0_Y0");
                if staged.exists() { staged } else { self.target.join("R_1/X0_Y0") }
            }
        }
    }

    /// The run's folder in the trash.
    fn trashed(&self) -> PathBuf {
        let trash = self.results.join(TRASH).join(JOB);
        let mut folders = ["files-0", "files-1"].map(|base| trash.join(base)).into_iter();
        folders.find(|folder| folder.join("X0_Y0").exists()).unwrap_or(trash)
    }

    /// Does it, if what it swaps is there. `number` makes contents of their own. Returns where.
    pub(crate) fn swap(&self, swap: Swap, number: u64) -> Option<PathBuf> {
        let place = self.place(swap);
        if !moved(&place, &self.stash.join("taken")) {
            return None;
        }
        let made = self.stash.join("made");
        match swap {
            Swap::FolderForLink | Swap::CopiesForLink | Swap::RestoredForLink | Swap::TrashForLink => {
                symlink(&self.outside, &made).unwrap()
            }
            Swap::FileForLink => symlink(self.outside.join("acq_0001.dat"), &made).unwrap(),
            Swap::LinkForLink => symlink(self.outside.join("elsewhere"), &made).unwrap(),
            Swap::FileForFile | Swap::TrashedForFile => write(&made, &self.content(number)),
            Swap::FileForFolder => write(&made.join("inside"), &self.content(number)),
        }
        moved(&made, &place);
        Some(place)
    }

    /// Puts back what was there.
    pub(crate) fn back(&self, place: &Path, number: u64) {
        // What the move has put there meanwhile, or the swapped thing: kept too.
        let kept = self.stash.join(format!("kept-{number}"));
        moved(place, &kept);
        moved(&self.stash.join("made"), &self.stash.join(format!("left-{number}")));
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        moved(&self.stash.join("taken"), place);
        // Somebody was quicker: then it stays in the stash.
        moved(&self.stash.join("taken"), &self.stash.join(format!("taken-{number}")));
    }

    /// A content that no other swap has, as long as the one of the run.
    #[allow(clippy::unused_self, reason = "reads better")]
    pub(crate) fn content(&self, number: u64) -> Vec<u8> {
        format!("{number:05}").into_bytes()
    }
}

/// Renames, never onto something.
fn moved(from: &Path, to: &Path) -> bool {
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).is_ok()
}
