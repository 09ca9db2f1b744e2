//! `runstow maintenance`

use std::process::ExitCode;

use anyhow::Result;
use runstow_engine::catalog::{Maintenance, times};

use super::jobs;
use crate::cli::MaintenanceCommand;
use crate::context::Context;
use crate::terminal;

/// Stops the beginning of jobs, or lets them begin again.
///
/// # Errors
/// When the catalog does not answer.
pub async fn run(context: &Context, command: &MaintenanceCommand) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    match command {
        MaintenanceCommand::On { reason } => {
            let wanted = Maintenance { by: jobs::who(), reason: reason.clone(), since_us: times::now_us() };
            catalog.set_maintenance(Some(&wanted)).await?;
        }
        MaintenanceCommand::Off => catalog.set_maintenance(None).await?,
        MaintenanceCommand::Show => {}
    }
    terminal::line(&match catalog.maintenance().await? {
        None => "Maintenance is off: jobs are begun.".to_owned(),
        Some(Maintenance { by, reason, since_us }) => {
            let why =
                if reason.is_empty() { String::new() } else { format!(": {}", terminal::harmless(&reason)) };
            format!(
                "Maintenance is on since {} by {}{why}. No job is begun; those that run come to their end.",
                times::timestamp(since_us),
                terminal::harmless(&by)
            )
        }
    });
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}
