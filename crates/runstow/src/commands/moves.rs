//! `runstow archive` and `runstow export`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, Enqueued};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Batch, Destination, Limits, Plan, PlannedEntry, Settings, Terms, Wish, ask};
use runstow_lifecycle::{Action, Category, JobStatus, Megabytes};

use super::{explain, files, follow, jobs, scan, worker};
use crate::cli::Move;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::{self, table::size};

/// Something asked for was not done.
pub const LEFT_OUT: u8 = 3;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report or the destination is not there, or the catalog does not answer.
pub async fn run(context: &Context, action: Action, options: &Move) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let settings = config.move_settings();
    let terms = Terms {
        action,
        destination: Some(destination(&settings, &options.to, options.not_mounted)?),
        kept_confirmed: options.keep_confirmed,
        unfinished_confirmed: options.unfinished,
        agreed: None,
    };
    let categories =
        if options.category.is_empty() { Category::ALL.to_vec() } else { options.category.clone() };
    let mut batch = Batch::begin(&catalog, &classifiers, terms).await?;
    for name in &options.reports {
        let found = files::named(&catalog, name).await?;
        for category in &categories {
            let list = options.files;
            let made = batch.plan(found.report.id, *category, move |planned| tell_entry(list, planned));
            match made.await? {
                Some(made) => tell(made),
                None => bail!("report {name:?} was removed just now"),
            }
        }
    }
    let plans = batch.into_plans();
    let limits = Limits {
        files: options.max_delete.or(settings.limits.files),
        bytes: options
            .max_delete_size
            .map(|mb| mb.saturating_mul(Megabytes::BYTES))
            .or(settings.limits.bytes),
    };
    limits.check(&plans)?;
    let possible = plans.iter().filter(|plan| plan.is_possible()).count();
    if !options.yes || options.dry_run {
        catalog.close().await;
        return Ok(only_planned(possible, plans.len(), "moves"));
    }
    let who = jobs::who();
    let wish = Wish { comment: &options.comment, user: &who, hash: options.checksums, limits };
    let asked = ask(&catalog, &plans, action, wish).await?;
    let outcome = carry_out(&config, &catalog, classifiers, asked, possible == plans.len()).await;
    catalog.close().await;
    outcome
}

/// Says that nothing was done.
pub fn only_planned(possible: usize, all: usize, what: &str) -> ExitCode {
    terminal::line(&format!(
        "Nothing was done: this is the plan of {possible} of {all} {what}. Add --yes to carry it out."
    ));
    if possible == all { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) }
}

/// Works on what was asked for until each job has ended, waits or needs a decision, and tells how. `complete`: nothing was
/// left out so far.
///
/// # Errors
/// When the catalog does not answer.
pub async fn carry_out(
    config: &Config,
    catalog: &Catalog,
    classifiers: Arc<Classifiers>,
    asked: Enqueued,
    mut complete: bool,
) -> Result<ExitCode> {
    let mut queued = Vec::new();
    for outcome in &asked.jobs {
        match outcome {
            Ok(id) => queued.push(*id),
            Err(refusal) => {
                complete = false;
                terminal::note(&format!("left out: {refusal}"));
            }
        }
    }
    if let Some(batch) = asked.batch_id {
        let hand = worker::hand(config, catalog, classifiers);
        complete &= follow::carry_out(catalog, hand, batch).await?;
    }
    for id in queued {
        if let Some(job) = catalog.job(id).await? {
            jobs::show(&job);
            complete &= job.status == JobStatus::Done;
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) })
}

/// The destination of this name or path.
///
/// # Errors
/// When it can not be used.
pub fn destination(settings: &Settings, to: &str, not_mounted: bool) -> Result<Destination> {
    match settings.destinations.named(to)?.look_at(not_mounted) {
        Ok(destination) => Ok(destination),
        Err(why) => bail!("the destination can not be used: {why}"),
    }
}

/// Prints an entry of a plan, if that is asked for.
pub fn tell_entry(list: bool, planned: &PlannedEntry) {
    if list {
        let stays = planned.stays.map_or(String::new(), |why| format!("  (stays: {why})"));
        terminal::line(&format!("    {}{stays}", planned.path));
    }
}

fn tell(plan: &Plan) {
    let root = plan.request.destination.as_ref().map(|destination| destination.root.clone());
    let place = root.unwrap_or_default().join(plan.folder.as_deref().unwrap_or("?"));
    terminal::line(&format!(
        "{} {}: {} of {} to {}",
        plan.owner,
        terminal::harmless(&plan.name),
        plan.request.action,
        plan.request.category.ts_name(),
        terminal::harmless(&place.to_string_lossy()),
    ));
    tell_sums(plan);
    for gate in plan.gates.iter().filter(|gate| gate.verdict.objects()) {
        terminal::line(&format!("  not possible: {}", explain::sentence(gate)));
    }
    tell_reasons(&[], &plan.warnings, &plan.left_alone);
}

/// What speaks against a plan, what a person should know, and what stays where it is.
pub fn tell_reasons(objections: &[String], warnings: &[String], left_alone: &[String]) {
    for objection in objections {
        terminal::line(&format!("  not possible: {}", terminal::harmless(objection)));
    }
    for warning in warnings {
        terminal::line(&format!("  note: {}", terminal::harmless(warning)));
    }
    for left in left_alone {
        terminal::line(&format!("  left alone: {}", terminal::harmless(left)));
    }
}

/// A number of bytes, for people.
pub fn bytes(bytes: u64) -> String {
    size(Some(Megabytes::from_bytes(bytes).0))
}

/// How much a plan is about.
pub fn tell_sums(plan: &Plan) {
    let totals = plan.totals;
    terminal::line(&if plan.exact {
        format!(
            "  {} files, {} links, {}; {} files ({}) stay",
            totals.files,
            totals.links,
            bytes(totals.bytes),
            totals.stay_files,
            bytes(totals.stay_bytes)
        )
    } else {
        format!("  {} files, {} when they were measured last", totals.files, bytes(totals.bytes))
    });
}
