//! Measuring what clients have registered soon after, instead of with the next scan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use runstow_catalog::Catalog;
use runstow_catalog::registry::{Report, Run};

use super::register::RegisteredAll;
use super::{ScanOutcome, ScanSettings, measure};
use crate::progress::Silent;
use crate::volumes::{self, Volumes};
use crate::{EngineError, blocking};

/// Reports that clients register, from look to look. Each is tried once; [`Newcomers::default`] tries all again, such as
/// those whose directories came later.
#[derive(Debug, Default)]
pub struct Newcomers {
    /// The catalog's version at the last look.
    version: i64,
    /// The newest event at the last look.
    event: i64,
}

impl Newcomers {
    /// Measures the reports that have come since the last look and whose directories are on proven volumes. Nothing is
    /// registered or noted as absent. Costs one statement while the catalog does not change.
    ///
    /// # Errors
    /// When the catalog can not be read or written; then the next look tries the same reports again.
    pub async fn measure(
        &mut self,
        catalog: &Catalog,
        settings: &ScanSettings,
    ) -> Result<ScanOutcome, EngineError> {
        let mut outcome = ScanOutcome::default();
        let version = catalog.version().await?;
        if version == self.version {
            return Ok(outcome);
        }
        let (reports, event) = catalog.newcomers(self.event).await?;
        if !reports.is_empty() {
            let volumes = volumes::look_at_all(catalog, &settings.roots).await?;
            let work = there(catalog, reports, &volumes).await?;
            let registered = RegisteredAll::default();
            let progress = Arc::new(Silent) as Arc<_>;
            let mut volumes = Some(volumes);
            measure::walk(catalog, settings, &mut volumes, &registered, &work, &progress, &mut outcome)
                .await?;
        }
        (self.version, self.event) = (version, event);
        Ok(outcome)
    }
}

/// Those reports, by run, of which a directory is there. A folder that is not there yet is no error: it may come later.
async fn there(
    catalog: &Catalog,
    reports: Vec<Report>,
    volumes: &Volumes,
) -> Result<Vec<(Run, Vec<Report>)>, EngineError> {
    let mut by_run: BTreeMap<i64, Vec<Report>> = BTreeMap::new();
    for report in reports {
        by_run.entry(report.experiment_id).or_default().push(report);
    }
    let mut work = Vec::new();
    for (run, reports) in by_run {
        let Some(run) = catalog.run(run).await? else { continue };
        let run_dir = run.exp_dir.to_path();
        let mut dirs: Vec<PathBuf> = reports.iter().map(|report| report.report_dir.to_path()).collect();
        dirs.push(run_dir);
        dirs.retain(|dir| volumes.is_proven(dir));
        if blocking(move || dirs.iter().any(|dir| dir.is_dir())).await? {
            work.push((run, reports));
        }
    }
    Ok(work)
}
