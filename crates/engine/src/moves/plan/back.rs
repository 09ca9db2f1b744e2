//! Plans of a restore: where the files are, and whether they can come back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runstow_catalog::{Catalog, StoredPath, TrashFilter, Trashed, Volume as StorageRoot};
use runstow_lifecycle::manifest::Origin;
use runstow_lifecycle::{Category, State};
use runstow_storage::plan::{Digest, Totals};
use runstow_storage::{ArchiveFolder, Volume, trash};
use uuid::Uuid;

use super::{Plan, Request, Way};
use crate::moves::circumstances::Circumstances;
use crate::moves::gate::{GateName, Gates, Verdict};
use crate::moves::room::{Need, Room};
use crate::moves::rooted::rootless_note;
use crate::moves::subject::Subject;
use crate::moves::task::{InTrash, RestoreFrom, RestoreOrder, Root};
use crate::{EngineError, blocking};

/// Where the catalog says that the files are.
enum Source {
    /// What was an archived copy.
    ArchiveInTrash {
        folder: StoredPath,
        root: Option<Root>,
    },
    Trash {
        delete: i64,
        /// The report by way of which it was deleted.
        report: i64,
        at: InTrash,
        folder: StoredPath,
        size: Need,
    },
    Archive(StoredPath),
}

/// Judges the remaining gates.
pub(super) async fn draw(
    catalog: &Catalog,
    request: Request,
    subject: Subject,
    known: &Arc<Circumstances>,
    mut gates: Gates,
) -> Result<Plan, EngineError> {
    let source = source(catalog, &subject).await?;
    let volumes = known.lookups.volumes(catalog).await?;
    let known = Arc::clone(known);
    blocking(move || {
        let unproven = subject.roots().iter().filter_map(|root| known.unproven(root)).collect::<Vec<_>>();
        gates.judge(GateName::Source, unproven, "the volumes that the files belong on are there");
        let way = Way::Back { from: None, order: None, into: Vec::new(), room: None };
        let plan = Plan::begin(request, &subject, way);
        match source {
            Ok(source) => {
                gates.add(
                    GateName::State,
                    Verdict::Passed,
                    "it is gone from its place, and known where it is",
                );
                from(plan, &subject, source, &volumes, gates)
            }
            Err(why) => {
                gates.add(GateName::State, Verdict::Failed, why);
                plan.judged(gates, None)
            }
        }
    })
    .await
}

/// Finds the files of a category that are not in their place; or why not.
async fn source(catalog: &Catalog, subject: &Subject) -> Result<Result<Source, String>, EngineError> {
    let category = subject.category;
    let known = subject.found.report.category(category);
    let state = known.map_or(State::Local, |known| known.state);
    let archive = known.and_then(|known| known.archive_path.clone());
    let filter =
        TrashFilter { run: Some(subject.found.run.id), category: Some(category), ..TrashFilter::default() };
    let own = subject.found.report.id;
    // Signal files are those of the run; others may have been deleted by way of another report that has the same.
    let is_its = |trashed: &Trashed| {
        category == Category::Sigproc || trashed.report_id == own || subject.also.contains(&trashed.report_id)
    };
    let in_trash = catalog.trash(filter).await?.into_iter();
    let trashed = in_trash.filter(is_its).rfind(InTrash::is_whole);
    Ok(match (state, archive, trashed) {
        (State::Deleted, _, Some(trashed)) => Ok(of_trash(&trashed)?),
        (State::Archived | State::Deleted, Some(archive), _) => Ok(Source::Archive(archive)),
        (State::Archived, None, _) => Err("the catalog does not know where its archive is".into()),
        (State::Deleted, None, None) => Err(
            "it was deleted, the trash does not hold it any more, and no archive of it is known; `runstow restore --from DIR` takes \
             an export"
                .into(),
        ),
        (other, _, _) => Err(format!("the category is {}; nothing is to be restored", other.label())),
    })
}

fn of_trash(trashed: &Trashed) -> Result<Source, EngineError> {
    let at: InTrash = serde_json::from_str(&trashed.options).map_err(|error| {
        EngineError::Broken(format!(
            "the trash of job {} was written by another version: {error}",
            trashed.job
        ))
    })?;
    if at.archive {
        let root = at.roots.into_iter().next();
        return Ok(Source::ArchiveInTrash { folder: trashed.folder.clone(), root });
    }
    let size = Need {
        bytes: u64::try_from(trashed.bytes).unwrap_or(0),
        files: u64::try_from(trashed.files).unwrap_or(0),
    };
    Ok(Source::Trash {
        delete: trashed.job,
        report: trashed.report_id,
        at,
        folder: trashed.folder.clone(),
        size,
    })
}

fn from(
    mut plan: Plan,
    subject: &Subject,
    source: Source,
    volumes: &[StorageRoot],
    mut gates: Gates,
) -> Plan {
    let mut warnings = Vec::new();
    let mut of_another = false;
    let mut origins = BTreeSet::from([home(plan.request.category)]);
    let (folder, from, size) = match source {
        Source::Trash { delete, report, at, folder, size } => {
            gates.add(GateName::Files, Verdict::Passed, "the trash has them");
            of_another = report != subject.found.report.id;
            (folder.to_path(), RestoreFrom::Trash { delete, at }, Some(size))
        }
        Source::ArchiveInTrash { folder, root } => {
            let folder = trash::archive_in(&folder.to_path());
            let listed = listed(&folder, subject, &mut gates, &mut warnings);
            warnings.push(
                "it comes from the trash of the archive; that copy stays there until the trash is emptied"
                    .into(),
            );
            if let Some(listed) = &listed {
                origins.clone_from(&listed.origins);
            }
            (folder.clone(), RestoreFrom::Archive { root, folder }, listed.map(|listed| listed.size))
        }
        Source::Archive(folder) => {
            let folder = folder.to_path();
            let listed = listed(&folder, subject, &mut gates, &mut warnings);
            if let Some(listed) = &listed {
                origins.clone_from(&listed.origins);
            }
            let size = listed.map(|listed| listed.size);
            (folder.clone(), RestoreFrom::Archive { root: marked_root(&folder), folder }, size)
        }
    };
    plan.exact = size.is_some();
    plan.totals = size.map_or_else(Totals::default, |Need { bytes, files }| Totals {
        bytes,
        files,
        ..Totals::default()
    });
    let room = judge_place(&mut gates, subject, &from, plan.need());
    let (report_dir, run_dir) = subject.dirs();
    let of_run = run_dir.iter().filter(|_| origins.contains(&Origin::Run));
    let of_report = report_dir.iter().filter(|_| origins.contains(&Origin::Report));
    let into: Vec<PathBuf> = of_run.chain(of_report).cloned().collect();
    warnings.extend(into.iter().filter_map(|dir| rootless_note(volumes, dir)));
    // What was deleted by way of another report goes to that one's directory.
    let report_dir = report_dir.filter(|_| !of_another);
    let order =
        RestoreOrder { journal: Uuid::new_v4(), from, report_dir, run_dir, roots: Root::all_of(subject) };
    plan.way = Way::Back { from: Some(folder), order: Some(order), into, room };
    plan.judged(gates, warnings)
}

/// The start folder that a category mostly comes from.
const fn home(category: Category) -> Origin {
    match category {
        Category::Sigproc => Origin::Run,
        Category::Basecall | Category::Output | Category::Misc => Origin::Report,
    }
}

/// What the list of an archive tells.
pub(super) struct Listed {
    pub(super) size: Need,
    /// The list in 32 bytes.
    pub(super) digest: Digest,
    /// The start folders that its entries come from.
    origins: BTreeSet<Origin>,
}

/// Looks what the list of an archive says.
pub(super) fn listed(
    folder: &Path,
    subject: &Subject,
    gates: &mut Gates,
    warnings: &mut Vec<String>,
) -> Option<Listed> {
    match ArchiveFolder::open(folder).and_then(|open| open.category(subject.category, subject.whose())) {
        Ok(Some(recorded)) => {
            gates.add(GateName::Files, Verdict::Passed, "the archive is there, and its list tells its files");
            let size = Need { bytes: recorded.category.bytes, files: recorded.category.files };
            let origins = recorded.category.folders.keys().copied().collect();
            Some(Listed { size, digest: Digest::of_list(&recorded.category), origins })
        }
        Ok(None) => {
            gates.add(GateName::Files, Verdict::Passed, "the archive is there");
            warnings.push(
                "the archive has no list of Runstow (Torrent Suite has made it?): files are found by name, and nothing proves that they \
                 are what once was archived"
                    .into(),
            );
            None
        }
        Err(failure) => {
            gates.add(GateName::Files, Verdict::Failed, failure.to_string());
            None
        }
    }
}

/// Can the files come back to where they were?
fn judge_place(gates: &mut Gates, subject: &Subject, from: &RestoreFrom, need: Need) -> Option<Room> {
    let Some(home) = subject.home() else {
        let why = "the catalog does not know the directory that it belongs in";
        gates.add(GateName::Destination, Verdict::Failed, why);
        return None;
    };
    if matches!(from, RestoreFrom::Trash { .. }) {
        gates.add(GateName::Destination, Verdict::Passed, format!("the files go back to {home:?}"));
        gates.add(GateName::Room, Verdict::Passed, "the trash is on the same file system");
        return None;
    }
    gates.judge(GateName::Destination, not_there(home, subject), &format!("the files go back to {home:?}"));
    let Some((there, volume)) = volume_of(home) else {
        gates.add(GateName::Room, Verdict::Open, "its file system does not tell its room");
        return None;
    };
    let room = Room::of(there, &volume);
    gates.judge(GateName::Room, room.lacks(need, Need::default()), &room.to_string());
    Some(room)
}

/// A directory that is gone is made again only where its storage root proves that it is mounted.
fn not_there(home: &Path, subject: &Subject) -> Option<String> {
    let proven = subject.roots().iter().any(|root| root.volume.is_some() && home.starts_with(root.root));
    (!proven && !home.is_dir()).then(|| {
        format!(
            "the directory {home:?} is not there, and no storage root proves that it should not be: mount its volume, or make it; \
             `runstow restore --from` takes another place with --to"
        )
    })
}

/// The nearest folder that is there, and its file system.
fn volume_of(home: &Path) -> Option<(&Path, Volume)> {
    let there = home.ancestors().find(|path| path.exists())?;
    Some((there, Volume::look_at(there).ok()?))
}

/// The innermost folder above that carries a marker.
pub(super) fn marked_root(folder: &Path) -> Option<Root> {
    folder.ancestors().find_map(|path| {
        let marker = Volume::look_at(path).ok()?.marker?;
        Some(Root { path: path.to_owned(), volume: Some(marker) })
    })
}
