//! One category of one report, as storage needs it.

use std::path::PathBuf;

use runstow_catalog::registry::{Report, ReportWithRun};
use runstow_catalog::{Catalog, times};
use runstow_lifecycle::{Action, Category, CategorySet, Classifier};
use runstow_storage::plan::Selection;
use runstow_storage::{ReportFiles, leaves_onboard};
use serde_json::{Value, json};

use crate::EngineError;

/// The files of a category, and who shares them.
pub(super) struct Subject {
    pub(super) found: ReportWithRun,
    pub(super) category: Category,
    /// Reports that link to these files and show the same state (categories.md D13).
    pub(super) also: Vec<i64>,
    report_dir: Option<PathBuf>,
    run_dir: Option<PathBuf>,
    leaves_onboard: bool,
    disposed: CategorySet,
    disposed_in_run: CategorySet,
}

impl Subject {
    /// Finds what an action on a category of a report is about. Linked basecalling input is that of the report that owns
    /// it. None when there is no such report.
    pub(super) async fn find(
        catalog: &Catalog,
        report: i64,
        category: Category,
    ) -> Result<Option<Self>, EngineError> {
        let Some(mut found) = catalog.report_with_run(report).await? else { return Ok(None) };
        if category == Category::Basecall
            && let Some(parent) = found.report.parent_id
            && let Some(owner) = catalog.report_with_run(parent).await?
        {
            found = owner;
        }
        let siblings = catalog.reports_of_run(found.run.id).await?;
        let owner = found.report.id;
        let also = siblings.iter().filter(|other| other.parent_id == Some(owner)).map(|other| other.id);
        let also = if category == Category::Basecall { also.collect() } else { Vec::new() };
        let report_dir = found.report.report_dir.to_path();
        let run_dir = found.run.exp_dir.to_path();
        let disposed = disposed_of(&found.report);
        let in_run = siblings.iter().map(disposed_of).fold(disposed, |all, one| {
            Category::ALL.into_iter().filter(|c| all.contains(*c) && one.contains(*c)).collect()
        });
        let report_dir = report_dir.is_absolute().then_some(report_dir);
        Ok(Some(Self {
            leaves_onboard: leaves_onboard(report_dir.as_deref(), found.report.thumbnail),
            run_dir: run_dir.is_absolute().then_some(run_dir),
            report_dir,
            category,
            also,
            disposed,
            disposed_in_run: in_run,
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
        }
    }

    /// The start folders.
    pub(super) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.report_dir.iter().chain(&self.run_dir)
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

    /// The report for the record beside the data.
    pub(super) fn describe_report(&self) -> Value {
        let Report { id, results_name, time_stamp_us, thumbnail, report_dir, ts_version, .. } =
            &self.found.report;
        json!({
            "id": id,
            "resultsName": results_name,
            "timeStamp": times::timestamp(*time_stamp_us).to_string(),
            "thumbnail": thumbnail,
            "reportDir": report_dir.to_path().to_string_lossy(),
            "tsVersion": ts_version,
        })
    }

    /// The run, likewise.
    pub(super) fn describe_run(&self) -> Value {
        let run = &self.found.run;
        json!({
            "id": run.id,
            "expName": run.exp_name,
            "expDir": run.exp_dir.to_path().to_string_lossy(),
            "date": times::timestamp(run.date_us).to_string(),
            "chipType": run.chip_type,
            "platform": run.platform,
            "instrument": run.instrument,
            "storage_options": run.storage_options,
        })
    }

    /// Is the category kept?
    pub(super) fn is_kept(&self) -> bool {
        match self.category {
            Category::Sigproc => self.found.run.is_kept(),
            other => self.found.report.category(other).is_some_and(|known| known.keep),
        }
    }
}

fn disposed_of(report: &Report) -> CategorySet {
    Category::ALL
        .into_iter()
        .filter(|category| report.category(*category).is_some_and(|known| known.state.disposed()))
        .collect()
}
