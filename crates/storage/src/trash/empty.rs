//! Out of the trash for good.

use std::path::Path;

use rayon::prelude::*;
use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use super::archived::{forget_record, remove_double};
use super::bin::{Bin, Sides, files};
use super::{Place, TRASH, check_all, open_home, proven};
use crate::failure::{Failure, Side};
use crate::journal::{Completed, Journal, PlanReader};
use crate::plan::Planned;
use crate::remove::{Proof, own_empty_folder, own_empty_tree};
use crate::target::OpenTarget;
use crate::threads::{pool, writers};
use crate::tree::{Parents, Tree};
use crate::watch::{Phase, Watch};

/// The trash is proven again after this many removals.
const BETWEEN_CHECKS: usize = 256;

/// One thread removes so many before it takes others.
const AT_ONCE: usize = 8;

/// What was removed for good.
#[derive(Clone, Debug, Default)]
pub struct Emptied {
    /// Names that were removed.
    pub files: u64,
    /// Their apparent size in bytes.
    pub bytes: u64,
    /// What lies in the trash and is not what was put there, with its path. It stays.
    pub kept: Vec<String>,
    /// Its size when it was put there, in bytes.
    pub kept_bytes: u64,
}

/// Removes for good what a delete has put into the trash. A delete that has not come to its end is left alone. May be
/// called again after anything.
///
/// # Errors
/// When the trash can not be looked at or changed. What is removed is removed.
pub fn empty(place: &Place<'_>, watch: &dyn Watch) -> Result<Emptied, Failure> {
    let roots = proven(place.roots)?;
    let mut emptied = Emptied::default();
    let Some(folder) = open_home(place, &roots)? else { return Ok(emptied) };
    let Some(bin) = Bin::open(place, roots, Journal::of(folder, 0))? else {
        // An earlier attempt has come to the last steps.
        forget_journal(place, &proven(place.roots)?)?;
        return Ok(emptied);
    };
    let Some(completed) = bin.journal.completed()? else {
        let why = "the delete has not come to its end, so nothing of it is removed for good".into();
        return Err(Failure::BadRecord { path: bin.journal.path().to_owned(), why });
    };
    watch.total(bin.head.totals.bytes, bin.head.totals.files);
    let threads = pool(&bin.journal, bin.head.entries, writers(watch))?;
    let sides = bin.sides(false)?;
    let emptying = Emptying { bin: &bin, sides: &sides, completed: &completed, watch };
    let mut reader = bin.reader()?;
    loop {
        let mut some = Vec::with_capacity(BETWEEN_CHECKS);
        while some.len() < BETWEEN_CHECKS {
            let Some((_, planned)) = reader.next()? else { break };
            some.push(planned);
        }
        if some.is_empty() {
            break;
        }
        bin.check()?;
        let removed: Vec<Result<Emptied, Failure>> =
            threads.install(|| some.par_chunks(AT_ONCE).map(|few| emptying.few(few)).collect());
        for removed in removed {
            let Emptied { files, bytes, kept, kept_bytes } = removed?;
            emptied.kept_bytes += kept_bytes;
            emptied.files += files;
            emptied.bytes += bytes;
            emptied.kept.extend(kept);
        }
    }
    if let (Some(name), Some(Some(tree))) =
        (&bin.head.record, sides.first().map(|sides| sides.trash.as_ref()))
    {
        forget_record(tree, name)?;
    }
    forget_bin(place, &bin)?;
    Ok(emptied)
}

impl Emptied {
    fn keep(&mut self, planned: &Planned, why: String) {
        self.kept_bytes += planned.identity.size;
        self.kept.push(why);
    }
}

/// A trash that is being emptied.
struct Emptying<'e> {
    bin: &'e Bin<'e>,
    sides: &'e [Sides],
    completed: &'e Completed,
    watch: &'e dyn Watch,
}

impl<'e> Emptying<'e> {
    /// Removes a few, on one thread.
    fn few(&self, few: &[Planned]) -> Result<Emptied, Failure> {
        let mut emptied = Emptied::default();
        let mut trash: Vec<Option<Parents<'e>>> =
            self.sides.iter().map(|sides| sides.trash.as_ref().map(Parents::new)).collect();
        for planned in few {
            if let Some(Some(parents)) = trash.get_mut(planned.base) {
                self.one(planned, parents, &mut emptied)?;
            }
        }
        Ok(emptied)
    }

    fn one(
        &self,
        planned: &Planned,
        parents: &mut Parents<'_>,
        emptied: &mut Emptied,
    ) -> Result<(), Failure> {
        let Self { bin, completed, watch, .. } = *self;
        let path = bin.path_in_trash(planned);
        let failed =
            |errno| Failure::Io { doing: "remove for good", path: path.clone(), errno, side: Side::Source };
        let another = || format!("{}: it is not what was deleted", path.display());
        if !planned.goes() {
            if bin.head.record.is_some() && planned.kind != Kind::Folder {
                watch.may_remove()?;
                if !remove_double(parents, planned, completed).map_err(failed)? {
                    emptied.keep(planned, another());
                }
            }
            return Ok(());
        }
        watch.may_remove()?;
        let (folder, name) = match parents.of(&planned.path.0) {
            Ok(known) => known,
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(failed(errno)),
        };
        match Proof::of_trash(planned, completed).unlink(folder, &name) {
            Ok(true) if bin.is_list(planned) => {}
            Ok(true) => {
                emptied.files += 1;
                emptied.bytes += planned.identity.size;
            }
            Ok(false) => emptied.keep(planned, another()),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed(errno)),
        }
        watch.advance(Phase::Remove, planned.identity.size, 1);
        Ok(())
    }
}

/// Forgets a delete whose files are all in their place again, or gone: its folders, as far as they are empty, and its
/// plan. One that holds something keeps everything.
///
/// # Errors
/// When the trash can not be changed; call again then.
pub fn forget(place: &Place<'_>) -> Result<(), Failure> {
    let roots = proven(place.roots)?;
    let Some(folder) = open_home(place, &roots)? else { return Ok(()) };
    let journal = Journal::of(folder, 0);
    if PlanReader::open(&journal)?.is_none() {
        // A plan that was never whole: nothing was moved.
        return forget_journal(place, &roots);
    }
    match Bin::open(place, roots, journal)? {
        Some(bin) => forget_bin(place, &bin),
        None => Ok(()),
    }
}

fn forget_bin(place: &Place<'_>, bin: &Bin<'_>) -> Result<(), Failure> {
    let failed = |path: &Path| Failure::io(Side::Source, "tidy up the trash in", path, TRASH.as_bytes());
    let roots: Vec<Option<Tree>> =
        (0..bin.head.bases.len()).map(|base| root(bin.root(base))).collect::<Result<_, _>>()?;
    let home = root(place.home)?;
    bin.check()?;
    let mut whole = true;
    for (base, tree) in roots.iter().enumerate() {
        let Some(tree) = tree else { continue };
        whole &= own_empty_tree(tree, files(bin.job, base).as_bytes()).map_err(failed(tree.path()))?;
    }
    if !whole {
        return Ok(());
    }
    bin.check()?;
    bin.journal.clear().map_err(failed(place.home))?;
    roots.iter().chain([&home]).flatten().for_each(|root| remove_folder(root, bin.job));
    Ok(())
}

/// Opens the root of a trash, unless it is gone.
fn root(path: &Path) -> Result<Option<Tree>, Failure> {
    match Tree::open(path) {
        Ok(tree) => Ok(Some(tree)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(Failure::io(Side::Source, "tidy up the trash in", path, TRASH.as_bytes())(errno)),
    }
}

/// The folder of the delete, and the trash if nothing else is in it.
fn remove_folder(root: &Tree, job: &str) {
    own_empty_folder(root, format!("{TRASH}/{job}").as_bytes());
    own_empty_folder(root, TRASH.as_bytes());
}

fn forget_journal(place: &Place<'_>, roots: &[OpenTarget<'_>]) -> Result<(), Failure> {
    let failed =
        |errno| Failure::io(Side::Source, "tidy up the trash in", place.home, TRASH.as_bytes())(errno);
    let Some(tree) = root(place.home)? else { return Ok(()) };
    check_all(roots)?;
    match tree.within(format!("{TRASH}/{}", place.job).as_bytes()) {
        Ok(folder) => Journal::of(folder, 0).clear().map_err(failed)?,
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    }
    remove_folder(&tree, place.job);
    Ok(())
}
