//! Whether a worker still has its job.

use std::time::Duration;

use runstow_lifecycle::JobStatus;
use sea_query::{Expr, ExprTrait, Query};

use super::job::{self, Progress, Ticket};
use crate::Catalog;
use crate::error::Result;
use crate::tables::Jobs;

/// No worker takes a job for longer.
pub const LONGEST_LEASE: Duration = Duration::from_secs(60);

/// No job that waits waits longer before it is tried again.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(2560);

/// A time beyond this was written by a clock that was wrong: clocks of workers are never quite the same, so half of it is theirs.
pub(super) fn beyond(now_us: i64, longest: Duration) -> i64 {
    end(now_us, longest.saturating_mul(2))
}

/// What a worker is told about its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It has the job.
    Held,
    /// It has the job, and a user wants it cancelled: stop at the next safe point, settle what was begun, and report
    /// with [`Catalog::finish_job`].
    CancelAsked,
    /// It does not have the job any more. Stop before the next destructive step and report nothing.
    Lost,
}

/// When a lease that begins now ends.
pub(super) fn end(now_us: i64, lease: Duration) -> i64 {
    now_us.saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX))
}

impl Lease {
    pub(super) const fn of(cancel_asked: bool) -> Self {
        if cancel_asked { Self::CancelAsked } else { Self::Held }
    }
}

impl Catalog {
    /// Tells how far a job is and lengthens the lease. One statement: nobody can take the job over in between. A lease
    /// that has run out is renewed if nobody has. After [`Lease::CancelAsked`] the worker still has the job, for as
    /// long as settling takes.
    ///
    /// # Errors
    /// When the catalog can not be written; then the lease is as it was.
    pub async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: &Progress,
        now_us: i64,
    ) -> Result<Lease> {
        let mut tx = self.db.write_aside().await?;
        let renew = job::update(ticket.job)
            .value(Jobs::LeaseUntilUs, end(now_us, lease))
            .value(Jobs::Phase, progress.phase.name())
            .value(Jobs::BytesDone, progress.bytes_done)
            .value(Jobs::BytesTotal, progress.bytes_total)
            .value(Jobs::FilesDone, progress.files_done)
            .value(Jobs::FilesTotal, progress.files_total)
            .value(Jobs::BytesCopied, progress.bytes_copied)
            .value(Jobs::FilesCopied, progress.files_copied)
            .value(Jobs::ProgressUs, now_us)
            .and_where(Expr::col(Jobs::Fence).eq(ticket.fence))
            .and_where(Expr::col(Jobs::Status).eq(JobStatus::Running.name()))
            .returning_col(Jobs::CancelBy)
            .to_owned();
        let held = tx.first(&renew).await?.map(|row| row.get::<Option<String>>(0)).transpose()?;
        tx.commit().await?;
        Ok(held.map_or(Lease::Lost, |cancel_by| Lease::of(cancel_by.is_some())))
    }

    /// Does the worker have the job, with a lease that lasts? To be asked right before each destructive step; a cheap
    /// read. [`Lease::Lost`] also when the lease has run out, though nobody has taken the job over yet: then
    /// [`Catalog::renew_job`] tells whether it can go on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds_job(&self, ticket: Ticket, now_us: i64) -> Result<Lease> {
        let query = Query::select()
            .column(Jobs::CancelBy)
            .from(Jobs::Table)
            .and_where(Expr::col(Jobs::Id).eq(ticket.job))
            .and_where(Expr::col(Jobs::Fence).eq(ticket.fence))
            .and_where(Expr::col(Jobs::Status).eq(JobStatus::Running.name()))
            .and_where(Expr::col(Jobs::LeaseUntilUs).gt(now_us))
            .to_owned();
        let held = self.db.first(&query).await?.map(|row| row.get::<Option<String>>(0)).transpose()?;
        Ok(held.map_or(Lease::Lost, |cancel_by| Lease::of(cancel_by.is_some())))
    }
}
