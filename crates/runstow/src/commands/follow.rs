//! Looking on while jobs are carried out, here or by another worker.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use runstow_engine::catalog::{Catalog, Job, JobFilter};
use runstow_engine::moves::Worker;
use runstow_lifecycle::JobStatus;

use super::{jobs, serve, worker};
use crate::terminal::{self, job_progress::JobProgress};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// The same for this many jobs; twice as many are looked at half as often.
const AT_ONCE: usize = 20;

/// After each so many looks it is found out what a queued job waits for.
const SOON: u32 = 10;

/// Carries the jobs of a request out with a worker of this program, or looks on where others have taken them, until each has
/// ended, waits for something, or needs a decision; or until Ctrl-C. True unless it was stopped.
///
/// # Errors
/// When the catalog does not answer.
pub async fn carry_out(catalog: &Catalog, hand: Worker, batch: i64) -> Result<bool> {
    let stop = serve::stop_signal()?;
    let hand = Arc::new(hand.of_batch(batch));
    let working = tokio::spawn(worker::forever(Arc::clone(&hand)));
    let filter = JobFilter { batch: Some(batch), limit: i64::MAX.unsigned_abs(), ..JobFilter::default() };
    let looked = tokio::select! {
        looked = look_on(catalog, async || Ok(catalog.jobs(&filter).await?), settled) => Some(looked),
        () = stop => None,
    };
    if looked.is_none() {
        terminal::note(
            "stopping at the next safe point; the jobs go on with `runstow worker` or `runstow serve`",
        );
    }
    hand.end();
    working.await?;
    looked.transpose().map(|looked| looked.is_some())
}

/// Looks on until a job has ended or needs a decision, or until Ctrl-C.
///
/// # Errors
/// When the catalog does not answer.
pub async fn until_over(catalog: &Catalog, id: i64) -> Result<()> {
    let stop = serve::stop_signal()?;
    let over = |job: &Job| job.status.ended() || job.status == JobStatus::NeedsDecision;
    tokio::select! {
        looked = look_on(catalog, async || Ok(catalog.job(id).await?.into_iter().collect()), over) => looked,
        () = stop => Ok(()),
    }
}

/// Nobody is at it, and nobody will be at once.
fn settled(job: &Job) -> bool {
    !matches!(job.status, JobStatus::Queued | JobStatus::Running)
}

/// The job that has the files of a queued one, and how it is with its worker.
async fn in_the_way(catalog: &Catalog, waits: &Job) -> Result<Option<String>> {
    let filter =
        JobFilter { run: Some(waits.run_id), statuses: vec![JobStatus::Running], ..JobFilter::default() };
    let others = catalog.jobs(&filter).await?;
    let first = others.iter().find(|job| job.id != waits.id && job.lock_key == waits.lock_key);
    Ok(first.map(|job| {
        let worker = jobs::silent(job)
            .map_or_else(|| "a worker has it".to_owned(), |silent| format!("worker {silent}"));
        format!("job {}, which has files of the same run: {worker}", job.id)
    }))
}

async fn look_on(
    catalog: &Catalog,
    jobs: impl AsyncFn() -> Result<Vec<Job>>,
    over: impl Fn(&Job) -> bool,
) -> Result<()> {
    let mut progress = JobProgress::default();
    let (mut told, mut looks) = (false, 0);
    loop {
        let jobs = jobs().await?;
        jobs.iter().rev().for_each(|job| progress.show(job));
        if jobs.iter().all(&over) {
            return Ok(());
        }
        let running = jobs.iter().any(|job| job.status == JobStatus::Running);
        if !running && !told && catalog.maintenance().await?.is_some() {
            told = true;
            progress.say(
                "maintenance: no job is begun until it is over (`runstow maintenance show`). Ctrl-C leaves the jobs \
                 waiting for its end; `runstow jobs cancel N` takes one back",
            );
        }
        looks += 1;
        // Not at every look: it asks for more than the jobs of the request.
        if !running && !told && looks % SOON == 0 {
            // The newest come first, and the oldest is the next to begin.
            let next = jobs.iter().rfind(|job| job.status == JobStatus::Queued);
            if let Some(next) = next
                && let Some(first) = in_the_way(catalog, next).await?
            {
                told = true;
                progress.say(&format!("job {} waits for {first}. Ctrl-C leaves it waiting", next.id));
            }
        }
        let many = u32::try_from(jobs.len() / AT_ONCE).unwrap_or(u32::MAX).clamp(1, 25);
        tokio::time::sleep(LOOK * many).await;
    }
}
