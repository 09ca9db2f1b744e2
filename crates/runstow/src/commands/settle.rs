//! `runstow catalog settle`: categories that say a job is at them, when none is.

use std::process::ExitCode;

use anyhow::Result;
use runstow_engine::catalog::{Catalog, Edit};

use super::{files, jobs};
use crate::cli::Settle;
use crate::context::Context;
use crate::terminal;

/// Something was left as it is.
const LEFT_OUT: u8 = 3;

/// Named at most after a load.
const NAMED: usize = 20;

/// Says where the files of categories are that no job is at.
///
/// # Errors
/// When there is no such report, or the catalog can not be written.
pub async fn run(context: &Context, options: &Settle) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    let state = options.place.state();
    let mut left_out = false;
    for name in &options.reports {
        let report = files::named(&catalog, name).await?.report.id;
        for category in &options.category {
            let told = match catalog.settle_orphan(report, *category, state, &jobs::who()).await? {
                Edit::Done(1) => format!("is {} now", state.label()),
                Edit::Done(reports) => {
                    format!("is {} now, on all {reports} reports of the run", state.label())
                }
                Edit::Refused(why) => {
                    left_out = true;
                    format!("left as it is: {why}")
                }
                Edit::NotThere | Edit::Changed => {
                    left_out = true;
                    "left as it is: the report has no such files".to_owned()
                }
            };
            terminal::line(&format!("report {report} {category}: {}", terminal::harmless(&told)));
        }
    }
    catalog.close().await;
    Ok(if left_out { ExitCode::from(LEFT_OUT) } else { ExitCode::SUCCESS })
}

/// Names what says that a job is at it when none is.
///
/// # Errors
/// When the catalog does not answer.
pub async fn tell(catalog: &Catalog) -> Result<()> {
    let orphans = catalog.orphaned_states().await?;
    if orphans.is_empty() {
        return Ok(());
    }
    for orphan in orphans.iter().take(NAMED) {
        let (report, category, state) = (orphan.report_id, orphan.category, orphan.state);
        terminal::note(&format!("report {report} {category}: {} ({state}) without a job", state.label()));
    }
    if orphans.len() > NAMED {
        terminal::note(&format!("… and {} more; `runstow doctor` counts them", orphans.len() - NAMED));
    }
    terminal::note(
        "No action takes these until somebody has looked where the files are and said so: `runstow catalog settle \
         REPORT --category CATEGORY --is local|archived|deleted`.",
    );
    Ok(())
}
