//! `runstow restore`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::registry::ReportWithRun;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Terms, adopt};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, State};

use super::asking::Asking;
use super::{files, jobs, scan};
use crate::cli::Restore;
use crate::context::Context;
use crate::terminal;

/// Said when archives were only looked at.
const NOTHING: &str = "Nothing was done: add --yes to register these reports and bring the files back.";

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report or an archive is not there, or the catalog does not answer.
pub async fn run(context: &Context, options: &Restore) -> Result<ExitCode> {
    let asked = options.yes && !options.dry_run;
    let mut found = Vec::new();
    if let Some(from) = &options.from {
        found = adopt::look(&std::path::absolute(from)?).await?;
        for archive in &found {
            terminal::line(&terminal::harmless(&archive.to_string()));
        }
        // Looking never makes a catalog.
        if !asked {
            terminal::line(NOTHING);
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
        if let Some(to) = &to {
            let archived = elsewhere(&found, &options.category).await?;
            for (archive, category) in archived {
                terminal::line(&terminal::harmless(&archive.to_string()));
                if asked {
                    let user = jobs::who();
                    wanted.push(adopt::register(&catalog, &archive, Some(to), &[category], &user).await?);
                }
            }
            continue;
        }
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
    if to.is_some() && !asked {
        terminal::line(NOTHING);
        catalog.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let mut reports = Vec::new();
    for (report, categories) in wanted {
        let named = |category: &Category| options.category.is_empty() || options.category.contains(category);
        reports.push((report, categories.into_iter().filter(named).collect()));
    }
    let asking = Asking {
        config: &config,
        catalog: &catalog,
        classifiers: &classifiers,
        terms: Terms {
            action: JobAction::Restore,
            destination: None,
            confirmed: Vec::new(),
            stays_in_trash: true,
            agreed: None,
        },
        files: false,
        yes: asked,
        max_delete: None,
        max_delete_size: None,
        checksums: HashKind::default(),
        comment: &options.comment,
    };
    let answer = asking.run(reports).await?;
    catalog.close().await;
    Ok(answer.code())
}

/// The archives that are to be brought to another place: of the categories that were named, or of all that are archived.
async fn elsewhere(found: &ReportWithRun, named: &[Category]) -> Result<Vec<(adopt::Archived, Category)>> {
    let archived = |category: &Category| {
        let known = found.report.category(*category);
        known.is_some_and(|known| known.state == State::Archived)
    };
    let categories: Vec<Category> =
        if named.is_empty() { Category::ALL.into_iter().filter(archived).collect() } else { named.to_vec() };
    if categories.is_empty() {
        bail!(
            "nothing of report {} is archived; what lies in the trash comes back to where it was only",
            found.report.id
        );
    }
    Ok(adopt::of_report(found, &categories).await?)
}
