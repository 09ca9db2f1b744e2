//! Restore: where the files are, whether they can come back, and the jobs that bring them.

use std::path::{Path, PathBuf};

use runstow_catalog::{Catalog, Enqueued, NewBatch, NewJob, StoredPath, TrashFilter, Trashed};
use runstow_lifecycle::{Category, JobAction, Priority, State};
use runstow_storage::{ArchiveFolder, Volume};
use uuid::Uuid;

use super::subject::Subject;
use super::task::{InTrash, RestoreFrom, RestoreOrder, Root};
use crate::{EngineError, blocking};

/// The plan of a restore.
#[derive(Clone, Debug)]
pub struct RestorePlan {
    /// The report whose files these are.
    pub owner: i64,
    /// Its name.
    pub name: String,
    /// The category.
    pub category: Category,
    /// Other reports that show the same state.
    pub also: Vec<i64>,
    /// Where the files are: a folder of an archive or of a trash.
    pub from: Option<PathBuf>,
    /// Files, and their apparent size in bytes; none where no list tells.
    pub size: Option<(u64, u64)>,
    /// Why it can not be done. Empty: it can.
    pub objections: Vec<String>,
    /// What a person should know before agreeing.
    pub warnings: Vec<String>,
    order: Option<RestoreOrder>,
    root: Option<i64>,
}

/// Plans the restore of one category of one report. None when there is no such report.
///
/// # Errors
/// When the catalog does not answer.
pub async fn plan(
    catalog: &Catalog,
    report: i64,
    category: Category,
) -> Result<Option<RestorePlan>, EngineError> {
    let Some(subject) = Subject::find(catalog, report, category).await? else { return Ok(None) };
    let owner = subject.found.report.id;
    let mut plan = RestorePlan {
        owner,
        name: subject.found.report.results_name.clone(),
        category,
        also: subject.also.clone(),
        from: None,
        size: None,
        objections: Vec::new(),
        warnings: Vec::new(),
        order: None,
        root: subject.root_id(),
    };
    if let Some(job) = catalog.live_job_of(owner, category).await? {
        plan.objections.push(format!("job {} has these files already; let it end or cancel it", job.id));
        return Ok(Some(plan));
    }
    let known = subject.found.report.category(category);
    let state = known.map_or(State::Local, |known| known.state);
    let archive = known.and_then(|known| known.archive_path.clone());
    let filter = TrashFilter {
        // Signal files may have been deleted by way of another report of the run.
        report: (category != Category::Sigproc).then_some(owner),
        category: Some(category),
        ..TrashFilter::default()
    };
    let run = subject.found.run.id;
    let of_run = |trashed: &Trashed| trashed.experiment_id == run;
    let trashed = catalog.trash(filter).await?.into_iter().rfind(of_run);
    match (state, archive, trashed) {
        (State::Deleted, _, Some(trashed)) => from_trash(&mut plan, &subject, &trashed)?,
        (State::Archived | State::Deleted, Some(archive), _) => {
            plan = blocking(move || from_archive(plan, &subject, &archive)).await?;
        }
        (State::Archived, None, _) => plan.objections.push("the catalog does not know where its archive is".into()),
        (State::Deleted, None, None) => plan.objections.push(
            "it was deleted, the trash does not hold it any more, and no archive of it is known; `runstow restore --from DIR` takes \
             an export"
                .into(),
        ),
        (other, _, _) => plan.objections.push(format!("the category is {}; nothing is to be restored", other.label())),
    }
    Ok(Some(plan))
}

fn order(subject: &Subject, from: RestoreFrom) -> RestoreOrder {
    let (report_dir, run_dir) = subject.dirs();
    RestoreOrder { journal: Uuid::new_v4(), from, report_dir, run_dir, roots: Root::all_of(subject) }
}

fn from_trash(plan: &mut RestorePlan, subject: &Subject, trashed: &Trashed) -> Result<(), EngineError> {
    let at: InTrash = serde_json::from_str(&trashed.options).map_err(|error| {
        EngineError::Broken(format!(
            "the trash of job {} was written by another version: {error}",
            trashed.job
        ))
    })?;
    plan.from = Some(trashed.folder.to_path());
    plan.size = Some((u64::try_from(trashed.files).unwrap_or(0), u64::try_from(trashed.bytes).unwrap_or(0)));
    plan.objections
        .extend(subject.roots().iter().filter_map(|root| root.prove().err()).map(|f| f.to_string()));
    plan.order = Some(order(subject, RestoreFrom::Trash { delete: trashed.job, at }));
    Ok(())
}

fn from_archive(mut plan: RestorePlan, subject: &Subject, archive: &StoredPath) -> RestorePlan {
    let folder = archive.to_path();
    plan.from = Some(folder.clone());
    plan.objections
        .extend(subject.roots().iter().filter_map(|root| root.prove().err()).map(|f| f.to_string()));
    match ArchiveFolder::open(&folder).and_then(|open| open.category(plan.category)) {
        Ok(Some(recorded)) => plan.size = Some((recorded.category.files, recorded.category.bytes)),
        Ok(None) => plan.warnings.push(
            "the archive has no list of Runstow (Torrent Suite has made it?): files are found by name, and nothing proves that they \
             are what once was archived"
                .into(),
        ),
        Err(failure) => plan.objections.push(failure.to_string()),
    }
    let (report_dir, run_dir) = subject.dirs();
    let home = if plan.category == Category::Sigproc { &run_dir } else { &report_dir };
    match home {
        None => plan.objections.push("the catalog does not know the directory that it belongs in".into()),
        Some(home) => {
            plan.objections.extend(not_there(home, subject));
            plan.objections.extend(room(home, plan.size.map_or(0, |(_, bytes)| bytes)));
        }
    }
    let root = marked_root(&folder);
    plan.order = Some(order(subject, RestoreFrom::Archive { folder, root }));
    plan
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

/// Is there room for what comes back?
fn room(home: &Path, bytes: u64) -> Option<String> {
    let there = home.ancestors().find(|path| path.exists())?;
    let volume = Volume::look_at(there).ok()?;
    (bytes > volume.available_bytes)
        .then(|| format!("{there:?} has room for {} bytes, {bytes} are needed", volume.available_bytes))
}

/// The innermost folder above that carries a marker.
fn marked_root(folder: &Path) -> Option<Root> {
    folder.ancestors().find_map(|path| {
        let marker = Volume::look_at(path).ok()?.marker?;
        Some(Root { path: path.to_owned(), volume: Some(marker) })
    })
}

/// Makes jobs of the plans that nothing speaks against.
///
/// # Errors
/// When the catalog can not be written; then there are no jobs.
pub async fn ask(
    catalog: &Catalog,
    plans: &[RestorePlan],
    comment: &str,
    user: &str,
) -> Result<Enqueued, EngineError> {
    let mut jobs = Vec::new();
    for plan in plans.iter().filter(|plan| plan.objections.is_empty()) {
        let Some(order) = &plan.order else { continue };
        let mut job = NewJob::new(plan.owner, plan.category);
        job.options = serde_json::to_string(order).map_err(|error| EngineError::Broken(error.to_string()))?;
        job.volume_id = plan.root;
        job.also_marks = plan.also.clone();
        jobs.push(job);
    }
    let batch = NewBatch {
        action: JobAction::Restore,
        comment: comment.to_owned(),
        user: user.to_owned(),
        priority: Priority::Manual,
    };
    Ok(catalog.enqueue_jobs(batch, jobs, runstow_catalog::times::now_us()).await?)
}
