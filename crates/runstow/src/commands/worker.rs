//! `runstow worker`: carries jobs out, wherever they were asked for.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use runstow_engine::catalog::Catalog;
use runstow_engine::files::Classifiers;
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
    stop.await;
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

/// Works until these jobs have ended, wait for something, or need a decision; or until Ctrl-C. True unless it was
/// stopped.
///
/// # Errors
/// When the catalog does not answer.
pub async fn until_settled(catalog: &Catalog, worker: Worker, jobs: &[i64]) -> Result<bool> {
    let mut told = false;
    let mut stop = std::pin::pin!(serve::stop_signal()?);
    loop {
        let mut open = false;
        for id in jobs {
            open |= catalog.job(*id).await?.is_some_and(|job| {
                use runstow_lifecycle::JobStatus::{Queued, Running};
                matches!(job.status, Queued | Running)
            });
        }
        if !open {
            return Ok(true);
        }
        let mut working = std::pin::pin!(worker.work());
        let worked = tokio::select! {
            worked = &mut working => worked?,
            () = &mut stop => {
                terminal::note("stopping at the next safe point; the jobs go on with `runstow worker` or `runstow serve`");
                worker.end();
                working.await?;
                return Ok(false);
            }
        };
        if worked == Worked::Maintenance && !told {
            told = true;
            terminal::note("maintenance: no job is begun until it is over");
        }
        if !matches!(worked, Worked::On(_)) {
            // Another worker has them, or nobody may.
            tokio::time::sleep(IDLE).await;
        }
    }
}

/// What a worker is called: host and process.
pub fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}
