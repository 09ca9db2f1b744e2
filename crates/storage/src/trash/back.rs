//! Out of the trash, to where everything was.

use std::path::Path;

use runstow_lifecycle::manifest::{Kind, Origin};
use rustix::fs::readlinkat;
use rustix::io::Errno;

use super::archived::{take_double_back, unstrike};
use super::beside::Left;
use super::bin::{Bin, Sides, There, is_there};
use super::{Place, open_home, proven};
use crate::copy::{NotCopied, set_folder_metadata, set_link_metadata};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::Journal;
use crate::plan::{Planned, Stays};
use crate::remove::date;
use crate::target::OpenTarget;
use crate::tree::{Parents, Tree};
use crate::watch::{Phase, Watch};

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// Names that are in their place again.
    pub files: u64,
    /// Their apparent size in bytes.
    pub bytes: u64,
    /// Names that are neither in the trash nor in their place: somebody else has taken them.
    pub missing: Vec<String>,
    /// Names that were left to other reports or categories, and are not in their place: they went with those.
    pub elsewhere: Vec<String>,
}

/// Gives everything its old place again. `beside`: other deletes of the run, which may have taken along what this one had
/// left to others; it is taken back from there. Nothing is replaced: when something lies where an entry belongs, nothing is
/// moved at all. Afterwards, when that is recorded, [`super::forget`].
///
/// # Errors
/// [`Failure::Occupied`], [`Failure::BadRecord`] when the trash does not have it any more, and what the system says. May
/// be called again.
pub fn back(place: &Place<'_>, beside: &[Place<'_>], watch: &dyn Watch) -> Result<Returned, Failure> {
    let roots = proven(place.roots)?;
    let Some(folder) = open_home(place, &roots)? else { return Err(not_there(place)) };
    let Some(bin) = Bin::open(place, roots, Journal::of(folder, 0))? else { return Err(not_there(place)) };
    watch.total(bin.head.totals.bytes, bin.head.totals.files);
    for base in bin.head.bases.iter().filter(|base| base.origin != Origin::Linked) {
        make_start(&base.path, &bin.roots)?;
    }
    let sides = bin.sides(false)?;
    look_for_others(&bin, &sides, watch)?;
    let mut back = Returned::default();
    let mut folders: Vec<Planned> = Vec::new();
    let mut left = Left::default();
    let mut pairs: Vec<_> = sides.iter().map(Sides::parents).collect();
    let mut reader = bin.reader()?;
    while let Some((_, planned)) = reader.next()? {
        watch.go_on()?;
        if planned.stays == Some(Stays::Folder) || planned.kind == Kind::Folder {
            folders.push(planned);
            continue;
        }
        if !planned.goes() {
            if bin.head.record.is_some()
                && let (Some(start), Some(trash)) = &mut pairs[planned.base]
            {
                take_double_back(&bin, &planned, start, trash)?;
            } else if planned.is_needed()
                && let Some(start) = &mut pairs[planned.base].0
            {
                left.note(&bin, planned, start)?;
            }
            continue;
        }
        let (Some(start), trash) = &mut pairs[planned.base] else { continue };
        if one(&bin, &planned, start, trash.as_mut())? {
            if bin.is_list(&planned) {
                continue;
            }
            back.files += 1;
            back.bytes += planned.identity.size;
        } else {
            back.missing.push(bin.path(&planned).display().to_string());
        }
        watch.advance(Phase::Publish, planned.identity.size, 1);
    }
    let (files, bytes, elsewhere) = left.fetch(beside, watch)?;
    back.files += files;
    back.bytes += bytes;
    back.elsewhere = elsewhere;
    // Links first; then folders from below, as each new entry changes the time of its folder.
    folders.sort_by(|a, b| (a.kind == Kind::Folder, &b.path).cmp(&(b.kind == Kind::Folder, &a.path)));
    for planned in &folders {
        let Some(start) = sides.get(planned.base).and_then(|sides| sides.start.as_ref()) else { continue };
        rebuild(start, planned)?;
    }
    if let Some(name) = &bin.head.record {
        unstrike(&bin, &sides, name, watch)?;
    }
    for (sides, base) in sides.iter().zip(&bin.head.bases) {
        sides.start.as_ref().map_or(Ok(()), |start| date(start, base))?;
    }
    bin.sync()?;
    bin.check()?;
    Ok(back)
}

fn not_there(place: &Place<'_>) -> Failure {
    Failure::BadRecord {
        path: place.home.join(super::TRASH).join(place.job),
        why: "the trash does not hold this delete any more".into(),
    }
}

/// Is anything in the way? Looked for before the first file moves.
fn look_for_others(bin: &Bin<'_>, sides: &[Sides], watch: &dyn Watch) -> Result<(), Failure> {
    let mut pairs: Vec<_> = sides.iter().map(Sides::parents).collect();
    let mut reader = bin.reader()?;
    while let Some((_, planned)) = reader.next()? {
        watch.go_on()?;
        if !planned.goes() {
            continue;
        }
        let path = bin.path(&planned);
        let failed = |errno| Failure::Io { doing: "look at", path: path.clone(), errno, side: Side::Source };
        let (Some(start), Some(trash)) = &mut pairs[planned.base] else { continue };
        if is_there(start, &planned).map_err(failed)? == There::Another
            && is_there(trash, &planned).map_err(failed)? == There::It
        {
            return Err(Failure::Occupied { path });
        }
    }
    Ok(())
}

/// True when the entry is in its place.
fn one(
    bin: &Bin<'_>,
    planned: &Planned,
    start: &mut Parents<'_>,
    trash: Option<&mut Parents<'_>>,
) -> Result<bool, Failure> {
    let path = bin.path(planned);
    let failed = |errno| Failure::Io { doing: "give back", path: path.clone(), errno, side: Side::Source };
    let in_trash = match trash {
        Some(trash) => is_there(trash, planned).map_err(failed)?.eq(&There::It).then_some(trash),
        None => None,
    };
    let Some(trash) = in_trash else {
        return Ok(is_there(start, planned).map_err(failed)? == There::It);
    };
    let (from, old) = trash.of(&planned.path.0).map_err(failed)?;
    let (to, new) = start.make(&planned.path.0).map_err(failed)?;
    match disk::rename_new(from, &old, to, &new) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Err(Failure::Occupied { path }),
        Err(errno) => Err(failed(errno)),
    }
}

/// Folders and links to folders that the delete has tidied away, and the times that all had.
fn rebuild(start: &Tree, planned: &Planned) -> Result<(), Failure> {
    let failed = |errno| Failure::io(Side::Source, "make again", start.path(), &planned.path.0)(errno);
    if planned.kind == Kind::Link {
        let Some(text) = &planned.text else { return Ok(()) };
        let mut parents = Parents::new(start);
        let (folder, name) = parents.make(&planned.path.0).map_err(failed)?;
        match disk::symlink(&text.0, folder, &name) {
            Ok(()) => {}
            Err(Errno::EXIST) => match readlinkat(folder, &name, Vec::new()) {
                // It was not tidied away, or an attempt that was killed has made it and not dated it.
                Ok(there) if there.as_bytes() == text.0 => {}
                // Somebody has put something else there; it stays.
                Ok(_) | Err(_) => return Ok(()),
            },
            Err(errno) => return Err(failed(errno)),
        }
        return set_link_metadata(planned, folder, &name).map_err(failed);
    }
    let folder = match start.make(&planned.path.0, 0o700) {
        Ok(folder) => folder,
        // Somebody has put something else there; it stays.
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    };
    set_folder_metadata(None, std::os::fd::AsFd::as_fd(&folder), planned, 0).map(drop).map_err(|what| {
        match what {
            NotCopied::Source(errno) | NotCopied::Target(errno) => failed(errno),
            NotCopied::Stopped(stop) => stop.into(),
            NotCopied::Changed | NotCopied::Damaged => failed(Errno::INVAL),
        }
    })
}

/// A start folder that is gone is made again below what there is of its path, if its volume proves itself.
pub(crate) fn make_start(path: &Path, roots: &[OpenTarget<'_>]) -> Result<(), Failure> {
    match Tree::open(path) {
        Ok(_) => return Ok(()),
        Err(Errno::NOENT) => {}
        Err(errno) => return Err(crate::walk::StartError::new(path, errno).into()),
    }
    let missing = || crate::walk::StartError::Missing { path: path.to_owned() };
    let root = roots.iter().filter(|root| root.speaks_for(path));
    let root = root.max_by_key(|root| root.tree.path().components().count()).ok_or_else(missing)?;
    let below = path.strip_prefix(root.tree.path()).map_err(|_| missing())?;
    let below = std::os::unix::ffi::OsStrExt::as_bytes(below.as_os_str());
    let made = root.tree.make(below, 0o755);
    made.map(drop).map_err(Failure::io(Side::Source, "make again", root.tree.path(), below))
}
