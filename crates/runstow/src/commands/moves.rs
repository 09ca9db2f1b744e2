//! `runstow archive` and `runstow export`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Confirmation, Destination, Settings, Terms};
use runstow_lifecycle::JobAction;

use super::asking::{self, Asking};
use super::scan;
use crate::cli::{Copying, Removal};
use crate::context::Context;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report or the destination is not there, or the catalog does not answer.
pub async fn run(
    context: &Context,
    action: JobAction,
    options: &Copying,
    removal: Removal,
) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let settings = config.move_settings();
    let reports = asking::reports(&catalog, &options.wanted).await?;
    let said = [
        (options.keep_confirmed, Confirmation::Kept),
        (options.wanted.unfinished, Confirmation::Unfinished),
        (options.new_archive, Confirmation::NewArchive),
    ];
    let terms = Terms {
        action,
        destination: Some(destination(&settings, &options.to, options.not_mounted)?),
        confirmed: asking::confirmed(said),
        stays_in_trash: true,
        agreed: None,
    };
    let asking = Asking {
        checksums: options.checksums,
        removal,
        ..Asking::of(&options.wanted, terms, &config, &catalog, &classifiers)
    };
    let answer = asking.run(reports).await?;
    catalog.close().await;
    Ok(answer.code())
}

/// The destination of this name or path.
///
/// # Errors
/// When it can not be used.
pub fn destination(settings: &Settings, to: &str, not_mounted: bool) -> Result<Destination> {
    match settings.destinations.named(to)?.look_at(not_mounted) {
        Ok(destination) => Ok(destination),
        Err(why) => bail!("the destination can not be used: {why}"),
    }
}
