//! What people do with jobs: cancel, try again, decide.

use runstow_lifecycle::JobStatus;

use super::finish::{self, Outcome};
use super::job::{self, Choice, Job};
use super::marks;
use crate::Catalog;
use crate::db::Tx;
use crate::edit::Edit;
use crate::error::Result;
use crate::events::without_nul;
use crate::records::JobRow;
use crate::tables::Jobs;

impl Catalog {
    /// Takes a job back. One that has not begun is cancelled at once and its category is what it was before. One that
    /// runs is to stop at the next safe point; one that has begun and waits goes to a worker, which settles it. Both
    /// are told by [`Job::cancel_by`] until then.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn cancel_job(&self, id: i64, by: &str, now_us: i64) -> Result<Edit<Job>> {
        let mut tx = self.db.write().await?;
        let Some(mut row) = job::lock(&mut tx, id).await? else {
            tx.abandon().await?;
            return Ok(Edit::NotThere);
        };
        let status = Job::of(row.clone(), None)?.status;
        if status.ended() {
            return refused(tx, format!("job {id} has ended already: it is {status}")).await;
        }
        let running = status == JobStatus::Running;
        if !running && row.begun_us.is_none() {
            row.cancel_by = Some(without_nul(by));
            tx.run(job::update(id).value(Jobs::CancelBy, row.cancel_by.clone())).await?;
            finish::end(&mut tx, &row, Outcome::Cancelled { result: None }, now_us).await?;
        } else {
            if row.cancel_by.is_none() {
                tx.run(job::update(id).value(Jobs::CancelBy, without_nul(by))).await?;
                let text = format!("{} is to stop", marks::title(&row)?);
                let marks = marks::of_job(&mut tx, &row).await?;
                marks::tell(&mut tx, &marks, &text, by).await?;
            }
            if !running {
                back_to_queue(&mut tx, &row).await?;
            }
        }
        done(tx, id).await
    }

    /// Has a job tried again now: one that waits, or one that needs a decision and is to go on as if nothing had been.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn retry_job(&self, id: i64, by: &str) -> Result<Edit<Job>> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock(&mut tx, id).await? else {
            tx.abandon().await?;
            return Ok(Edit::NotThere);
        };
        let status = Job::of(row.clone(), None)?.status;
        if !matches!(status, JobStatus::Waiting | JobStatus::NeedsDecision) {
            let why = match status.ended() {
                true => format!("job {id} has ended: it is {status}; ask for the action again"),
                false => format!("job {id} is {status}{}: it goes on without being told", worker_of(&row)),
            };
            return refused(tx, why).await;
        }
        tell(&mut tx, &row, "is tried again", by).await?;
        back_to_queue(&mut tx, &row).await?;
        done(tx, id).await
    }

    /// Decides how a job goes on, if `unchanged` finds it as it was seen. Its worker finds the choice in
    /// [`Job::decision`].
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn decide_job(
        &self,
        id: i64,
        choice: &str,
        by: &str,
        unchanged: impl FnOnce(&Job) -> bool + Send,
    ) -> Result<Edit<Job>> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock(&mut tx, id).await? else {
            tx.abandon().await?;
            return Ok(Edit::NotThere);
        };
        let Some(seen) = job::read(&mut tx, id).await? else {
            tx.abandon().await?;
            return Ok(Edit::NotThere);
        };
        if !unchanged(&seen) {
            return Ok(Edit::Changed);
        }
        if seen.status != JobStatus::NeedsDecision {
            return refused(tx, format!("job {id} needs no decision: it is {}", seen.status)).await;
        }
        let Some(Choice { id: decision, label }) = seen.choices.into_iter().find(|known| known.id == choice)
        else {
            let known = Job::of(row, None)?.choices.into_iter().map(|choice| choice.id).collect::<Vec<_>>();
            let known = known.join(", ");
            return refused(tx, format!("{choice:?} is no choice of job {id}: decide for one of {known}"))
                .await;
        };
        tx.run(job::update(id).value(Jobs::Decision, decision)).await?;
        tell(&mut tx, &row, &format!("goes on as decided: {label}"), by).await?;
        back_to_queue(&mut tx, &row).await?;
        done(tx, id).await
    }
}

/// Who has it, and until when at most if nothing more is heard of it.
fn worker_of(row: &JobRow) -> String {
    let until = row.lease_until_us.filter(|_| row.status == JobStatus::Running.name());
    let until = until.and_then(|until| jiff::Timestamp::from_microsecond(until).ok());
    until.map_or_else(String::new, |until| {
        let worker = row.worker.as_deref().unwrap_or("a worker");
        format!(
            ", {worker} has it until {}, or longer when it is heard of",
            until.strftime("%F %H:%M:%S UTC")
        )
    })
}

/// The next worker may take it at once. What was in error shows again what it is at.
async fn back_to_queue(tx: &mut Tx, row: &JobRow) -> Result<()> {
    let marks = marks::of_job(tx, row).await?;
    marks::show(tx, row, &marks, JobStatus::Queued, row.begun_us.is_some()).await?;
    let queue = job::update(row.id)
        .value(Jobs::Status, JobStatus::Queued.name())
        .value(Jobs::NotBeforeUs, None::<i64>)
        .value(Jobs::Attempts, 0_i64)
        .value(Jobs::Choices, None::<String>)
        .to_owned();
    tx.run(&queue).await.map(drop)
}

async fn tell(tx: &mut Tx, row: &JobRow, what: &str, by: &str) -> Result<()> {
    let marks = marks::of_job(tx, row).await?;
    marks::tell(tx, &marks, &format!("{} {what}", marks::title(row)?), by).await
}

/// Says no, and ends the transaction before that is heard: a claim passes over a job whose row is still locked.
async fn refused(tx: Tx, why: String) -> Result<Edit<Job>> {
    tx.commit().await?;
    Ok(Edit::Refused(why))
}

/// Makes it so, and gives the job as it is now.
async fn done(mut tx: Tx, id: i64) -> Result<Edit<Job>> {
    let job = job::read(&mut tx, id).await?;
    tx.commit().await?;
    Ok(job.map_or(Edit::NotThere, Edit::Done))
}
