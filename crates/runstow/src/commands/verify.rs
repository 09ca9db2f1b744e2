//! `runstow verify`

mod background;
mod bare;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, Job};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::verify::{VerifyWish, Wanted, all_archives, archived_of, ask_verify};
use runstow_lifecycle::{Category, JobStatus, Priority};
use serde_json::Value;

use super::{files, follow, jobs, meant, scan, worker};
use crate::cli::Verify;
use crate::context::Context;
use crate::terminal::{self, harmless};
pub use background::Verifying;

/// Something is not whole, or could not be looked at.
const FINDINGS: u8 = 3;

/// Reads archives again.
///
/// # Errors
/// When a report or directory is not there, or the catalog does not answer.
pub async fn run(context: &Context, options: &Verify) -> Result<ExitCode> {
    let whole = match &options.dir {
        Some(dir) => bare::run(dir, options).await?,
        None => of_catalog(context, options).await?,
    };
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

async fn of_catalog(context: &Context, options: &Verify) -> Result<bool> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let wanted = if options.all { all(&catalog, options).await? } else { named(&catalog, options).await? };
    if wanted.is_empty() {
        bail!("nothing that is meant has an archive; `runstow show REPORT` shows where archives are");
    }
    let who = jobs::who();
    let wish = VerifyWish {
        sample: options.sample,
        comment: &options.comment,
        user: &who,
        priority: Priority::Manual,
    };
    let mut whole = true;
    // One after the other: each is told as soon as it was read, and none keeps others from its files before its turn.
    for one in wanted {
        for Wanted { report, category, job } in ask_verify(&catalog, &[one], wish).await? {
            whole &= match job {
                Ok(id) => {
                    let hand = worker::hand(&config, &catalog, Arc::clone(&classifiers));
                    let batch = catalog.job(id).await?.map(|job| job.batch_id);
                    let went_on = match batch {
                        Some(batch) => follow::carry_out(&catalog, hand, batch).await?,
                        None => true,
                    };
                    let found = catalog.job(id).await?.is_some_and(|job| tell(&job));
                    if !went_on {
                        catalog.close().await;
                        return Ok(false);
                    }
                    found
                }
                Err(why) => {
                    let category = category.ts_name();
                    terminal::line(&format!("{report} {category}: not verified: {}", harmless(&why)));
                    false
                }
            };
        }
    }
    catalog.close().await;
    Ok(whole)
}

/// What is meant: the categories that have an archive; of reports that were named, exactly those asked for.
async fn named(catalog: &Catalog, options: &Verify) -> Result<Vec<(i64, Category)>> {
    let mut wanted = Vec::new();
    let found = !options.filter.is_empty();
    for report in meant::reports(catalog, &options.reports, &options.filter).await? {
        let report = files::numbered(catalog, report).await?.report;
        if found {
            let asked =
                |category: &Category| options.category.is_empty() || options.category.contains(category);
            wanted
                .extend(archived_of(&report).into_iter().filter(asked).map(|category| (report.id, category)));
            continue;
        }
        if !options.category.is_empty() {
            wanted.extend(options.category.iter().map(|category| (report.id, *category)));
            continue;
        }
        let archived = archived_of(&report);
        // It may have been exported; what has neither is told.
        let meant = if archived.is_empty() { Category::ALL.to_vec() } else { archived };
        wanted.extend(meant.into_iter().map(|category| (report.id, category)));
    }
    Ok(wanted)
}

async fn all(catalog: &Catalog, options: &Verify) -> Result<Vec<(i64, Category)>> {
    let mut wanted = all_archives(catalog).await?;
    wanted.retain(|(_, category)| options.category.is_empty() || options.category.contains(category));
    Ok(wanted)
}

/// Tells of one job; true when the archive is whole.
fn tell(job: &Job) -> bool {
    let result = job.result.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let name = job.report_name.as_deref().unwrap_or("?");
    let head = format!("{} {} {}", job.report_id, harmless(name), job.category.ts_name());
    let Some(result) = result.filter(|_| job.status == JobStatus::Done) else {
        let why = job.reason.as_ref().map_or(String::new(), |told| format!(": {}", harmless(&told.text)));
        terminal::line(&format!("{head}: job {} is {}{why}", job.id, job.status));
        return false;
    };
    let text = |key: &str| result[key].as_str().unwrap_or_default().to_owned();
    terminal::line(&format!("{head}: {}", harmless(&text("summary"))));
    terminal::line(&format!("  in {}", harmless(&text("folder"))));
    let findings = result["findings"].as_array().map_or(&[][..], Vec::as_slice);
    for finding in findings {
        let path = match finding["path"].as_str() {
            Some("") => ".".to_owned(),
            Some(path) => harmless(path),
            None => harmless(&finding["path"].to_string()),
        };
        terminal::line(&format!("  {path}: {}", harmless(finding["text"].as_str().unwrap_or_default())));
    }
    let more = result["finding_count"].as_u64().unwrap_or_default().saturating_sub(findings.len() as u64);
    if more > 0 {
        terminal::line(&format!("  and {more} more; `runstow verify --dir` lists all"));
    }
    for (key, what) in [("other_times", "times"), ("other_modes", "permissions")] {
        if let Some(count) = result[key]["count"].as_u64().filter(|count| *count > 0) {
            terminal::line(&format!(
                "  note: {count} entries have other {what} than when they were archived"
            ));
        }
    }
    if let Some(why) = result["extra_files_unknown"].as_str() {
        terminal::line(&format!("  note: {}", harmless(why)));
    }
    if result["read_from_medium"] == false {
        terminal::line("  note: the file system may have answered from memory");
    }
    result["whole"] == true
}
