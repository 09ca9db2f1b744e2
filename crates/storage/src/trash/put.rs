//! Into the trash.

use runstow_lifecycle::manifest::{Kind, Origin};
use rustix::io::Errno;

use super::archived::{make_double, strike};
use super::bin::{Bin, Sides, There, is_there};
use super::folders::Folders;
use super::{Delete, Place, TRASH, Trashed, check_all, home, proven};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Head, Journal, PlanFile};
use crate::plan::{Planned, select};
use crate::remove::{Taking, Tidy, tidy_all};
use crate::target::OpenTarget;
use crate::transfer::{Removal, check, moved_away};
use crate::tree::{Parents, Tree};
use crate::watch::{Phase, Watch};

/// Storage roots are proven again after this many entries.
const BETWEEN_CHECKS: u64 = 256;

/// Puts a category into the trash. May be called again after anything; it goes on where it was.
///
/// # Errors
/// [`Failure`]; call again when it is mended, or [`super::back`] to take back what was done.
pub fn put(delete: &Delete<'_>, watch: &dyn Watch) -> Result<Trashed, Failure> {
    let place = Place { job: delete.job, home: delete.home, roots: delete.roots, now: &[] };
    let (bin, again) =
        Bin::begin(&place, delete.fence, |roots, journal| plan(delete, roots, journal, watch))?;
    watch.total(bin.head.totals.bytes, bin.head.totals.files);
    move_all(&bin, delete.removal.into(), again, watch)
}

/// Puts back into the trash what a restore that was given up has taken out.
///
/// # Errors
/// As [`put`].
pub fn put_again(place: &Place<'_>, removal: Removal, watch: &dyn Watch) -> Result<(), Failure> {
    let roots = proven(place.roots)?;
    let tree = Tree::open(place.home).map_err(|errno| crate::walk::StartError::new(place.home, errno))?;
    check_all(&roots)?;
    let journal = Journal::open(&tree, TRASH, place.job, 0)?;
    match Bin::open(place, roots, journal)? {
        Some(bin) => {
            let tidy = if bin.head.record.is_some() { Tidy::Archive } else { removal.into() };
            move_all(&bin, tidy, true, watch).map(drop)
        }
        None => Ok(()),
    }
}

fn plan(
    delete: &Delete<'_>,
    roots: &[OpenTarget<'_>],
    journal: &Journal,
    watch: &dyn Watch,
) -> Result<Head, Failure> {
    watch.go_on()?;
    watch.advance(Phase::Plan, 0, 0);
    let mut file = PlanFile::begin(journal)?;
    let mut folders = Folders::default();
    let selected = select(&delete.selection, &mut |planned, base| match planned.kind {
        Kind::Folder => file.add(folders.described(planned, base)),
        Kind::File | Kind::Link => file.add(planned),
    });
    folders.all_described()?;
    // What another disk holds is no plan, and that it holds nothing tells nothing.
    check_all(roots)?;
    let left_alone = check(&selected)?;
    if delete.agreed.as_ref().is_some_and(|agreed| !agreed.allows(&selected)) {
        return Err(Failure::changed_plan(selected.totals));
    }
    // Nothing of another report goes, so its folder needs no trash.
    let trash = selected.bases.iter().map(|base| match base.origin {
        Origin::Linked => Ok(base.path.clone()),
        Origin::Report | Origin::Run => home(&base.path, delete.roots),
    });
    let head = Head {
        entries: file.entries(),
        trash: trash.collect::<Result<_, _>>()?,
        bases: selected.bases,
        totals: selected.totals,
        digest: selected.digest,
        made_by: journal.fence,
        left_alone,
        record: None,
    };
    file.finish(journal, head)
}

pub(super) fn move_all(
    bin: &Bin<'_>,
    tidy: Tidy,
    again: bool,
    watch: &dyn Watch,
) -> Result<Trashed, Failure> {
    // Only what was planned for good: a plan that a disk has damaged on the way must be made again, from the record.
    let mut reader = bin.reader()?;
    let sides = bin.sides(true)?;
    if let Some(name) = &bin.head.record {
        strike(bin, &sides, name, watch)?;
    }
    let taking = Taking::open(bin.journal.fd()).map_err(bin.journal.failed("look into"))?;
    let mut moving: Vec<Option<Moving<'_>>> = sides.iter().map(|sides| Moving::of(sides, &taking)).collect();
    let mut done = Trashed {
        totals: bin.head.totals,
        digest: bin.head.digest,
        folder: bin.journal.path().to_owned(),
        files: 0,
        bytes: 0,
        kept: Vec::new(),
        left_alone: bin.head.left_alone.clone(),
        not_as_listed: Vec::new(),
    };
    let (mut since_check, mut out_of_sight) = (0, 0);
    while let Some((_, planned)) = reader.next()? {
        if !planned.goes() {
            if bin.head.record.is_some() {
                watch.go_on()?;
                if planned.kind == Kind::Folder {
                    bin.make_in_trash(&sides, &planned)?;
                } else if let Some(Some(Moving { start: Some(start), trash, .. })) =
                    moving.get_mut(planned.base)
                    && !make_double(bin, &planned, start, trash, watch)?
                {
                    done.kept.push(format!("{}: it is not there any more", bin.path(&planned).display()));
                }
            }
            continue;
        }
        if since_check == BETWEEN_CHECKS {
            bin.check()?;
            since_check = 0;
        }
        since_check += 1;
        watch.may_remove()?;
        let Some(Some(moving)) = moving.get_mut(planned.base) else {
            out_of_sight += 1;
            continue;
        };
        match moving.entry(bin, &planned, again)? {
            Moved::In if bin.is_list(&planned) => {}
            Moved::In => {
                done.files += 1;
                done.bytes += planned.identity.size;
            }
            Moved::Gone => {}
            Moved::OutOfSight => out_of_sight += 1,
            Moved::Kept(why) => done.kept.push(format!("{}: {why}", bin.path(&planned).display())),
        }
        watch.advance(Phase::Remove, planned.identity.size, 1);
    }
    done.kept.extend(moved_away(&bin.head, out_of_sight));
    for name in taking.left_over().map_err(bin.journal.failed("look into"))? {
        let path = bin.journal.path().join(name.to_string_lossy().as_ref());
        done.kept.push(format!("{}: it was put in the place of what was being deleted", path.display()));
    }
    bin.sync()?;
    let starts: Vec<_> = sides.iter().map(|sides| sides.start.as_ref()).zip(&bin.head.bases).collect();
    tidy_all(bin.reader()?, &starts, tidy, watch)?;
    bin.check()?;
    bin.journal.set_complete()?;
    Ok(done)
}

enum Moved {
    In,
    Gone,
    /// It lay in a start folder that is not there.
    OutOfSight,
    Kept(String),
}

/// From one start folder into its trash.
struct Moving<'s> {
    /// None when the start folder is gone.
    start: Option<Parents<'s>>,
    trash: Parents<'s>,
    taking: &'s Taking<'s>,
}

impl<'s> Moving<'s> {
    fn of(sides: &'s Sides, taking: &'s Taking<'s>) -> Option<Self> {
        let trash = Parents::new(sides.trash.as_ref()?);
        Some(Self { start: sides.start.as_ref().map(Parents::new), trash, taking })
    }

    fn entry(&mut self, bin: &Bin<'_>, planned: &Planned, again: bool) -> Result<Moved, Failure> {
        let path = bin.path(planned);
        let failed = |errno| Failure::Io {
            doing: "put into the trash",
            path: path.clone(),
            errno,
            side: Side::Source,
        };
        if again {
            match is_there(&mut self.trash, planned).map_err(failed)? {
                There::It => {
                    let old = self.start.as_mut().and_then(|start| start.of(&planned.path.0).ok());
                    let old = old.as_ref().map(|(folder, name)| (*folder, name.as_c_str()));
                    let (to, new) = self.trash.of(&planned.path.0).map_err(failed)?;
                    self.taking.end(old, (to, &new)).map_err(failed)?;
                    return Ok(Moved::In);
                }
                // A kill came between the move and the look.
                There::Another => return self.give_back(bin, planned),
                There::Nothing => {}
            }
        }
        let Some(start) = &mut self.start else { return Ok(Moved::OutOfSight) };
        match is_there(start, planned).map_err(failed)? {
            There::It => {}
            There::Nothing => return Ok(Moved::Gone),
            There::Another => return Ok(Moved::Kept("it was changed since the plan was made".into())),
        }
        let (from, old) = start.of(&planned.path.0).map_err(failed)?;
        let (to, new) = self.trash.make(&planned.path.0).map_err(failed)?;
        match self.taking.take((from, &old), (to, &new)) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(Moved::Gone),
            Err(Errno::XDEV) => {
                let why = "it lies on another file system that is mounted within its folder; the trash can not take it";
                return Ok(Moved::Kept(why.into()));
            }
            Err(errno) => return Err(failed(errno)),
        }
        // What somebody put there at the last moment is given back.
        match is_there(&mut self.trash, planned).map_err(failed)? {
            There::It => Ok(Moved::In),
            There::Another => self.give_back(bin, planned),
            There::Nothing => Ok(Moved::Gone),
        }
    }

    fn give_back(&mut self, bin: &Bin<'_>, planned: &Planned) -> Result<Moved, Failure> {
        let path = bin.path(planned);
        let failed = |errno| Failure::Io {
            doing: "give back from the trash",
            path: path.clone(),
            errno,
            side: Side::Source,
        };
        let (from, old) = self.trash.of(&planned.path.0).map_err(failed)?;
        let Some(start) = &mut self.start else { return Ok(Moved::OutOfSight) };
        let (to, new) = start.make(&planned.path.0).map_err(failed)?;
        match disk::rename_new(from, &old, to, &new) {
            Ok(()) => Ok(Moved::Kept("something else was put in its place".into())),
            Err(Errno::EXIST) => Ok(Moved::Kept(format!(
                "it was replaced while it was being deleted; what was there lies at {}",
                bin.path_in_trash(planned).display()
            ))),
            Err(errno) => Err(failed(errno)),
        }
    }
}
