//! `runstow restore`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::Volume;
use runstow_engine::catalog::registry::Report;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Terms, adopt, import};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, State};

use super::asking::Asking;
use super::{files, jobs, meant, scan};
use crate::cli::{Removal, Restore};
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
    let to = options.to.as_ref().map(std::path::absolute).transpose()?;
    let (mut found, mut damaged) = (Vec::new(), false);
    if let Some(from) = &options.from
        && options.reports.is_empty()
    {
        let looked = adopt::look(&std::path::absolute(from)?).await?;
        for text in &looked.unrecorded {
            terminal::note(&terminal::harmless(text));
        }
        for text in &looked.older {
            terminal::note(&terminal::harmless(text));
        }
        (found, damaged) = (looked.archives, !looked.unrecorded.is_empty());
        let roots = known_roots(context).await?;
        for archive in &found {
            terminal::line(&terminal::harmless(&archive.to_string()));
            tell_places(archive, to.as_deref(), &options.category, &roots)?;
        }
        // Looking never makes a catalog.
        if !asked {
            terminal::line(NOTHING);
            return Ok(if damaged { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
    }
    let (config, catalog) = if found.is_empty() { context.existing().await? } else { context.both().await? };
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let mut wanted: Vec<(i64, Vec<Category>)> = Vec::new();
    for archive in found {
        wanted
            .push(adopt::register(&catalog, &archive, to.as_deref(), &options.category, &jobs::who()).await?);
    }
    let mut with_nothing = 0;
    for report in meant::reports(&catalog, &options.reports, &options.filter).await? {
        let found = files::numbered(&catalog, report).await?;
        if let Some(from) = &options.from {
            if options.reports.len() > 1 || to.is_some() {
                bail!(
                    "with --from, name one report, and no --to: what has no list of Runstow goes to where it was"
                );
            }
            let from = std::path::absolute(from)?;
            let there = import::look(&catalog, &classifiers, &found, &from, &options.category).await?;
            for known in &there {
                let text =
                    format!("{}: {} ({} files)", from.display(), known.category.ts_name(), known.files);
                terminal::line(&terminal::harmless(&text));
            }
            if !asked {
                terminal::line("Nothing was done: add --yes to bring these files back.");
                return Ok(ExitCode::SUCCESS);
            }
            import::note(&catalog, report, &from, &there, &jobs::who()).await?;
            wanted.push((report, there.iter().map(|known| known.category).collect()));
            continue;
        }
        let categories = away(&found.report, &options.category, to.is_some());
        if categories.is_empty() && options.filter.is_empty() {
            bail!(match to {
                None => format!("nothing of report {report} is archived or deleted"),
                Some(_) => format!(
                    "nothing of report {report} is archived; what lies in the trash comes back to where it was only"
                ),
            });
        }
        if categories.is_empty() {
            with_nothing += 1;
            continue;
        }
        let Some(to) = &to else {
            wanted.push((report, categories));
            continue;
        };
        for (archive, category) in adopt::of_report(&catalog, &found, &categories).await? {
            terminal::line(&terminal::harmless(&archive.to_string()));
            tell_places(&archive, Some(to), &[category], &catalog.volumes().await?)?;
            if asked {
                let user = jobs::who();
                wanted.push(adopt::register(&catalog, &archive, Some(to), &[category], &user).await?);
            }
        }
    }
    if with_nothing > 0 {
        terminal::note(&format!("of {with_nothing} of them there is nothing to bring back"));
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
        removal: Removal::default(),
        checksums: HashKind::default(),
        comment: &options.comment,
    };
    let answer = asking.run(reports).await?;
    catalog.close().await;
    let code = answer.code();
    // Not all that lies there came back.
    Ok(if damaged && code == ExitCode::SUCCESS { ExitCode::FAILURE } else { code })
}

/// Where files of an archive will be.
fn tell_places(
    archive: &adopt::Archived,
    to: Option<&Path>,
    categories: &[Category],
    roots: &[Volume],
) -> Result<()> {
    for into in archive.into_dirs(to, categories, roots)? {
        terminal::line(&terminal::harmless(&into.to_string()));
        if !into.note.is_empty() {
            terminal::line(&format!("  note: {}", terminal::harmless(&into.note)));
        }
    }
    Ok(())
}

/// The storage roots of the catalog. None where there is no catalog yet: looking never makes one.
async fn known_roots(context: &Context) -> Result<Vec<Volume>> {
    let Ok((_, catalog)) = context.existing().await else { return Ok(Vec::new()) };
    let roots = catalog.volumes().await?;
    catalog.close().await;
    Ok(roots)
}

/// The categories that were named, or else all that are away; from the trash nothing can be brought to another place.
fn away(report: &Report, named: &[Category], elsewhere: bool) -> Vec<Category> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let is_away = |category: &Category| match report.category(*category).map(|known| known.state) {
        Some(State::Archived) => true,
        Some(State::Deleted) => !elsewhere,
        _ => false,
    };
    Category::ALL.into_iter().filter(is_away).collect()
}
