//! The two sides of a delete: the start folders, and what lies in the trash of each.

use std::path::{Path, PathBuf};

use runstow_lifecycle::manifest::Origin;
use rustix::io::Errno;

use super::{Place, TRASH, check_all, is_surely_gone, proven};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Head, Journal, PlanReader, join};
use crate::plan::{Planned, is_a_records_name};
use crate::target::OpenTarget;
use crate::tree::{Parents, Tree};

/// A delete that is planned.
pub(super) struct Bin<'r> {
    pub(super) job: &'r str,
    pub(super) roots: Vec<OpenTarget<'r>>,
    pub(super) journal: Journal,
    pub(super) head: Head,
}

/// One start folder and its part of the trash. A start folder that is not there has none.
pub(super) struct Sides {
    pub(super) start: Option<Tree>,
    pub(super) trash: Option<Tree>,
}

impl Sides {
    /// To find entries of both.
    pub(super) fn parents(&self) -> (Option<Parents<'_>>, Option<Parents<'_>>) {
        (self.start.as_ref().map(Parents::new), self.trash.as_ref().map(Parents::new))
    }
}

impl<'r> Bin<'r> {
    pub(super) fn reader(&self) -> Result<PlanReader<'_>, Failure> {
        match PlanReader::open(&self.journal)? {
            Some((reader, _)) => Ok(reader),
            None => Err(Failure::Journal {
                path: self.journal.path().join("plan"),
                why: "it is no longer whole".into(),
            }),
        }
    }

    /// Begins a delete, or goes on with it: true when its plan was there already.
    pub(super) fn begin(
        place: &Place<'r>,
        fence: u64,
        plan: impl FnOnce(&[OpenTarget<'r>], &Journal) -> Result<Head, Failure>,
    ) -> Result<(Self, bool), Failure> {
        let roots = proven(place.roots)?;
        let tree = Tree::open(place.home).map_err(|errno| crate::walk::StartError::new(place.home, errno))?;
        check_all(&roots)?;
        let journal = Journal::open(&tree, TRASH, place.job, fence)?;
        let (head, again) = match PlanReader::open(&journal)? {
            Some((_, head)) => (head, true),
            None => (plan(&roots, &journal)?, false),
        };
        let own = head.bases.iter().filter(|base| base.origin != Origin::Linked);
        Failure::if_open(own.map(|base| base.path.as_path()))?;
        Ok((Self { job: place.job, roots, journal, head }, again))
    }

    /// Opens the delete that was planned; none when there is no whole plan.
    pub(super) fn open(
        place: &Place<'r>,
        roots: Vec<OpenTarget<'r>>,
        journal: Journal,
    ) -> Result<Option<Self>, Failure> {
        let Some((_, mut head)) = PlanReader::open(&journal)? else { return Ok(None) };
        for (number, base) in head.bases.iter_mut().enumerate() {
            let now = place.now.iter().find(|(origin, _)| *origin == base.origin);
            // Without a folder of its own for the trash, the trash is where the start folder was.
            if let (Some((_, now)), Some(_)) = (now, head.trash.get(number)) {
                base.path = (*now).to_owned();
            }
        }
        Ok(Some(Self { job: place.job, roots, journal, head }))
    }

    /// Start folders and their trash. `make`: trash that is not there yet.
    pub(super) fn sides(&self, make: bool) -> Result<Vec<Sides>, Failure> {
        let mut opened = Vec::new();
        for (base, known) in self.head.bases.iter().enumerate() {
            opened.push(match known.origin {
                // Nothing of another report goes.
                Origin::Linked => (None, None),
                Origin::Report | Origin::Run => (self.folder(&known.path)?, self.folder(self.root(base))?),
            });
        }
        self.check()?;
        let mut sides = Vec::new();
        for (base, (start, root)) in opened.into_iter().enumerate() {
            let trash = match &root {
                Some(root) => self.trash(base, root, make)?,
                None => None,
            };
            sides.push(Sides { start, trash });
        }
        Ok(sides)
    }

    /// Opens a folder; none when it is surely gone.
    fn folder(&self, path: &Path) -> Result<Option<Tree>, Failure> {
        match Tree::open(path) {
            Ok(tree) => Ok(Some(tree)),
            Err(Errno::NOENT) if is_surely_gone(path, &self.roots) => Ok(None),
            Err(errno) => Err(crate::walk::StartError::new(path, errno).into()),
        }
    }

    /// The trash of a start folder, below the root that it is in.
    fn trash(&self, base: usize, root: &Tree, make: bool) -> Result<Option<Tree>, Failure> {
        let failed =
            |errno| Failure::io(Side::Source, "open the trash in", root.path(), TRASH.as_bytes())(errno);
        let files = files(self.job, base);
        if make {
            drop(root.make(files.as_bytes(), 0o700).map_err(failed)?);
        }
        match root.within(files.as_bytes()) {
            Ok(tree) => Ok(Some(tree)),
            // An empty mount point has no folder of this delete; the right disk has one until the very end.
            Err(Errno::NOENT) if self.has_folder(root) || is_surely_gone(root.path(), &self.roots) => {
                Ok(None)
            }
            Err(errno) => Err(crate::walk::StartError::new(&root.path().join(files), errno).into()),
        }
    }

    /// Is it the list of a deleted archive, or its checksums? They go with the files, and are none of them.
    pub(super) fn is_list(&self, planned: &Planned) -> bool {
        self.head.record.is_some() && is_a_records_name(&planned.path.0)
    }

    /// Makes a folder of an archive in the trash, so that it is whole there too.
    pub(super) fn make_in_trash(&self, sides: &[Sides], planned: &Planned) -> Result<(), Failure> {
        let Some(trash) = sides.get(planned.base).and_then(|sides| sides.trash.as_ref()) else {
            return Ok(());
        };
        let failed = Failure::io(Side::Source, "make in the trash", trash.path(), &planned.path.0);
        trash.make(&planned.path.0, 0o700).map(drop).map_err(failed)
    }

    /// Does the folder of this delete lie in the trash of a root?
    fn has_folder(&self, root: &Tree) -> bool {
        root.folder(format!("{TRASH}/{}", self.job).as_bytes()).is_ok()
    }

    /// The folder whose trash the files of a start folder are in.
    pub(super) fn root(&self, base: usize) -> &Path {
        self.head.trash.get(base).map_or(&self.head.bases[base].path, PathBuf::as_path)
    }

    /// Is every volume still the one that it was?
    pub(super) fn check(&self) -> Result<(), Failure> {
        check_all(&self.roots)
    }

    /// Makes durable what was renamed.
    pub(super) fn sync(&self) -> Result<(), Failure> {
        let mut done: Vec<&Path> = Vec::new();
        for base in 0..self.head.bases.len() {
            let root = self.root(base);
            if done.contains(&root) {
                continue;
            }
            done.push(root);
            match Tree::open(root) {
                Ok(tree) => disk::sync_file_system(tree.fd()).map_err(Failure::io(
                    Side::Source,
                    "make durable what was moved in",
                    root,
                    b"",
                ))?,
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(crate::walk::StartError::new(root, errno).into()),
            }
        }
        Ok(())
    }

    /// The original path of an entry, for people.
    pub(super) fn path(&self, planned: &Planned) -> PathBuf {
        join(&self.head.bases[planned.base].path, &planned.path.0)
    }

    /// Its path in the trash, for people.
    pub(super) fn path_in_trash(&self, planned: &Planned) -> PathBuf {
        join(&self.root(planned.base).join(files(self.job, planned.base)), &planned.path.0)
    }
}

/// The folder of one start folder's files, below the root of its trash.
pub(super) fn files(job: &str, base: usize) -> String {
    format!("{TRASH}/{job}/{}", below(base))
}

/// The same, below the folder of the delete.
pub(super) fn below(base: usize) -> String {
    format!("files-{base}")
}

/// Does the very entry that was planned lie there?
pub(super) fn is_there(parents: &mut Parents<'_>, planned: &Planned) -> Result<There, Errno> {
    match parents.of(&planned.path.0).and_then(|(folder, name)| disk::stat(folder, &name)) {
        Ok(stat) if planned.is(&stat) => Ok(There::It),
        Ok(_) => Ok(There::Another),
        Err(Errno::NOENT) => Ok(There::Nothing),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Ok(There::Another),
        Err(errno) => Err(errno),
    }
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// What was planned.
    It,
    /// Something else.
    Another,
    Nothing,
}
