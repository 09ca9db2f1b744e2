//! Jobs: what users and rules have asked for, who is at it, and what came of it.
//!
//! A job holds its category from the request to its end, so that no other job can ask for the same files (`job_marks`).
//! A worker takes a job with a lease and a number that grows with each taking, the fence; everything that it reports is
//! believed only while that number is still the job's. So a worker that was stopped and continued changes nothing once
//! another has taken over. Every operation is one transaction: between any two of them a worker may vanish, and the
//! next one that claims the job goes on.
//!
//! The state that a category shows follows from the job's status (`runstow_lifecycle::Course`) and is written in the
//! same transaction. Times are microseconds since 1970 UTC and are passed in, so that stories can be told in tests.

mod begin;
mod claim;
mod enqueue;
mod finish;
mod gates;
mod job;
mod lease;
mod list;
mod maintenance;
mod marks;
mod orphans;
mod pause;
mod published;
mod steer;
mod trash;
mod turns;
mod verified;

pub use begin::Start;
pub use claim::{ClaimLimits, Claimed};
pub use enqueue::{Enqueued, NewBatch, NewJob, Refusal};
pub use finish::{ArchivePlace, Done, Outcome};
pub use job::{Choice, Job, Progress, Ticket, Told};
pub use lease::{LONGEST_LEASE, LONGEST_PAUSE, Lease};
pub use list::{JobCounts, JobFilter};
pub use maintenance::Maintenance;
pub use orphans::OrphanedState;
pub use published::{Published, Sources};
pub use trash::{NewTrash, TrashChange, TrashFilter, Trashed};
pub use verified::Found;

pub(crate) use list::require_none_alive;

use runstow_lifecycle::JobStatus;

/// Names of the statuses of jobs that have not ended.
pub(crate) fn live() -> impl Iterator<Item = &'static str> {
    JobStatus::ALL.into_iter().filter(|status| status.live()).map(JobStatus::name)
}
