//! What is written beside the data: list, checksums, record.

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;

use runstow_lifecycle::manifest::{self, CategoryRecord, Entry, FORMAT, HashKind, Kind, Origin, Record};
use runstow_lifecycle::{Category, RawText};
use rustix::fs::OFlags;

use super::hard_links::{FirstName, HardLinks};
use super::{Run, beside};
use crate::archive::{ArchiveFolder, Beside, Found, Kin, Whose, read_record};
use crate::copy;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Journal, Slot, Written};
use crate::plan::Planned;
use crate::tree::{Parents, Tree};
use crate::watch::Watch;

/// What the record says of the report.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// The report's name, of which the names of the records are made.
    pub name: &'a str,
    /// The report in the neutral form.
    pub report: &'a serde_json::Value,
    /// Its run, likewise.
    pub run: &'a serde_json::Value,
    /// `archive` or `export`.
    pub action: &'a str,
    /// The category's Keep flag.
    pub keep: bool,
}

impl<'a> Description<'a> {
    /// The report that it describes.
    pub(super) const fn whose(&self) -> Whose<'a> {
        Whose { report: self.report, run: self.run }
    }
}

/// What the list is made of.
pub(super) enum Contents<'a> {
    /// The plan, and what is known of the copies.
    Plan,
    /// The list of the archive that was copied: it says where everything once came from.
    List(&'a ArchiveFolder, &'a CategoryRecord),
}

/// Writes all three into the folder of the copies, the record last.
pub(super) fn write(
    run: &Run<'_>,
    place: &Tree,
    description: &Description<'_>,
    from_medium: bool,
    contents: &Contents<'_>,
) -> Result<(), Failure> {
    let stem = format!("runstow_{}_{}", plain(description.name), run.category.api_prefix());
    let list_name = format!("{stem}.jsonl");
    let sums_name = format!("{stem}.{}", ending(run.hash));
    let begin = |name| Written::begin(&run.journal, run.watch, name);
    let (mut list, mut sums) = (begin("list")?, begin("checksums")?);
    let mut add = |entry: Entry| {
        list.json(&entry)?;
        match (entry.kind, &entry.hash) {
            (Kind::File, Some(hash)) => sums.add(&manifest::checksum_line(hash, &entry.path.0)),
            _ => Ok(()),
        }
    };
    let folders = match contents {
        Contents::Plan => {
            of_plan(run, &mut add)?;
            let own = run.head.bases.iter().filter(|base| base.origin != Origin::Linked);
            own.map(|base| (base.origin, path_text(&base.path))).collect()
        }
        Contents::List(archive, recorded) => {
            let mut entries = archive.entries(recorded)?;
            while let Some(entry) = entries.next()? {
                add(entry)?;
            }
            recorded.folders.clone()
        }
    };
    others_in(place, run.category, description.whose(), false)?;
    let (list, sums) = (list.proved()?, sums.proved()?);
    let finished = jiff::Timestamp::now().to_string();
    let files = [(list_name.as_str(), list.identity), (sums_name.as_str(), sums.identity)];
    beside::note(&run.journal, run.watch, &finished, files)?;
    let list_hash = list.place(place, &list_name)?;
    sums.place(place, &sums_name)?;
    let totals = run.head.totals;
    let category = CategoryRecord {
        action: description.action.to_owned(),
        finished,
        folders,
        hash: run.hash,
        list: list_name,
        list_hash,
        checksums: sums_name,
        files: totals.files,
        links: totals.links,
        folder_count: totals.folders,
        bytes: totals.bytes,
        proof: if from_medium {
            "every copy was read back from the medium and is equal".to_owned()
        } else {
            "every copy was read back and is equal; the file system may have answered from memory".to_owned()
        },
        keep: description.keep,
    };
    put_record(run, place, description, category)
}

/// Describes every entry of the plan, with the attributes of its source.
fn of_plan(run: &Run<'_>, add: &mut dyn FnMut(Entry) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut links = HardLinks::default();
    let mut parents: BTreeMap<usize, Parents<'_>> = BTreeMap::new();
    let mut reader = run.reader()?;
    while let Some((id, planned)) = reader.next()? {
        let first = links.first_of(id, &planned, &reader)?;
        let slot = run.slots.get(&run.journal, id)?;
        let mut entry = describe(run, &planned, slot.as_ref(), first);
        if slot.is_some_and(|slot| slot.attributes) {
            let parents = match parents.entry(planned.base) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(Parents::new(run.base(planned.base)?))
                }
            };
            let failed = |errno| {
                Failure::io(
                    Side::Source,
                    "read attributes of",
                    &run.head.bases[planned.base].path,
                    &planned.path.0,
                )(errno)
            };
            let (folder, name) = parents.of(&planned.path.0).map_err(failed)?;
            let file = disk::open(folder, &name, OFlags::RDONLY | OFlags::NONBLOCK).map_err(failed)?;
            entry.attributes = copy::attributes(file.as_fd()).map_err(failed)?;
        }
        add(entry)?;
    }
    Ok(())
}

fn describe(run: &Run<'_>, planned: &Planned, slot: Option<&Slot>, first: Option<FirstName>) -> Entry {
    let from = run.head.bases[planned.base].origin;
    Entry {
        path: planned.stored().clone(),
        from,
        // Of what another report owns, the archive's path is the one that this report knew it by.
        origin: planned.apart.as_ref().filter(|_| from != Origin::Linked).map(|_| planned.path.clone()),
        kind: planned.kind,
        size: planned.identity.size,
        hash: slot.filter(|_| planned.kind == Kind::File).map(|slot| slot.hash),
        link: planned.text.clone(),
        same_as: first.map(|first| RawText(first.stored)),
        mtime: planned.identity.mtime,
        mtime_ns: planned.identity.mtime_ns,
        mode: planned.mode,
        uid: planned.uid,
        gid: planned.gid,
        attributes: BTreeMap::new(),
        stays: planned.stays.filter(|_| planned.kind != Kind::Folder).map(|stays| stays.to_string()),
    }
}

const fn ending(hash: HashKind) -> &'static str {
    match hash {
        HashKind::Blake3 => "b3",
        HashKind::Sha256 => "sha256",
    }
}

/// A name as a part of a file name.
fn plain(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c == '/' || c == '\0' { '_' } else { c }).collect();
    // Names have 255 bytes; some are needed for what comes before and after.
    let mut end = plain.len().min(180);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    plain[..end].to_owned()
}

fn path_text(path: &std::path::Path) -> RawText {
    use std::os::unix::ffi::OsStrExt as _;
    RawText(path.as_os_str().as_bytes().to_vec())
}

/// Adds the category to the report's record. A file of that name that is no record of ours stays as it is.
fn put_record(
    run: &Run<'_>,
    place: &Tree,
    description: &Description<'_>,
    category: CategoryRecord,
) -> Result<(), Failure> {
    let plain = plain(description.name);
    let mut name = format!("serialized_{plain}.json");
    let mut record = match read_record(place, &name)? {
        Found::Record(record) => *record,
        Found::Damaged => return Err(damaged(place, name)),
        Found::Other => {
            // Torrent Suite's own record of the same report.
            name = format!("serialized_{plain}.runstow.json");
            match read_record(place, &name)? {
                Found::Record(record) => *record,
                Found::Damaged => return Err(damaged(place, name)),
                Found::Other => return Err(Failure::Occupied { path: place.path().join(name) }),
                Found::Nothing => empty(description),
            }
        }
        Found::Nothing => empty(description),
    };
    record.report = description.report.clone();
    record.run = description.run.clone();
    record.categories.insert(run.category, category);
    write_record(&run.journal, run.watch, &record, place, &name)
}

/// Gives a record its place, whatever record of ours lies there.
pub(crate) fn write_record(
    journal: &Journal,
    watch: &dyn Watch,
    record: &Record,
    place: &Tree,
    name: &str,
) -> Result<(), Failure> {
    let mut written = Written::begin(journal, watch, "record")?;
    let text = serde_json::to_vec_pretty(record)
        .map_err(|error| Failure::BadRecord { path: place.path().join(name), why: error.to_string() })?;
    written.add(&text)?;
    written.add(b"\n")?;
    written.replace(place, name)
}

/// A folder is one report's, or one run's. What came there since the move was planned is not mixed with it: records tell of
/// paths below the folder, and both would have files of the other. `strict`: not even what may be the same report.
pub(super) fn others_in(
    place: &Tree,
    category: Category,
    whose: Whose<'_>,
    strict: bool,
) -> Result<(), Failure> {
    let beside = Beside::look(place)?;
    let is_own = |record: &Record| match strict {
        true => whose.kin(record, category) == Some(Kin::Same),
        false => whose.lies_with(record, category),
    };
    let what = match beside.records.iter().find(|(_, record)| !is_own(record)) {
        Some((name, _)) => format!("{:?}, a record of another report, has come", place.path().join(name)),
        None => match beside.any_unrecorded().filter(|_| strict) {
            Some(unrecorded) => {
                format!("{:?}, which no record explains, has come", place.path().join(unrecorded.file))
            }
            None => return Ok(()),
        },
    };
    Err(Failure::PlanChanged { what })
}

/// May an archive of this category go into the folder? Not when one of the category is recorded there, when what is recorded there
/// belongs to another report or run, or when nobody knows what lies there.
pub(super) fn is_free(place: &Tree, category: Category, whose: Whose<'_>) -> Result<bool, Failure> {
    let beside = Beside::look(place)?;
    let objects = |record: &Record| {
        record.categories.contains_key(&category) || whose.kin(record, category) != Some(Kin::Same)
    };
    Ok(beside.any_unrecorded().is_none() && !beside.records.iter().any(|(_, record)| objects(record)))
}

fn damaged(place: &Tree, name: String) -> Failure {
    let why = "it tells of other categories in this folder, and is damaged. Put it back, from a backup or from another copy of \
               this archive, and try again"
        .into();
    Failure::BadRecord { path: place.path().join(name), why }
}

fn empty(description: &Description<'_>) -> Record {
    Record {
        runstow: FORMAT,
        report: description.report.clone(),
        run: description.run.clone(),
        categories: BTreeMap::new(),
    }
}
