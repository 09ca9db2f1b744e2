//! Exports and archives that Torrent Suite has made, of reports that the catalog knows: plain files in the same layout, without
//! a list. A restore finds them by name, hashes them on the way, and says that no proof existed.

use std::path::Path;
use std::sync::Arc;

use runstow_catalog::registry::ReportWithRun;
use runstow_catalog::{About, Catalog, StoredPath};
use runstow_lifecycle::{Action, Category, State};
use runstow_storage::{ArchiveFolder, Failure, Presence, Where, list};

use super::subject::Subject;
use crate::files::Classifiers;
use crate::{EngineError, blocking};

/// A category of which a folder holds files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Importable {
    /// Which.
    pub category: Category,
    /// How many files and links.
    pub files: u64,
    /// Its state until it is restored.
    state: State,
}

/// Looks which categories of a report a folder holds files of. `wanted`: only these; if empty, all that are not in their place.
///
/// # Errors
/// When the folder can not be read, holds a record of Runstow or nothing of what is wanted, or when the files are in their
/// place or in an archive that is there.
pub async fn look(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    found: &ReportWithRun,
    folder: &Path,
    wanted: &[Category],
) -> Result<Vec<Importable>, EngineError> {
    let report = found.report.id;
    let open = folder.to_owned();
    let ours = blocking(move || {
        let open = ArchiveFolder::open(&open)?;
        Ok::<_, Failure>((!open.records()?.is_empty(), open.unrecorded()?))
    });
    let (has_record, unrecorded) =
        ours.await?.map_err(|failure| EngineError::Archive(failure.to_string()))?;
    if let Some(unrecorded) = unrecorded {
        return Err(EngineError::Archive(unrecorded.to_string()));
    }
    if has_record {
        return Err(EngineError::Archive(format!(
            "{} holds a record of Runstow, which says itself what it is of: `runstow restore --from` without a report",
            folder.display()
        )));
    }
    let away = |category: &Category| {
        let state = found.report.category(*category).map(|known| known.state);
        matches!(state, Some(State::Archived | State::Deleted))
    };
    let meant: Vec<Category> = match wanted {
        [] => Category::ALL.into_iter().filter(away).collect(),
        named => named.to_vec(),
    };
    let mut found_there = Vec::new();
    for category in meant {
        let state = may_come_from(found, category, folder).await?;
        let files = count(catalog, classifiers, report, category, folder).await?;
        if files > 0 {
            found_there.push(Importable { category, files, state });
        } else if !wanted.is_empty() {
            return Err(EngineError::Archive(format!(
                "{} holds no files of {} of report {report}",
                folder.display(),
                category.ts_name()
            )));
        }
    }
    if found_there.is_empty() {
        return Err(EngineError::Archive(format!(
            "{} holds nothing of report {report} that is not in its place",
            folder.display()
        )));
    }
    Ok(found_there)
}

/// Notes that these categories lie in the folder, so that a restore takes them from there.
///
/// # Errors
/// When the catalog does not answer.
pub async fn note(
    catalog: &Catalog,
    report: i64,
    folder: &Path,
    categories: &[Importable],
    user: &str,
) -> Result<(), EngineError> {
    let states: Vec<_> =
        categories.iter().map(|known| (known.category, known.state, Some(folder.to_owned()))).collect();
    catalog.set_states(report, &states).await?;
    for known in categories {
        let (category, place) = (known.category.ts_name(), folder.display());
        let text = format!("{category} is taken from {place}, which has no list of Runstow");
        catalog.add_event(About::Result, report, &text, user).await?;
    }
    Ok(())
}

/// The state that the category keeps until it is restored.
async fn may_come_from(
    found: &ReportWithRun,
    category: Category,
    folder: &Path,
) -> Result<State, EngineError> {
    let known = found.report.category(category);
    let state = known.map_or(State::Local, |known| known.state);
    let refused = |why: String| {
        Err(EngineError::Archive(format!("{} of report {}: {why}", category.ts_name(), found.report.id)))
    };
    match (state, known.and_then(|known| known.archive_path.as_ref()).map(StoredPath::to_path)) {
        (State::Archived, Some(archive)) if archive != folder => {
            let look = archive.clone();
            if blocking(move || look.is_dir()).await? {
                return refused(format!("it is archived in {}, which is there", archive.display()));
            }
            Ok(State::Archived)
        }
        (State::Archived | State::Deleted, _) => Ok(state),
        (State::Local, _) if known.is_some_and(|known| known.files == Some(0)) => Ok(State::Archived),
        (other, _) => refused(format!("it is {}; nothing is to be restored", other.label())),
    }
}

/// How many files of a category lie in a folder, by the report's file set.
async fn count(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    report: i64,
    category: Category,
    folder: &Path,
) -> Result<u64, EngineError> {
    let Some(subject) = Subject::find(catalog, report, category).await? else { return Ok(0) };
    let (folder, classifiers) = (folder.to_owned(), Arc::clone(classifiers));
    let counted = blocking(move || {
        let classifier = classifiers.for_version(subject.found.report.ts_version.as_deref());
        let report = subject.selection(Action::Export, classifier).report;
        let files = std::sync::atomic::AtomicU64::new(0);
        let listing = list(Where::Archive(&folder), &report, &|listed| {
            if listed.processes(Action::Export, category) {
                files.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        });
        match listing.presences.archive {
            Presence::Failed(error) => Err(EngineError::Archive(error.to_string())),
            _ => Ok(files.into_inner()),
        }
    });
    counted.await?
}
