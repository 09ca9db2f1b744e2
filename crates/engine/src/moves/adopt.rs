//! Archives that the catalog does not know: their records say enough to register run and report again, so that a restore
//! finds them.

mod compare;
mod elsewhere;
mod newest;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use runstow_catalog::registry::{Change, Outcome, ReportWithRun};
use runstow_catalog::{About, Catalog, Described, KeepWish, StoredPath, Volume};
use runstow_lifecycle::manifest::{Origin, Record};
use runstow_lifecycle::{Category, State};
use runstow_storage::{ArchiveFolder, Whose, restore};

use super::rooted::rootless_note;
use crate::{EngineError, blocking};
use compare::holds_all_of;
use elsewhere::all_elsewhere;
pub(super) use elsewhere::all_taken_by;
use newest::newest;

/// An archive folder with a record of Runstow.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The folder.
    pub folder: PathBuf,
    record: Record,
}

impl fmt::Display for Archived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &serde_json::Value, key: &str| {
            value.get(key).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned()
        };
        let (run, report) = (text(&self.record.run, "expName"), text(&self.record.report, "resultsName"));
        write!(f, "{}: report {report} of run {run}:", self.folder.display())?;
        for (category, known) in &self.record.categories {
            write!(f, " {} ({} files, {} bytes)", category.ts_name(), known.files, known.bytes)?;
        }
        Ok(())
    }
}

/// Archives of which a folder tells.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Those with a record.
    pub archives: Vec<Archived>,
    /// What lies there too and is not among the archives, as its record is damaged or gone or two contradict each other, with what can be
    /// done.
    pub unrecorded: Vec<String>,
    /// Copies of which a newer one lies there too, and which are not among the archives.
    pub older: Vec<String>,
}

/// A directory that a restore puts files into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackInto {
    /// `run` or `report`.
    pub what: &'static str,
    /// Where it is, or will be.
    pub dir: PathBuf,
    /// What a person should know of it; empty when nothing.
    pub note: String,
}

impl fmt::Display for BackInto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  files of the {} go into {}", self.what, self.dir.display())
    }
}

impl Archived {
    /// The directories that a restore of these categories puts files into; all of the archive if none is named. `to`: the directory that
    /// run and report are to be in, instead of where they were. `roots`: the storage roots that are known.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn into_dirs(
        &self,
        to: Option<&Path>,
        wanted: &[Category],
        roots: &[Volume],
    ) -> Result<Vec<BackInto>, EngineError> {
        let described = Described { run: self.record.run.clone(), report: self.record.report.clone() };
        let (run, report) = described.facts()?;
        let chosen =
            self.record.categories.iter().filter(|(one, _)| wanted.is_empty() || wanted.contains(one));
        let origins: BTreeSet<Origin> =
            chosen.flat_map(|(_, record)| record.folders.keys().copied()).collect();
        let place = |origin: Origin, what: &'static str, dir: StoredPath| {
            let dir = dir.to_path();
            let dir = match (to, dir.file_name()) {
                (Some(to), Some(name)) => to.join(name),
                _ => dir,
            };
            let note = rootless_note(roots, &dir).unwrap_or_default();
            origins.contains(&origin).then_some(BackInto { what, dir, note })
        };
        let report = place(Origin::Report, "report", report.report_dir);
        Ok(place(Origin::Run, "run", run.exp_dir).into_iter().chain(report).collect())
    }
}

/// Looks for archives in a folder and up to two levels below: a report's folder, or the root of an archive.
///
/// # Errors
/// When the folder can not be read, or none is there.
pub async fn look(folder: &Path) -> Result<Looked, EngineError> {
    let start = folder.to_owned();
    let found = blocking(move || ArchiveFolder::find(&start)).await?;
    let found = found.map_err(|failure| EngineError::Archive(failure.to_string()))?;
    let unrecorded: Vec<String> = found.unrecorded.iter().map(ToString::to_string).collect();
    if found.records.is_empty() && !unrecorded.is_empty() {
        return Err(EngineError::Archive(unrecorded.join("\n")));
    }
    if found.records.is_empty() {
        return Err(EngineError::Archive(format!(
            "no record of Runstow (serialized_*.json) lies in {} or up to two levels below. What Torrent Suite has archived is \
             restored through its report: `runstow restore REPORT`",
            folder.display()
        )));
    }
    let mut archives: Vec<Archived> =
        found.records.into_iter().map(|(folder, record)| Archived { folder, record }).collect();
    let (left_out, archives) = blocking(move || (newest(&mut archives), archives)).await?;
    let unrecorded = [unrecorded, left_out.undecided].concat();
    if archives.is_empty() {
        return Err(EngineError::Archive(unrecorded.join("\n")));
    }
    Ok(Looked { archives, unrecorded, older: left_out.older })
}

/// The archives of categories of a report that the catalog knows.
///
/// # Errors
/// When one of them is not archived, or its archive has no list of Runstow.
pub async fn of_report(
    catalog: &Catalog,
    found: &ReportWithRun,
    categories: &[Category],
) -> Result<Vec<(Archived, Category)>, EngineError> {
    let mut all = Vec::new();
    let Some(described) = catalog.describe(found.report.id).await? else {
        return Err(EngineError::Archive(format!("there is no report {}", found.report.id)));
    };
    for category in categories {
        let named = format!("{} of report {}", category.ts_name(), found.report.id);
        let known = found.report.category(*category).filter(|known| known.state == State::Archived);
        let Some(place) = known.and_then(|known| known.archive_path.as_ref()) else {
            let text = format!("{named} is not archived, so there is nothing to bring to another place");
            return Err(EngineError::Archive(text));
        };
        let folder = place.to_path();
        let (look, category) = (folder.clone(), *category);
        let described = described.clone();
        let recorded = blocking(move || {
            let whose = Whose { report: &described.report, run: &described.run };
            ArchiveFolder::open(&look).and_then(|open| open.category(category, whose))
        });
        let recorded = recorded.await?;
        let recorded = recorded.map_err(|failure| EngineError::Archive(failure.to_string()))?;
        let Some(recorded) = recorded else {
            return Err(EngineError::Archive(format!(
                "the archive of {named}, {}, has no list of Runstow; it can be restored to where it was only",
                folder.display()
            )));
        };
        all.push((Archived { folder, record: recorded.record }, category));
    }
    Ok(all)
}

/// Registers run and report of an archive, where they are not known, and notes where the archive is. `to`: the directory
/// that run and report are to be in, instead of where they were. `wanted`: the categories that are to be restored; all of
/// the archive if empty. Gives the report and those of them that can be restored.
///
/// # Errors
/// When the record is damaged, the catalog says otherwise about the files, or it can not be written.
pub async fn register(
    catalog: &Catalog,
    archived: &Archived,
    to: Option<&Path>,
    wanted: &[Category],
    user: &str,
) -> Result<(i64, Vec<Category>), EngineError> {
    let Archived { folder, record } = archived;
    let described = Described { run: record.run.clone(), report: record.report.clone() };
    let (mut run, mut report) = described.facts()?;
    if let Some(to) = to {
        let below = |dir: &StoredPath| {
            dir.to_path()
                .file_name()
                .map(|name| StoredPath::from(to.join(name).as_path()))
                .unwrap_or_default()
        };
        (run.exp_dir, report.report_dir) = (below(&run.exp_dir), below(&report.report_dir));
        if run.exp_dir == report.report_dir {
            let text = format!(
                "run and report are both called {}, and can not both lie below {}",
                run.exp_name,
                to.display()
            );
            return Err(EngineError::Archive(text));
        }
        let names: Vec<PathBuf> = [&run.exp_dir, &report.report_dir]
            .into_iter()
            .filter_map(|dir| dir.to_path().file_name().map(PathBuf::from))
            .collect();
        let (place, archive) = (to.to_owned(), folder.clone());
        let made = blocking(move || {
            names.iter().try_for_each(|name| restore::place_elsewhere(&place, name, &archive))
        });
        made.await?.map_err(|failure| EngineError::Archive(failure.to_string()))?;
        report.run = runstow_catalog::registry::RunRef::Dir(run.exp_dir.clone());
    }
    let (run_dir, report_dir) = (run.exp_dir.to_path(), report.report_dir.to_path());
    let files_there = blocking(move || has_entries(&run_dir) || has_entries(&report_dir)).await?;
    let registered = catalog.apply(&[Change::Run(run), Change::Report(report)]).await?;
    let Some(report) = registered.last() else {
        return Err(EngineError::Broken("nothing was registered".into()));
    };
    let Some(found) = catalog.report_with_run(report.id).await? else {
        return Err(EngineError::Broken(format!("report {} was removed just now", report.id)));
    };
    let mut changes: BTreeMap<Category, State> = BTreeMap::new();
    let wanted: Vec<Category> =
        record.categories.keys().copied().filter(|one| wanted.is_empty() || wanted.contains(one)).collect();
    for category in &wanted {
        let known = found.report.category(*category);
        let state = known.map_or(State::Local, |known| known.state);
        let place = known.and_then(|known| known.archive_path.as_ref()).map(StoredPath::to_path);
        match state {
            // An export beside the archive that is known is no better place.
            State::Archived if holds(place.clone(), *category, &described).await? => {
                let place = place.unwrap_or_default();
                if !is_no_more(folder, *category, record, &place, &described).await? {
                    return Err(EngineError::Archive(format!(
                        "the catalog knows an archive of {} of report {}, {}, which does not hold all that {} holds. `runstow restore {} \
                         --category {category}` brings back the former; then ask again for the latter",
                        category.ts_name(),
                        report.id,
                        place.display(),
                        folder.display(),
                        report.id
                    )));
                }
            }
            State::Archived | State::Deleted => drop(changes.insert(*category, state)),
            // A report that was not known has files nowhere but here.
            State::Local if report.outcome == Outcome::New || is_empty(&found.report, *category) => {
                changes.insert(*category, State::Archived);
            }
            State::Local if all_elsewhere(folder, *category, &described, &found).await? => {
                changes.insert(*category, State::Archived);
            }
            other => {
                return Err(EngineError::Archive(format!(
                    "{} of report {} are {} in the catalog, so there is nothing to restore; leave them out with --category",
                    category.ts_name(),
                    report.id,
                    other.label()
                )));
            }
        }
    }
    let mut states: Vec<_> =
        changes.iter().map(|(category, state)| (*category, *state, Some(folder.clone()))).collect();
    if report.outcome == Outcome::New && !files_there {
        states.extend(not_wanted(record, &wanted, folder));
    }
    if !states.is_empty() {
        catalog.set_states(report.id, &states).await?;
        let text = format!("archive found at {}", folder.display());
        catalog.add_event(About::Result, report.id, &text, user).await?;
    }
    let kept = record.categories.iter().filter(|(category, known)| known.keep && wanted.contains(category));
    for (category, known) in kept {
        let wish = KeepWish {
            owner: user.to_owned(),
            reason: format!("it was kept when it was archived ({})", known.finished),
            expires_us: None,
        };
        drop(catalog.change_keep(report.id, *category, Some(wish), user, |keep| !keep.flag).await?);
    }
    Ok((report.id, wanted))
}

/// What the other categories are of a report of which nothing lies in its place: they are in this archive, or nobody knows where.
/// Signals and basecalling input may be those of other reports of the run, whose archive may be the next.
fn not_wanted(
    record: &Record,
    wanted: &[Category],
    folder: &Path,
) -> Vec<(Category, State, Option<PathBuf>)> {
    let others = Category::ALL.into_iter().filter(|one| !wanted.contains(one));
    let state = |category: Category| match category {
        _ if record.categories.contains_key(&category) => {
            Some((category, State::Archived, Some(folder.to_owned())))
        }
        Category::Output | Category::Misc => Some((category, State::Deleted, None)),
        Category::Sigproc | Category::Basecall => None,
    };
    others.filter_map(state).collect()
}

/// Is anything in a folder? One that can not be read may hold something.
fn has_entries(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// Is the category's archive where the catalog says?
async fn holds(
    place: Option<PathBuf>,
    category: Category,
    described: &Described,
) -> Result<bool, EngineError> {
    let Some(place) = place else { return Ok(false) };
    let described = described.clone();
    let look = move || {
        let whose = Whose { report: &described.report, run: &described.run };
        ArchiveFolder::open(&place).and_then(|folder| folder.category(category, whose))
    };
    Ok(blocking(look).await?.is_ok_and(|recorded| recorded.is_some()))
}

/// Does the archive that is known hold all that the one in this folder holds?
async fn is_no_more(
    folder: &Path,
    category: Category,
    record: &Record,
    known: &Path,
    described: &Described,
) -> Result<bool, EngineError> {
    if folder == known {
        return Ok(true);
    }
    let Some(own) = record.categories.get(&category).cloned() else { return Ok(true) };
    let (folder, known, described) = (folder.to_owned(), known.to_owned(), described.clone());
    let look = move || {
        let whose = Whose { report: &described.report, run: &described.run };
        match ArchiveFolder::open(&known)?.category(category, whose)? {
            Some(recorded) => holds_all_of((&known, &recorded.category), (&folder, &own)),
            None => Ok(false),
        }
    };
    blocking(look).await?.map_err(|failure| EngineError::Archive(failure.to_string()))
}

fn is_empty(report: &runstow_catalog::registry::Report, category: Category) -> bool {
    report.category(category).is_some_and(|known| known.files.unwrap_or(0) == 0)
}
