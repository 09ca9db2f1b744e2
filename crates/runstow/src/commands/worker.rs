//! `runstow worker`: carries jobs out, wherever they were asked for.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use runstow_engine::catalog::{Catalog, ClaimLimits};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::purge::empty_on_schedule;
use runstow_engine::moves::{Bandwidth, Worked, Worker};

use super::verify::Verifying;
use super::{scan, serve};
use crate::config::Config;
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
    let stop = serve::stop_signal()?;
    let verifying = Verifying::begin(&config, &catalog, Arc::clone(&classifiers));
    terminal::line("runstow works; Ctrl-C stops it at the next safe point");
    let crew = Crew::start(&config, &catalog, &classifiers, config.moves.workers.max(1));
    let emptying = tokio::spawn(empty_on_schedule(catalog.clone(), config.trash.limits()));
    stop.await;
    emptying.abort();
    tokio::join!(crew.end(), verifying.end());
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The workers of one program, which share its limits.
pub struct Crew {
    workers: Vec<Arc<Worker>>,
    working: Vec<tokio::task::JoinHandle<()>>,
}

impl Crew {
    /// So many begin to work.
    pub fn start(config: &Config, catalog: &Catalog, classifiers: &Arc<Classifiers>, count: u32) -> Self {
        let bandwidth = Arc::new(Bandwidth::new(&config.move_settings().destinations));
        let named = |number: u32| match number {
            0 => name(),
            number => format!("{}-{}", name(), number + 1),
        };
        let workers: Vec<Arc<Worker>> = (0..count)
            .map(|number| {
                Arc::new(begin(config, catalog, Arc::clone(classifiers), named(number), &bandwidth))
            })
            .collect();
        let working = workers.iter().map(|worker| tokio::spawn(forever(Arc::clone(worker)))).collect();
        Self { workers, working }
    }

    /// Each stops at its next safe point; ends when all have.
    pub async fn end(self) {
        self.workers.iter().for_each(|worker| worker.end());
        for working in self.working {
            let _ = working.await;
        }
    }
}

/// A worker for what this command has asked for.
pub fn hand(config: &Config, catalog: &Catalog, classifiers: Arc<Classifiers>) -> Worker {
    let bandwidth = Arc::new(Bandwidth::new(&config.move_settings().destinations));
    begin(config, catalog, classifiers, name(), &bandwidth)
}

/// A worker within the limits of the configuration.
fn begin(
    config: &Config,
    catalog: &Catalog,
    classifiers: Arc<Classifiers>,
    name: String,
    bandwidth: &Arc<Bandwidth>,
) -> Worker {
    let limits = ClaimLimits { per_volume: config.moves.jobs_per_volume.map(|most| u64::from(most.get())) };
    Worker::new(catalog.clone(), classifiers, name)
        .with_limits(limits)
        .with_bandwidth(Arc::clone(bandwidth))
        .with_files_at_a_time(config.moves.files_at_a_time)
}

/// Works until the worker is told to end.
pub async fn forever(worker: Arc<Worker>) {
    while !worker.is_ending() {
        match worker.work().await {
            Ok(Worked::On(_)) => {}
            Ok(Worked::Nothing | Worked::Maintenance) => worker.rest(IDLE).await,
            Err(error) => {
                tracing::warn!(%error, "can not work; trying again");
                worker.rest(IDLE * 5).await;
            }
        }
    }
}

/// What a worker is called: host and process.
pub fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}
