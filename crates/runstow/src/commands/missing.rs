//! `runstow missing`

use std::process::ExitCode;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, VolumeKind, times};
use runstow_engine::moves::vanished;

use super::jobs;
use crate::cli::Missing;
use crate::context::Context;
use crate::terminal;

/// Something is not removed until somebody has looked.
const VANISHED: u8 = 3;

/// Shows what scans do not find any more.
///
/// # Errors
/// When there is no such volume, or the catalog does not answer.
pub async fn run(context: &Context, options: &Missing) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    let mut missing = catalog.missing().await?;
    missing.sort_by_key(|lost| lost.since_us);
    for lost in &missing {
        terminal::line(&format!(
            "{}  missing since {}",
            terminal::harmless(&lost.dir.text()),
            times::timestamp(lost.since_us)
        ));
    }
    let newest = missing.last().map(|lost| lost.since_us);
    match (&options.acknowledge, newest) {
        (None, None) => terminal::line("The last scans found every run and report."),
        (None, Some(_)) => {}
        (Some(_), None) => bail!("nothing is missing: there is nothing to acknowledge"),
        (Some(wanted), Some(newest)) => {
            // What a scan does not find from now on was not shown, and is not covered.
            catalog.acknowledge_missing(named(&catalog, wanted).await?, &jobs::who(), newest).await?;
            let wanted = terminal::harmless(wanted);
            terminal::line(&format!("What is missing on {wanted} of that is acknowledged."));
        }
    }
    let much = vanished(&catalog).await?;
    for volume in much.values() {
        terminal::note(&format!("PROBLEM: {}", terminal::harmless(&volume.reason())));
    }
    catalog.close().await;
    Ok(if much.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(VANISHED) })
}

/// The number of the volume of this name or path.
async fn named(catalog: &Catalog, wanted: &str) -> Result<i64> {
    let volumes = catalog.volumes().await?;
    let roots = volumes.iter().filter(|volume| volume.facts.kind != VolumeKind::Archive);
    let meant = roots.clone().find(|volume| volume.facts.name == wanted || volume.facts.path == wanted);
    let Some(volume) = meant else {
        let names: Vec<&str> = roots.map(|volume| volume.facts.name.as_str()).collect();
        bail!("there is no volume {wanted:?}; there are: {}", names.join(", "));
    };
    Ok(volume.id)
}
