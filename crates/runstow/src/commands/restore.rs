//! `runstow restore`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::adopt;
use runstow_engine::moves::restore::{self, RestorePlan};
use runstow_lifecycle::{Category, State};

use super::moves::{self, bytes};
use super::{files, jobs, scan};
use crate::cli::Restore;
use crate::context::Context;
use crate::terminal;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report or an archive is not there, or the catalog does not answer.
pub async fn run(context: &Context, options: &Restore) -> Result<ExitCode> {
    let mut found = Vec::new();
    if let Some(from) = &options.from {
        found = adopt::look(&std::path::absolute(from)?).await?;
        for archive in &found {
            terminal::line(&terminal::harmless(&archive.to_string()));
        }
        // Looking never makes a catalog.
        if !options.yes || options.dry_run {
            terminal::line("Nothing was done: add --yes to register these reports and bring the files back.");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let (config, catalog) = if found.is_empty() { context.existing().await? } else { context.both().await? };
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let mut wanted: Vec<(i64, Vec<Category>)> = Vec::new();
    let to = options.to.as_ref().map(std::path::absolute).transpose()?;
    for archive in found {
        wanted
            .push(adopt::register(&catalog, &archive, to.as_deref(), &options.category, &jobs::who()).await?);
    }
    for name in &options.reports {
        let found = files::named(&catalog, name).await?;
        let gone = |category: &Category| {
            let known = found.report.category(*category);
            known.is_some_and(|known| matches!(known.state, State::Archived | State::Deleted))
        };
        let categories = if options.category.is_empty() {
            Category::ALL.into_iter().filter(gone).collect()
        } else {
            options.category.clone()
        };
        if categories.is_empty() {
            bail!("nothing of report {name} is archived or deleted");
        }
        wanted.push((found.report.id, categories));
    }
    let mut plans: Vec<RestorePlan> = Vec::new();
    for (report, categories) in wanted {
        for category in categories {
            if !options.category.is_empty() && !options.category.contains(&category) {
                continue;
            }
            let Some(mut made) = restore::plan(&catalog, report, category).await? else {
                bail!("report {report} was removed just now")
            };
            let shared = |known: &RestorePlan| {
                known.category == category && (known.owner == made.owner || known.from == made.from)
            };
            if plans.iter().any(shared) {
                made.objections.push("it is in this request already".into());
            }
            tell(&made);
            plans.push(made);
        }
    }
    let possible = plans.iter().filter(|plan| plan.objections.is_empty()).count();
    if !options.yes || options.dry_run {
        catalog.close().await;
        return Ok(moves::only_planned(possible, plans.len(), "restores"));
    }
    let asked = restore::ask(&catalog, &plans, &options.comment, &jobs::who()).await?;
    let outcome = moves::carry_out(&config, &catalog, classifiers, asked, possible == plans.len()).await;
    catalog.close().await;
    outcome
}

fn tell(plan: &RestorePlan) {
    let size = match plan.size {
        Some((files, size)) => format!("{files} files, {}", bytes(size)),
        None => "files that no list tells".to_owned(),
    };
    let from = plan
        .from
        .as_ref()
        .map_or_else(String::new, |from| format!(" from {}", terminal::harmless(&from.to_string_lossy())));
    terminal::line(&format!("{} {}: restore {size}{from}", plan.owner, terminal::harmless(&plan.name)));
    terminal::line(&format!("  category {}", plan.category.ts_name()));
    moves::tell_reasons(&plan.objections, &plan.warnings, &[]);
}
