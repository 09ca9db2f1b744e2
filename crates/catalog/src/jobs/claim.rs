//! Handing jobs to workers.

use std::collections::HashMap;
use std::time::Duration;

use runstow_lifecycle::{JobAction, JobStatus, Priority};
use sea_query::{Cond, Expr, ExprTrait, LockBehavior, LockType, Order, Query, SelectStatement, Value};

use super::job::{self, Job};
use super::lease::{LONGEST_LEASE, LONGEST_PAUSE, beyond};
use super::turns::Turns;
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::tables::{JobControl, Jobs};

/// How much may run at a time, with all workers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimLimits {
    /// Running jobs on one storage root, or that write to one destination; none: any number.
    pub per_volume: Option<u64>,
}

/// Who carries a job out.
#[derive(Clone, Copy)]
enum Lane {
    Moves,
    Scheduled,
    /// Whoever asked for these.
    Batch(i64),
}

impl Lane {
    fn holds(self) -> Expr {
        let verifies = Expr::col(Jobs::Action).eq(JobAction::Verify.name());
        let automatic = Expr::col(Jobs::Priority).eq(Priority::Automatic as i64);
        let scheduled = verifies.and(automatic);
        match self {
            Self::Moves => scheduled.not(),
            Self::Scheduled => scheduled,
            Self::Batch(batch) => Expr::col(Jobs::BatchId).eq(batch),
        }
    }
}

/// What a worker is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Claimed {
    /// A job. If [`Job::cancel_by`] is set, all there is to do is to settle what it has begun.
    Job(Box<Job>),
    /// Nothing can be done just now.
    Nothing,
    /// Maintenance: no job is handed out.
    Maintenance,
}

impl Catalog {
    /// Gives a worker the next job for as long as the lease lasts: one whose worker has let its lease run out (a lease that lasts
    /// for days is shortened first), or else
    /// one that is queued or has waited long enough, whose key is free and whose storage root and
    /// destination have not reached the limit. What people ask for comes before what rules ask for; of several users the one with the fewest running
    /// jobs comes first, of these the one who was served longest ago, then the oldest job. Verifications that the schedule asked for are not among them, see
    /// [`Catalog::claim_scheduled_verification`].
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn claim_job(
        &self,
        worker: &str,
        lease: Duration,
        limits: ClaimLimits,
        now_us: i64,
    ) -> Result<Claimed> {
        self.claim(worker, lease, limits, now_us, Lane::Moves).await
    }

    /// The same, of the jobs of one request only: for who asked for them and works on nobody else's.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn claim_job_of_batch(
        &self,
        batch: i64,
        worker: &str,
        lease: Duration,
        limits: ClaimLimits,
        now_us: i64,
    ) -> Result<Claimed> {
        self.claim(worker, lease, limits, now_us, Lane::Batch(batch)).await
    }

    /// The same for verifications that the schedule asked for: reading a large archive takes hours, and nobody who asks
    /// for a move shall wait behind it.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn claim_scheduled_verification(
        &self,
        worker: &str,
        lease: Duration,
        now_us: i64,
    ) -> Result<Claimed> {
        self.claim(worker, lease, ClaimLimits::default(), now_us, Lane::Scheduled).await
    }

    async fn claim(
        &self,
        worker: &str,
        lease: Duration,
        limits: ClaimLimits,
        now_us: i64,
        lane: Lane,
    ) -> Result<Claimed> {
        // Most of the time there is nothing to do; that takes no writer.
        if self.db.first(&ready_or_abandoned(now_us, lane)).await?.is_none() {
            return Ok(Claimed::Nothing);
        }
        let mut tx = self.db.write_aside().await?;
        // Claims take turns here, so that limits and fairness count what others have just taken.
        let control = Query::select()
            .column(JobControl::Maintenance)
            .from(JobControl::Table)
            .lock_exclusive()
            .to_owned();
        if tx.first(&control).await?.is_some_and(|row| row.get(0).unwrap_or(true)) {
            return Ok(Claimed::Maintenance);
        }
        // Whose clock it was may be at work all the same, and renews it within that time. Only then is nobody at it.
        let shorten = Query::update()
            .table(Jobs::Table)
            .value(Jobs::LeaseUntilUs, super::lease::end(now_us, LONGEST_LEASE))
            .and_where(overlong(now_us).and(lane.holds()))
            .to_owned();
        let shortened = tx.run(&shorten).await? > 0;
        let running = Running::read(&mut tx).await?;
        let mut found: Option<(i64, String)> = None;
        for query in [running.abandoned(now_us, lane), running.next(limits, now_us, lane)] {
            if found.is_none() {
                let row = tx.first(&query).await?;
                found = row.map(|row| Ok::<_, CatalogError>((row.get(0)?, row.get(1)?))).transpose()?;
            }
        }
        let Some((id, user)) = found else {
            if shortened {
                tx.commit().await?;
            }
            return Ok(Claimed::Nothing);
        };
        let take = job::update(id)
            .value(Jobs::Status, JobStatus::Running.name())
            .value(Jobs::Fence, Expr::col(Jobs::Fence).add(1))
            .value(Jobs::Attempts, Expr::col(Jobs::Attempts).add(1))
            .value(Jobs::LeaseUntilUs, super::lease::end(now_us, lease))
            .value(Jobs::Worker, without_nul(worker))
            .value(Jobs::NotBeforeUs, None::<i64>)
            .value(
                Jobs::StartedUs,
                sea_query::Func::coalesce([Expr::col(Jobs::StartedUs), Expr::val(now_us)]),
            )
            .to_owned();
        tx.run(&take).await?;
        running.turns.take(&mut tx, &user).await?;
        let job = job::read(&mut tx, id).await?;
        tx.commit().await?;
        Ok(job.map_or(Claimed::Nothing, |job| Claimed::Job(Box::new(job))))
    }
}

fn status(status: JobStatus) -> Expr {
    Expr::col(Jobs::Status).eq(status.name())
}

fn abandoned(now_us: i64) -> Expr {
    status(JobStatus::Running).and(Expr::col(Jobs::LeaseUntilUs).lte(now_us))
}

/// Its lease was written while a clock was far ahead, and lasts for days.
fn overlong(now_us: i64) -> Expr {
    status(JobStatus::Running).and(Expr::col(Jobs::LeaseUntilUs).gt(beyond(now_us, LONGEST_LEASE)))
}

fn ready(now_us: i64) -> Expr {
    let due = Expr::col(Jobs::NotBeforeUs).is_null().or(Expr::col(Jobs::NotBeforeUs).lte(now_us));
    // The same of a pause. Who asks for a job may well want it begun in a month.
    let overlong = Expr::col(Jobs::NotBeforeUs).gt(beyond(now_us, LONGEST_PAUSE));
    let due = due.or(status(JobStatus::Waiting).and(overlong));
    Expr::col(Jobs::Status).is_in([JobStatus::Queued, JobStatus::Waiting].map(JobStatus::name)).and(due)
}

fn ready_or_abandoned(now_us: i64, lane: Lane) -> SelectStatement {
    Query::select()
        .column(Jobs::Id)
        .from(Jobs::Table)
        .cond_where(Cond::any().add(ready(now_us)).add(abandoned(now_us)).add(overlong(now_us)))
        .and_where(lane.holds())
        .limit(1)
        .to_owned()
}

/// What runs just now: few jobs, however many are queued.
#[derive(Default)]
struct Running {
    keys: Vec<String>,
    on_volume: HashMap<i64, u64>,
    of_user: HashMap<String, i64>,
    turns: Turns,
}

impl Running {
    async fn read(tx: &mut Tx) -> Result<Self> {
        let query = Query::select()
            .columns([Jobs::LockKey, Jobs::VolumeId, Jobs::Username, Jobs::TargetVolumeId])
            .from(Jobs::Table)
            .and_where(status(JobStatus::Running))
            .to_owned();
        let mut found = Self { turns: Turns::read(tx).await?, ..Self::default() };
        for row in tx.all(&query).await? {
            found.keys.push(row.get(0)?);
            let (volume, target): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(3)?);
            for volume in volume.into_iter().chain(target.filter(|target| Some(*target) != volume)) {
                *found.on_volume.entry(volume).or_default() += 1;
            }
            *found.of_user.entry(row.get(2)?).or_default() += 1;
        }
        Ok(found)
    }

    /// A job that nobody is at any more. It comes before all others: it keeps its key and its place on its storage root.
    fn abandoned(&self, now_us: i64, lane: Lane) -> SelectStatement {
        one(abandoned(now_us).and(lane.holds())).order_by(Jobs::Id, Order::Asc).to_owned()
    }

    fn next(&self, limits: ClaimLimits, now_us: i64, lane: Lane) -> SelectStatement {
        let mut query = one(ready(now_us).and(lane.holds()));
        if !self.keys.is_empty() {
            query.and_where(Expr::col(Jobs::LockKey).is_not_in(self.keys.clone()));
        }
        if let Some(most) = limits.per_volume {
            let full: Vec<i64> =
                self.on_volume.iter().filter(|(_, jobs)| **jobs >= most).map(|(volume, _)| *volume).collect();
            for on in [Jobs::VolumeId, Jobs::TargetVolumeId] {
                if most == 0 {
                    query.and_where(Expr::col(on).is_null());
                } else if !full.is_empty() {
                    query.and_where(Expr::col(on).is_null().or(Expr::col(on).is_not_in(full.clone())));
                }
            }
        }
        query.order_by(Jobs::Priority, Order::Asc);
        if !self.of_user.is_empty() {
            let mut busy = sea_query::CaseStatement::new();
            for (user, jobs) in &self.of_user {
                busy = busy.case(Expr::col(Jobs::Username).eq(user.as_str()), Expr::val(*jobs));
            }
            query.order_by_expr(busy.finally(Value::from(0_i64)).into(), Order::Asc);
        }
        let mut turns = self.turns.iter().peekable();
        if turns.peek().is_some() {
            let mut last = sea_query::CaseStatement::new();
            for (user, turn) in turns {
                last = last.case(Expr::col(Jobs::Username).eq(user), Expr::val(turn));
            }
            query.order_by_expr(last.finally(Value::from(0_i64)).into(), Order::Asc);
        }
        query.order_by(Jobs::Id, Order::Asc).to_owned()
    }
}

/// One job that no other transaction is at: who is just writing about a job keeps it.
fn one(which: Expr) -> SelectStatement {
    Query::select()
        .columns([Jobs::Id, Jobs::Username])
        .from(Jobs::Table)
        .and_where(which)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned()
}
