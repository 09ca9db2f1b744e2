//! `runstow archive` and `runstow export`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, Enqueued};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Destination, Plan, Request, Wish, Worker, ask, plan};
use runstow_lifecycle::{Action, Category, JobStatus, Megabytes};

use super::{files, jobs, scan, worker};
use crate::cli::Move;
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
    let destination = match Destination::look_at(&options.to, options.not_mounted) {
        Ok(destination) => destination,
        Err(why) => bail!("the destination can not be used: {why}"),
    };
    let categories =
        if options.category.is_empty() { Category::ALL.to_vec() } else { options.category.clone() };
    let mut plans: Vec<Plan> = Vec::new();
    for name in &options.reports {
        let found = files::named(&catalog, name).await?;
        for category in &categories {
            let request = Request {
                action,
                report: found.report.id,
                category: *category,
                destination: destination.clone(),
                kept_confirmed: options.keep_confirmed,
                unfinished_confirmed: options.unfinished,
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
        terminal::line(&format!(
            "Nothing was done: this is the plan of {possible} of {} moves. Add --yes to carry it out.",
            plans.len()
        ));
        catalog.close().await;
        return Ok(if possible == plans.len() { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) });
    }
    let who = jobs::who();
    let wish = Wish { comment: &options.comment, user: &who, hash: options.checksums };
    let asked = ask(&catalog, &plans, action, wish).await?;
    carry_out(catalog, classifiers, asked, possible == plans.len()).await
}

/// Works on what was asked for until each job has ended, waits or needs a decision, and tells how. `complete`: nothing was
/// left out so far.
///
/// # Errors
/// When the catalog does not answer.
pub async fn carry_out(
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
    asked: Enqueued,
    mut complete: bool,
) -> Result<ExitCode> {
    let mut waiting = Vec::new();
    for outcome in &asked.jobs {
        match outcome {
            Ok(id) => waiting.push(*id),
            Err(refusal) => {
                complete = false;
                terminal::note(&format!("left out: {refusal}"));
            }
        }
    }
    let hand = Worker::new(catalog.clone(), classifiers, worker::name());
    complete &= worker::until_settled(&catalog, hand, &waiting).await?;
    for id in waiting {
        if let Some(job) = catalog.job(id).await? {
            jobs::show(&job);
            complete &= job.status == JobStatus::Done;
        }
    }
    catalog.close().await;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) })
}

/// The plan of one category. With `list` every entry is printed as it is found.
async fn planned(
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    request: Request,
    list: bool,
) -> Result<Plan> {
    let report = request.report;
    let made = plan(catalog, classifiers, request, move |planned| {
        if list {
            let stays = planned.stays.map_or(String::new(), |why| format!("  (stays: {why})"));
            terminal::line(&format!("    {}{stays}", planned.path));
        }
    });
    match made.await? {
        Some(made) => Ok(made),
        None => bail!("report {report} was removed just now"),
    }
}

fn tell(plan: &Plan) {
    let totals = plan.totals;
    terminal::line(&format!(
        "{} {}: {} {} files, {} links, {} to {}; {} files ({}) stay",
        plan.owner,
        terminal::harmless(&plan.name),
        plan.request.action,
        totals.files,
        totals.links,
        bytes(totals.bytes),
        terminal::harmless(
            &plan.request.destination.root.join(plan.folder.as_deref().unwrap_or("?")).to_string_lossy()
        ),
        totals.stay_files,
        bytes(totals.stay_bytes),
    ));
    terminal::line(&format!("  category {}", plan.request.category.ts_name()));
    tell_reasons(&plan.objections, &plan.warnings, &plan.left_alone);
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
