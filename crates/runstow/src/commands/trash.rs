//! `runstow trash`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use runstow_engine::catalog::{TrashFilter, Trashed, times};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::purge::{self, Which};
use runstow_lifecycle::Priority;

use super::asking::{LEFT_OUT, carry_out};
use super::plans::bytes;
use super::{files, jobs, scan};
use crate::cli::{Trash, TrashEmpty};
use crate::context::Context;
use crate::terminal::{self, table::table};

const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// Shows what lies in the trash, or removes some of it for good.
///
/// # Errors
/// When the catalog does not answer.
pub async fn run(context: &Context, command: Option<&Trash>) -> Result<ExitCode> {
    match command {
        None => list(context).await,
        Some(Trash::Empty(options)) => empty(context, options).await,
    }
}

async fn list(context: &Context) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    let entries = catalog.trash(TrashFilter::default()).await?;
    if entries.is_empty() {
        terminal::line("The trash is empty.");
    } else {
        tell(&entries);
        terminal::line("`runstow restore REPORT` brings files back; `runstow trash empty` frees the room.");
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

fn tell(entries: &[Trashed]) {
    let row = |entry: &Trashed| {
        vec![
            entry.job.to_string(),
            format!("{} {}", entry.report_id, entry.report_name),
            if purge::was_archived(entry) {
                format!("{} (archive)", entry.category)
            } else {
                entry.category.to_string()
            },
            entry.files.to_string(),
            bytes(u64::try_from(entry.bytes).unwrap_or(0)),
            Timestamp::from_microsecond(entry.deleted_us)
                .map(|time| time.strftime("%F %H:%M").to_string())
                .unwrap_or_default(),
            entry.folder.text().into_owned(),
        ]
    };
    let head = ["job", "report", "category", "files", "size", "deleted (UTC)", "folder"];
    terminal::line(&table(&head, &[0, 3, 4], entries.iter().map(row).collect()));
    let sum = entries.iter().map(|entry| u64::try_from(entry.bytes).unwrap_or(0)).sum();
    terminal::line(&format!("{} can be reclaimed.", bytes(sum)));
}

async fn empty(context: &Context, options: &TrashEmpty) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let mut which = Which {
        deleted_before_us: options.older_than.map(|days| times::now_us() - i64::from(days) * DAY_US),
        bytes: options.need.map(|need| need.saturating_mul(1 << 20)),
        ..Which::default()
    };
    for name in &options.reports {
        which.reports.push(files::named(&catalog, name).await?.report.id);
    }
    let entries = purge::find(&catalog, &which).await?;
    if entries.is_empty() {
        terminal::line("There is nothing of that kind in the trash.");
        catalog.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    tell(&entries);
    if !options.yes {
        terminal::line(
            "Nothing was done. Add --yes to remove these files for good; nobody can bring them back then.",
        );
        catalog.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let asked = purge::ask(&catalog, &entries, &options.comment, &jobs::who(), Priority::Manual).await?;
    let about: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", entry.report_id, entry.category.ts_name())).collect();
    let complete = carry_out(&config, &catalog, &classifiers, asked, &about).await;
    catalog.close().await;
    Ok(if complete? { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) })
}
