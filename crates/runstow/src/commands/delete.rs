//! `runstow delete`

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, Job, JobFilter};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::delete::{self, DeletePlan, DeleteRequest};
use runstow_lifecycle::{Category, JobAction, JobStatus};

use super::moves::{self, LEFT_OUT, bytes};
use super::{files, follow, jobs, scan, worker};
use crate::cli::Delete;
use crate::config::Config;
use crate::context::Context;
use crate::terminal;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report is not there, or the catalog does not answer.
pub async fn run(context: &Context, options: &Delete) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let categories =
        if options.category.is_empty() { Category::ALL.to_vec() } else { options.category.clone() };
    let mut plans: Vec<DeletePlan> = Vec::new();
    for name in &options.reports {
        let found = files::named(&catalog, name).await?;
        for category in &categories {
            let request = DeleteRequest {
                report: found.report.id,
                category: *category,
                unfinished_confirmed: options.unfinished,
                linked_confirmed: options.linked,
                stays_in_trash: !options.no_trash,
            };
            let mut made = planned(&catalog, &classifiers, request, options.files).await?;
            if plans.iter().any(|known| known.owner == made.owner && known.request.category == *category) {
                made.objections.push("it is in this request already".into());
            }
            tell(&made);
            plans.push(made);
        }
    }
    let possible = plans.iter().filter(|plan| plan.objections.is_empty()).count();
    if !options.yes || options.dry_run {
        catalog.close().await;
        return Ok(moves::only_planned(possible, plans.len(), "deletes"));
    }
    let asked = delete::ask(&catalog, &plans, &options.comment, &jobs::who()).await?;
    let mut outcome =
        moves::carry_out(&config, &catalog, Arc::clone(&classifiers), asked, possible == plans.len()).await?;
    if options.no_trash && !for_good(&config, &catalog, &classifiers, &plans).await? {
        outcome = ExitCode::from(LEFT_OUT);
    }
    catalog.close().await;
    Ok(outcome)
}

/// What is not to stay in the trash leaves it with a job of its own, which follows the delete.
async fn for_good(
    config: &Config,
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    plans: &[DeletePlan],
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

async fn planned(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: DeleteRequest,
    list: bool,
) -> Result<DeletePlan> {
    let made = delete::plan(catalog, classifiers, request, move |planned| moves::tell_entry(list, planned));
    match made.await? {
        Some(made) => Ok(made),
        None => bail!("report {} was removed just now", request.report),
    }
}

fn tell(plan: &DeletePlan) {
    let totals = plan.totals;
    let trash = plan.home.as_ref().map(|home| home.join(runstow_engine::moves::TRASH));
    let place = match (plan.request.stays_in_trash, trash) {
        (true, Some(trash)) => format!("into the trash {}", terminal::harmless(&trash.to_string_lossy())),
        _ => "for good".to_owned(),
    };
    terminal::line(&format!(
        "{} {}: delete {} files and links, {} {place}; {} ({}) stay",
        plan.owner,
        terminal::harmless(&plan.name),
        (totals.files + totals.links).saturating_sub(totals.stay_files),
        bytes(totals.bytes.saturating_sub(totals.stay_bytes)),
        totals.stay_files,
        bytes(totals.stay_bytes),
    ));
    terminal::line(&format!("  category {}", plan.request.category.ts_name()));
    moves::tell_reasons(&plan.objections, &plan.warnings, &plan.left_alone);
}
