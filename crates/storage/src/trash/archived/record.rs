//! The record of an archive folder, when one of its categories is deleted.

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;

use super::failed;
use crate::archive::{Found, Whose, read_record};
use crate::disk;
use crate::failure::Failure;
use crate::plan::Digest;
use crate::remove::own_copy;
use crate::transfer::write_record;
use crate::trash::bin::{Bin, Sides};
use crate::tree::{Tree, c_name};
use crate::watch::Watch;

/// Takes the category out of the archive's record, before its first file goes: what is not whole is not visible as an
/// archive. Its part of the record lies in the trash from then on.
pub(in crate::trash) fn strike(
    bin: &Bin<'_>,
    sides: &[Sides],
    name: &str,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let Some((place, trash)) = places(sides) else { return Ok(()) };
    let found = match read_record(place, name)? {
        Found::Record(record) => of_list(&record, bin.head.digest).map(|own| (record, own)),
        Found::Damaged | Found::Other | Found::Nothing => None,
    };
    let Some((mut record, (category, own))) = found else {
        return match read_record(trash, name)? {
            Found::Record(_) => Ok(()),
            Found::Damaged | Found::Other | Found::Nothing => {
                let why = "the record of this category is gone since the delete was planned".into();
                Err(Failure::BadRecord { path: place.path().join(name), why })
            }
        };
    };
    watch.may_remove()?;
    if record.categories.len() == 1 {
        let name = record_name(place, name)?;
        let failed = |errno| failed("move", place.path(), name.as_bytes())(errno);
        disk::replace_record(place.fd(), &name, trash.fd(), &name).map_err(failed)?;
        disk::sync(trash.fd()).map_err(failed)?;
        return disk::sync(place.fd()).map_err(failed);
    }
    write_record(&bin.journal, watch, &own, trash, name)?;
    record.categories.remove(&category);
    watch.may_remove()?;
    write_record(&bin.journal, watch, &record, place, name)
}

/// Puts the category back into the archive's record, when all its files are there again.
pub(in crate::trash) fn unstrike(
    bin: &Bin<'_>,
    sides: &[Sides],
    name: &str,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let Some((place, trash)) = places(sides) else { return Ok(()) };
    let Found::Record(own) = read_record(trash, name)? else { return Ok(()) };
    let file = record_name(place, name)?;
    let failed = |errno| failed("give back", place.path(), name.as_bytes())(errno);
    match read_record(place, name)? {
        Found::Nothing => disk::rename_new(trash.fd(), &file, place.fd(), &file).map_err(failed)?,
        Found::Damaged | Found::Other => return Err(Failure::Occupied { path: place.path().join(name) }),
        Found::Record(mut record) => {
            let whose = Whose { report: &own.report, run: &own.run };
            for (category, part) in own.categories {
                let is_another =
                    record.categories.get(&category).is_some_and(|there| there.list_hash != part.list_hash);
                // A record of another report may have come, as the folder of this one was free.
                if is_another || !whose.lies_with(&record, category) {
                    return Err(Failure::Occupied { path: place.path().join(name) });
                }
                record.categories.insert(category, part);
            }
            write_record(&bin.journal, watch, &record, place, name)?;
            own_copy(trash.fd(), &file).map_err(failed)?;
        }
    }
    disk::sync(place.fd()).map_err(failed)
}

/// Removes the part of the record that lay in the trash with the files.
pub(in crate::trash) fn forget_record(trash: &Tree, name: &str) -> Result<(), Failure> {
    own_copy(trash.fd(), &record_name(trash, name)?).map_err(failed("remove", trash.path(), name.as_bytes()))
}

/// The archive folder, and what there is of it in the trash. None: one of both is gone.
fn places(sides: &[Sides]) -> Option<(&Tree, &Tree)> {
    let sides = sides.first()?;
    Some((sides.start.as_ref()?, sides.trash.as_ref()?))
}

/// The category of a record whose list this is, and a record of it alone.
fn of_list(record: &Record, digest: Digest) -> Option<(Category, Record)> {
    let (category, part) =
        record.categories.iter().find(|(_, category)| Digest::of_list(category) == digest)?;
    let categories = std::iter::once((*category, part.clone())).collect();
    Some((*category, Record { categories, ..record.clone() }))
}

fn record_name(tree: &Tree, name: &str) -> Result<std::ffi::CString, Failure> {
    c_name(name.as_bytes()).map_err(failed("name", tree.path(), name.as_bytes()))
}
