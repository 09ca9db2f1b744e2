//! `runstow delete`

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use runstow_engine::catalog::{Catalog, Job, JobFilter};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Confirmation, Plan, Terms};
use runstow_lifecycle::{JobAction, JobStatus};

use super::asking::{self, Asking};
use super::{follow, scan, worker};
use crate::cli::Delete;
use crate::config::Config;
use crate::context::Context;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report is not there, or the catalog does not answer.
pub async fn run(context: &Context, options: &Delete) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let reports = asking::reports(&catalog, &options.wanted).await?;
    let said = [
        (options.linked, Confirmation::Linked),
        (options.archived, Confirmation::Archived),
        (options.wanted.unfinished, Confirmation::Unfinished),
    ];
    let terms = Terms {
        action: JobAction::Delete,
        destination: None,
        confirmed: asking::confirmed(said),
        stays_in_trash: !options.no_trash,
        agreed: None,
    };
    let asking = Asking {
        removal: options.removal,
        ..Asking::of(&options.wanted, terms, &config, &catalog, &classifiers)
    };
    let yes = asking.yes;
    let mut answer = asking.run(reports).await?;
    if yes && options.no_trash {
        answer.complete &= for_good(&config, &catalog, &classifiers, &answer.plans).await?;
    }
    catalog.close().await;
    Ok(answer.code())
}

/// What is not to stay in the trash leaves it with a job of its own, which follows the delete.
async fn for_good(
    config: &Config,
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    plans: &[Plan],
) -> Result<bool> {
    let filter = JobFilter {
        actions: vec![JobAction::Purge],
        statuses: vec![JobStatus::Queued, JobStatus::Running],
        ..JobFilter::default()
    };
    let ours = |job: &&Job| {
        plans.iter().any(|plan| (plan.owner, plan.request.category) == (job.report_id, job.category))
    };
    let jobs = catalog.jobs(&filter).await?;
    let batches: BTreeSet<i64> = jobs.iter().filter(ours).map(|job| job.batch_id).collect();
    let mut complete = true;
    for batch in batches {
        let hand = worker::hand(config, catalog, Arc::clone(classifiers));
        complete &= follow::carry_out(catalog, hand, batch).await?;
    }
    Ok(complete)
}
