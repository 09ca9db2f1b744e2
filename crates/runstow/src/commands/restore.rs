//! `runstow restore`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Terms, adopt};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, State};

use super::asking::Asking;
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
        yes: options.yes && !options.dry_run,
        max_delete: None,
        max_delete_size: None,
        checksums: HashKind::default(),
        comment: &options.comment,
    };
    let answer = asking.run(reports).await?;
    catalog.close().await;
    Ok(answer.code())
}
