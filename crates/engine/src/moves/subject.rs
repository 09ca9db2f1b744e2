//! One category of one report, as storage needs it.

use std::path::{Path, PathBuf};

use runstow_catalog::registry::{Report, ReportWithRun};
use runstow_catalog::{Catalog, Described, Volume, VolumeKind};
use runstow_lifecycle::{Action, Category, CategorySet, Classifier, State};
use runstow_storage::plan::{Others, Selection};
use runstow_storage::{ReportFiles, Target, Whose, leaves_onboard};
use uuid::Uuid;

use super::lookups::Lookups;
use crate::keep_file;
use crate::{EngineError, blocking};

/// The files of a category, and who shares them.
pub(super) struct Subject {
    pub(super) found: ReportWithRun,
    pub(super) category: Category,
    /// Other reports of the run whose files these are too: they link to them, or the instrument made them for all
    /// (categories.md D13 and §8). They show the same state.
    pub(super) also: Vec<i64>,
    /// All reports of the run.
    pub(super) siblings: Vec<i64>,
    /// Report and run as the catalog dumps them, for the record beside the data.
    pub(super) described: Described,
    /// The storage roots that the folders lie on: number, path, marker.
    roots: Vec<(i64, PathBuf, Option<Uuid>)>,
    report_dir: Option<PathBuf>,
    run_dir: Option<PathBuf>,
    leaves_onboard: bool,
    disposed: CategorySet,
    disposed_in_run: CategorySet,
    others: Others,
    /// A file in the run's directory keeps the signal files; as far as could be looked.
    pub(super) keep_file: bool,
}

impl Subject {
    /// Finds what an action on a category of a report is about. Linked basecalling input is that of the report that owns
    /// it. None when there is no such report.
    pub(super) async fn find(
        catalog: &Catalog,
        report: i64,
        category: Category,
    ) -> Result<Option<Self>, EngineError> {
        Self::find_beside(catalog, report, category, &Lookups::default()).await
    }

    /// The same beside others of one request.
    pub(super) async fn find_beside(
        catalog: &Catalog,
        report: i64,
        category: Category,
        lookups: &Lookups,
    ) -> Result<Option<Self>, EngineError> {
        let Some(mut found) = catalog.report_with_run(report).await? else { return Ok(None) };
        if category == Category::Basecall
            && let Some(parent) = found.report.parent_id
            && let Some(owner) = catalog.report_with_run(parent).await?
        {
            found = owner;
        }
        let siblings = lookups.reports_of_run(catalog, found.run.id).await?;
        let owner = found.report.id;
        let also =
            if category == Category::Basecall { sharers(&found.report, &siblings) } else { Vec::new() };
        let others = others(category, owner, &also, &siblings);
        let report_dir = found.report.report_dir.to_path();
        let run_dir = found.run.exp_dir.to_path();
        let disposed = disposed_of(&found.report);
        let in_run = siblings.iter().map(disposed_of).fold(disposed, |all, one| {
            Category::ALL.into_iter().filter(|c| all.contains(*c) && one.contains(*c)).collect()
        });
        let report_dir = report_dir.is_absolute().then_some(report_dir);
        let run_dir = run_dir.is_absolute().then_some(run_dir);
        let described = lookups.describe(catalog, owner).await?;
        let Some(described) = described.as_ref().clone() else { return Ok(None) };
        let volumes = lookups.volumes(catalog).await?;
        let roots = report_dir.iter().chain(&run_dir).filter_map(|folder| root_of(&volumes, folder));
        let keep_file = match (category, run_dir.clone()) {
            (Category::Sigproc, Some(dir)) => blocking(move || keep_file::lies_in(&dir)).await?,
            _ => false,
        };
        Ok(Some(Self {
            keep_file,
            siblings: siblings.iter().map(|other| other.id).collect(),
            leaves_onboard: leaves_onboard(report_dir.as_deref(), found.report.thumbnail),
            roots: roots.collect(),
            described,
            run_dir,
            report_dir,
            category,
            also,
            disposed,
            disposed_in_run: in_run,
            others,
            found,
        }))
    }

    /// What storage is asked for.
    pub(super) fn selection<'s>(&'s self, action: Action, classifier: &'s Classifier) -> Selection<'s> {
        Selection {
            report: ReportFiles {
                report_dir: self.report_dir.as_deref(),
                leaves_onboard: self.leaves_onboard,
                classifier,
            },
            run_dir: self.run_dir.as_deref(),
            category: self.category,
            action,
            disposed: self.disposed,
            disposed_in_run: self.disposed_in_run,
            others: self.others,
        }
    }

    /// The report as records beside archived data describe it.
    pub(super) const fn whose(&self) -> Whose<'_> {
        Whose { report: &self.described.report, run: &self.described.run }
    }

    /// The report's and the run's directory.
    pub(super) fn dirs(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        (self.report_dir.clone(), self.run_dir.clone())
    }

    /// The start folders.
    pub(super) fn folders(&self) -> impl Iterator<Item = &PathBuf> + Clone {
        self.report_dir.iter().chain(&self.run_dir)
    }

    /// The start folder that most of the category lies in.
    pub(super) fn home(&self) -> Option<&Path> {
        let home = if self.category == Category::Sigproc { &self.run_dir } else { &self.report_dir };
        home.as_deref()
    }

    /// The folder in an archive, below its root (lifecycle.md §4).
    pub(super) fn archive_folder(&self, action: Action) -> Option<String> {
        let (start, above) = match (self.category, action) {
            (Category::Sigproc, _) => (self.run_dir.as_ref(), ""),
            (_, Action::Export) => (self.report_dir.as_ref(), "exportedReports/"),
            _ => (self.report_dir.as_ref(), "archivedReports/"),
        };
        let name = start?.file_name()?.to_str()?;
        Some(format!("{above}{name}"))
    }

    /// The storage roots that the folders lie on.
    pub(super) fn roots(&self) -> Vec<Target<'_>> {
        self.roots.iter().map(|(_, path, volume)| Target { root: path, volume: *volume }).collect()
    }

    /// The numbers of the storage roots that the folders lie on.
    pub(super) fn root_ids(&self) -> impl Iterator<Item = i64> {
        self.roots.iter().map(|root| root.0)
    }

    /// The storage root that most of the category lies on.
    pub(super) fn root_id(&self) -> Option<i64> {
        let lies_on =
            |root: &&(i64, PathBuf, Option<Uuid>)| self.home().is_some_and(|home| home.starts_with(&root.1));
        self.roots.iter().filter(lies_on).max_by_key(|root| root.1.components().count()).map(|root| root.0)
    }

    /// Of the category.
    pub(super) fn state(&self) -> State {
        self.found.report.category(self.category).map_or(State::Local, |known| known.state)
    }

    /// Does a file keep these signal files by now?
    pub(super) fn has_keep_file(&self) -> bool {
        self.category == Category::Sigproc && self.run_dir.as_deref().is_some_and(keep_file::lies_in)
    }

    /// Is the category kept?
    pub(super) fn is_kept(&self) -> bool {
        match self.category {
            Category::Sigproc => self.keep_file || self.found.run.is_kept(),
            other => self.found.report.category(other).is_some_and(|known| known.keep),
        }
    }
}

/// Does a report use the instrument's results?
fn onboard(report: &Report) -> bool {
    let folder = report.report_dir.to_path();
    !leaves_onboard(folder.is_absolute().then_some(folder.as_path()), report.thumbnail)
}

/// Reports of the run, but for those that show the same state, that still have the files of the category.
fn others(category: Category, owner: i64, also: &[i64], siblings: &[Report]) -> Others {
    if category == Category::Sigproc {
        return Others::default();
    }
    let has_files = |report: &&Report| {
        let known = report.category(category);
        report.id != owner && !also.contains(&report.id) && known.is_some_and(|known| !is_away(known.state))
    };
    let mut others = siblings.iter().filter(has_files).peekable();
    Others { any: others.peek().is_some(), onboard: others.any(onboard) }
}

/// Reports of a run that have the basecalling input of one of them.
fn sharers(owner: &Report, siblings: &[Report]) -> Vec<i64> {
    let of_the_instrument = onboard(owner);
    let shares = |other: &&Report| {
        other.id != owner.id && (other.parent_id == Some(owner.id) || (of_the_instrument && onboard(other)))
    };
    siblings.iter().filter(shares).map(|other| other.id).collect()
}

/// The innermost root that holds a folder. Archives are not among them.
fn root_of(volumes: &[Volume], folder: &Path) -> Option<(i64, PathBuf, Option<Uuid>)> {
    let holds = volumes
        .iter()
        .filter(|volume| volume.facts.kind != VolumeKind::Archive && folder.starts_with(&volume.facts.path));
    let volume = holds.max_by_key(|volume| Path::new(&volume.facts.path).components().count())?;
    let marker = volume.facts.marker.as_deref().and_then(|text| text.parse().ok());
    Some((volume.id, PathBuf::from(&volume.facts.path), marker))
}

/// The files are surely gone from their place. While an archive or a delete is under way, or waits, they may all be there and have no copy
/// yet: then nobody else may take what both have.
const fn is_away(state: State) -> bool {
    matches!(state, State::Archived | State::Deleted)
}

fn disposed_of(report: &Report) -> CategorySet {
    Category::ALL
        .into_iter()
        .filter(|category| report.category(*category).is_some_and(|known| is_away(known.state)))
        .collect()
}
