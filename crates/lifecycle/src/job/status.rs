//! Where a job stands.

use super::words::words;

words! {
    /// Where a job stands.
    JobStatus, "a status of a job" {
        /// Nobody has taken it yet.
        Queued = "queued",
        /// A worker has it, for as long as its lease lasts.
        Running = "running",
        /// It goes on by itself at a known time: to try again, or to look whether a named thing is there now.
        Waiting = "waiting",
        /// A person must decide. Never for failures that waiting can mend.
        NeedsDecision = "needs_decision",
        /// It has done what it was asked for.
        Done = "done",
        /// It was refused: the world is not as the plan says any more. Nothing was changed.
        Failed = "failed",
        /// A user took it back.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a worker is doing.
    Phase, "a phase of a job" {
        /// Finding the files and comparing them with the confirmed plan.
        Plan = "plan",
        /// Copying.
        Copy = "copy",
        /// Reading copies back and comparing.
        Prove = "prove",
        /// Making the copy visible and recording it.
        Publish = "publish",
        /// Removing sources.
        Remove = "remove",
        /// Undoing or completing what a cancelled job has begun.
        Settle = "settle",
    }
}

words! {
    /// Which jobs go first.
    Priority, "a priority" {
        /// A person asked for it.
        Manual = "manual",
        /// A rule asked for it.
        Automatic = "automatic",
    }
}

impl JobStatus {
    /// Has it not ended?
    #[must_use]
    pub const fn live(self) -> bool {
        !self.ended()
    }

    /// Has it ended, one way or another?
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Which statuses may follow. A running job whose worker is gone stays running with the next worker; a job whose
    /// undoing takes a worker goes back to the queue to be cancelled.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Queued => &[Self::Running, Self::Cancelled],
            Self::Running => &[
                Self::Running,
                Self::Waiting,
                Self::NeedsDecision,
                Self::Done,
                Self::Failed,
                Self::Cancelled,
            ],
            Self::Waiting => &[Self::Running, Self::Queued, Self::Cancelled],
            // A person comes first.
            Self::NeedsDecision => &[Self::Queued, Self::Cancelled],
            Self::Done | Self::Failed | Self::Cancelled => &[],
        }
    }

    /// May `next` follow?
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for status in JobStatus::ALL {
            assert_eq!(status.name().parse(), Ok(status));
        }
        for phase in Phase::ALL {
            assert_eq!(phase.name().parse(), Ok(phase));
        }
        for priority in Priority::ALL {
            assert_eq!(priority.name().parse(), Ok(priority));
        }
        assert!("Queued".parse::<JobStatus>().is_err());
    }

    #[test]
    fn an_end_is_an_end_and_everything_else_can_still_end() {
        for status in JobStatus::ALL {
            assert_eq!(status.next().is_empty(), status.ended(), "{status}");
            assert_eq!(status.may_become(JobStatus::Cancelled), status.live(), "{status}");
        }
    }

    #[test]
    fn only_a_worker_ends_a_job_well_or_asks_people() {
        for status in JobStatus::ALL {
            for next in [JobStatus::Done, JobStatus::Failed, JobStatus::NeedsDecision, JobStatus::Waiting] {
                assert_eq!(status.may_become(next), status == JobStatus::Running, "{status} {next}");
            }
        }
        assert!(!JobStatus::NeedsDecision.may_become(JobStatus::Running), "a person comes first");
    }
}
