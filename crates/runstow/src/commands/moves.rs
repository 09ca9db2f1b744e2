//! `runstow archive` and `runstow export`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Confirmation, Destination, Settings, Terms};
use runstow_lifecycle::JobAction;

use super::asking::{Asking, categories};
use super::{files, scan};
use crate::cli::Move;
use crate::context::Context;

/// Plans, shows, and with `--yes` carries out.
///
/// # Errors
/// When a report or the destination is not there, or the catalog does not answer.
pub async fn run(context: &Context, action: JobAction, options: &Move) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let settings = config.move_settings();
    let mut reports = Vec::new();
    for name in &options.reports {
        reports.push((files::named(&catalog, name).await?.report.id, categories(&options.category)));
    }
    let confirmations =
        [(options.keep_confirmed, Confirmation::Kept), (options.unfinished, Confirmation::Unfinished)];
    let asking = Asking {
        config: &config,
        catalog: &catalog,
        classifiers: &classifiers,
        terms: Terms {
            action,
            destination: Some(destination(&settings, &options.to, options.not_mounted)?),
            confirmed: confirmations.into_iter().filter_map(|(said, what)| said.then_some(what)).collect(),
            stays_in_trash: true,
            agreed: None,
        },
        files: options.files,
        yes: options.yes && !options.dry_run,
        max_delete: options.max_delete,
        max_delete_size: options.max_delete_size,
        checksums: options.checksums,
        comment: &options.comment,
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
