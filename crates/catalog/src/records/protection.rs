//! Rows of what protects files: Keep with its reasons, and holds.

use super::record;
use crate::tables::{CategoryKeeps, Holds, RunKeeps};

record! {
    /// Who keeps the signal files of a run. `former_options` is the run's storage option before.
    #[derive(Debug)]
    RunKeepRow in RunKeeps key [ExperimentId] {
        experiment_id: i64 = ExperimentId,
        owner: String = Owner,
        reason: String = Reason,
        since_us: i64 = SinceUs,
        expires_us: Option<i64> = ExpiresUs,
        former_options: String = FormerOptions,
    }
}

record! {
    /// Who keeps another category of a report.
    #[derive(Debug)]
    CategoryKeepRow in CategoryKeeps key [ResultId, Category] {
        result_id: i64 = ResultId,
        category: i64 = Category,
        owner: String = Owner,
        reason: String = Reason,
        since_us: i64 = SinceUs,
        expires_us: Option<i64> = ExpiresUs,
    }
}

record! {
    /// Who uses a report or a run.
    #[derive(Debug)]
    HoldRow in Holds key [Id] {
        id: i64 = Id,
        result_id: Option<i64> = ResultId,
        experiment_id: Option<i64> = ExperimentId,
        who: String = Who,
        reason: String = Reason,
        since_us: i64 = SinceUs,
        expires_us: Option<i64> = ExpiresUs,
    }
}
