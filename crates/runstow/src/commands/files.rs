//! `runstow files`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use base64::Engine as _;
use runstow_engine::catalog::registry::ReportWithRun;
use runstow_engine::catalog::{Catalog, times};
use runstow_engine::files::{Classifiers, ReportListing, list_report};
use runstow_lifecycle::{Action, Category};
use serde_json::{Value, json};

use super::{meant, scan};
use crate::cli::{ActionName, Files};
use crate::context::Context;
use crate::terminal::{self, table::size};

/// What `--jsonl` answers for when no action is named.
const ALL: [Action; 5] = [Action::Archive, Action::Export, Action::Delete, Action::Test, Action::List];

/// Some directory was not there.
const NOT_THERE: u8 = 3;

/// Reports read from the catalog at once.
const PAGE: u64 = 500;

/// Lists files. Nothing here can write: not the catalog, not the disk.
///
/// # Errors
/// When a report or category is unknown.
pub async fn run(context: &Context, options: &Files) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let settings = scan::settings(&config)?;
    let classifiers = Arc::new(Classifiers::new(settings.file_sets())?);
    let categories =
        if options.category.is_empty() { Category::ALL.to_vec() } else { options.category.clone() };
    let actions: Vec<Action> = match (options.action.as_slice(), options.jsonl) {
        ([], true) => ALL.to_vec(),
        ([], false) => vec![Action::Measure],
        (named, _) => named.iter().map(|name| action(*name)).collect(),
    };
    let mut complete = true;
    if options.all {
        let mut last = i64::MIN;
        loop {
            let page = catalog.reports_after(last, PAGE).await?;
            let Some(end) = page.last() else { break };
            last = end.id;
            for report in page {
                if let Some(run) = catalog.run(report.experiment_id).await? {
                    complete &= one(
                        ReportWithRun { report, run },
                        &classifiers,
                        &actions,
                        &categories,
                        options.jsonl,
                    )
                    .await?;
                }
            }
        }
    } else {
        for report in meant::reports(&catalog, &options.reports, &options.filter).await? {
            let found = numbered(&catalog, report).await?;
            complete &= one(found, &classifiers, &actions, &categories, options.jsonl).await?;
        }
    }
    catalog.close().await;
    // Every line of JSON says itself whether it is complete.
    Ok(if complete || options.jsonl { ExitCode::SUCCESS } else { ExitCode::from(NOT_THERE) })
}

/// The report of this id or name, with its run.
///
/// # Errors
/// When there is none, or several have the name.
pub async fn named(catalog: &Catalog, name: &str) -> Result<ReportWithRun> {
    let Some(report) = catalog.find_report(name).await? else {
        bail!("there is no report {name:?}; `runstow ls` shows all");
    };
    numbered(catalog, report.id).await
}

/// The report of this id, which was there a moment ago, with its run.
///
/// # Errors
/// When it is there no longer.
pub async fn numbered(catalog: &Catalog, report: i64) -> Result<ReportWithRun> {
    match catalog.report_with_run(report).await? {
        Some(found) => Ok(found),
        None => bail!("report {report} was removed just now"),
    }
}

async fn one(
    found: ReportWithRun,
    classifiers: &Arc<Classifiers>,
    actions: &[Action],
    categories: &[Category],
    jsonl: bool,
) -> Result<bool> {
    let (id, name, date) = (found.report.id, found.report.results_name.clone(), found.report.time_stamp_us);
    let listing = list_report(found, classifiers.clone(), actions.to_vec()).await?;
    if !jsonl {
        terminal::line(&format!(
            "{id} {} ({})",
            terminal::harmless(&name),
            times::timestamp(date).strftime("%Y-%m-%d")
        ));
    }
    for line in listing.lines.iter().filter(|line| categories.contains(&line.category)) {
        let mb = listing.diskspace_mb[line.category.index()];
        if jsonl {
            let (process, keep) =
                line.files.as_ref().map_or((&[][..], &[][..]), |files| (&files.process, &files.keep));
            let mut object = json!({"report": id, "category": line.category.code(), "action": line.action.name(),
                "process": paths(process), "keep": paths(keep), "diskspace_mb": mb});
            if let Err(refused) = &line.files {
                object["error"] = Value::from(refused.to_string());
            }
            if !listing.not_there.is_empty() {
                object["incomplete"] = Value::from(listing.not_there.clone());
            }
            terminal::line(&object.to_string());
            continue;
        }
        terminal::line(&format!(
            "\n  {} of {} ({}, now {})",
            line.action,
            line.category.ts_name(),
            line.category,
            size(Some(mb))
        ));
        match &line.files {
            Err(refused) => terminal::line(&format!("    refused: {refused}")),
            Ok(files) => {
                for path in &files.process {
                    let mark = if files.keep.binary_search(path).is_ok() { "keep" } else { "    " };
                    terminal::line(&format!(
                        "    {mark} {}",
                        terminal::harmless(&String::from_utf8_lossy(path))
                    ));
                }
                let kept = files.process.iter().filter(|path| files.keep.binary_search(path).is_ok()).count();
                terminal::line(&format!("    {} files, {kept} of them kept back", files.process.len()));
            }
        }
    }
    tell_skipped(&listing, jsonl);
    Ok(listing.not_there.is_empty())
}

fn tell_skipped(listing: &ReportListing, jsonl: bool) {
    for what in &listing.not_there {
        let text = format!("NOT COMPLETE: {}", terminal::harmless(what));
        if jsonl { terminal::note(&text) } else { terminal::line(&format!("\n  {text}")) }
    }
    for (path, why) in &listing.skipped {
        let text = format!("left out: {}: {why}", terminal::harmless(&path.to_string_lossy()));
        if jsonl { terminal::note(&text) } else { terminal::line(&format!("\n  {text}")) }
    }
}

fn paths(paths: &[Vec<u8>]) -> Vec<Value> {
    paths
        .iter()
        .map(|path| match std::str::from_utf8(path) {
            Ok(text) => Value::from(text),
            Err(_) => json!({"b64": base64::engine::general_purpose::STANDARD.encode(path)}),
        })
        .collect()
}

fn action(name: ActionName) -> Action {
    match name {
        ActionName::Archive => Action::Archive,
        ActionName::Export => Action::Export,
        ActionName::Delete => Action::Delete,
        ActionName::Test => Action::Test,
        ActionName::List => Action::List,
        ActionName::Measure => Action::Measure,
    }
}
