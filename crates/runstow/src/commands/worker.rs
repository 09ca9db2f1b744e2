//! `runstow worker`: carries jobs out, wherever they were asked for.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::purge::empty_on_schedule;
use runstow_engine::moves::{Worked, Worker};

use super::verify::Verifying;
use super::{scan, serve};
use crate::context::Context;
use crate::terminal;

/// Between two looks whether there is something to do.
const IDLE: Duration = Duration::from_secs(2);

/// Works until told to stop.
///
/// # Errors
/// When the catalog can not be opened.
pub async fn run(context: &Context) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    let worker = Arc::new(Worker::new(catalog.clone(), Arc::clone(&classifiers), name()));
    let stop = serve::stop_signal()?;
    let verifying = Verifying::begin(&config, &catalog, classifiers);
    terminal::line("runstow works; Ctrl-C stops it at the next safe point");
    let working = tokio::spawn(forever(Arc::clone(&worker)));
    let emptying = tokio::spawn(empty_on_schedule(catalog.clone(), config.trash.limits()));
    stop.await;
    emptying.abort();
    worker.end();
    working.await?;
    verifying.end().await;
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Works until the worker is told to end.
pub async fn forever(worker: Arc<Worker>) {
    while !worker.is_ending() {
        match worker.work().await {
            Ok(Worked::On(_)) => {}
            Ok(Worked::Nothing | Worked::Maintenance) => tokio::time::sleep(IDLE).await,
            Err(error) => {
                tracing::warn!(%error, "can not work; trying again");
                tokio::time::sleep(IDLE * 5).await;
            }
        }
    }
}

/// What a worker is called: host and process.
pub fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}
