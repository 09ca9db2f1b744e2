//! The keys of jobs that have not ended, and of the trash.

use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, Priority, State};
use serde::{Deserialize, Serialize};

use super::super::scalars::{Bytes, Count, Id, PathEntry, Time};
use super::is_default;
use crate::jobs::Choice;

/// A job that has not ended. Whoever had it is not told: it is anybody's again.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::neutral) struct JobEntry {
    pub(in crate::neutral) id: Id,
    /// Jobs of one request share it, and what the request says.
    pub(in crate::neutral) batch: Id,
    pub(in crate::neutral) action: JobAction,
    pub(in crate::neutral) result: Id,
    pub(in crate::neutral) experiment: Id,
    pub(in crate::neutral) category: Category,
    pub(in crate::neutral) previous_state: State,
    /// The categories that it holds; that of its own report is among them.
    pub(in crate::neutral) marks: Vec<MarkEntry>,
    /// Default: that of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) lock_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) volume: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) target: Option<PathEntry>,
    /// The archive that it writes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) target_volume: Option<Id>,
    /// JSON of the engine, as text: it comes back sign by sign.
    pub(in crate::neutral) options: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) plan: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) kept_confirmed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) unfinished_confirmed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) comment: String,
    pub(in crate::neutral) username: String,
    pub(in crate::neutral) priority: Priority,
    pub(in crate::neutral) status: JobStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) reason: Option<ReasonEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) not_before: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) attempts: Count,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) fence: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) cancel_by: Option<String>,
    #[serde(default = "plan", skip_serializing_if = "is_plan")]
    pub(in crate::neutral) phase: Phase,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) bytes_done: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) bytes_total: Option<Bytes>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) files_done: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) files_total: Option<Count>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) bytes_copied: Bytes,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) files_copied: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) progress: Option<Time>,
    pub(in crate::neutral) created: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) started: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) begun: Option<Time>,
    /// When all its copies were in their place: from then on there is no way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) published: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::neutral) choices: Vec<Choice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) decision: Option<String>,
}

/// A report whose category a job holds, and what it was before.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::neutral) struct MarkEntry {
    pub(in crate::neutral) result: Id,
    pub(in crate::neutral) previous_state: State,
}

/// Why a job waits or must be decided.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::neutral) struct ReasonEntry {
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::neutral) kind: String,
    pub(in crate::neutral) text: String,
}

/// What one delete has put into the trash. The report may be gone.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::neutral) struct TrashEntry {
    pub(in crate::neutral) job: Id,
    pub(in crate::neutral) result: Id,
    pub(in crate::neutral) experiment: Id,
    pub(in crate::neutral) category: Category,
    pub(in crate::neutral) report_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) volume: Option<Id>,
    pub(in crate::neutral) folder: PathEntry,
    /// JSON of the engine, as text: it comes back sign by sign.
    pub(in crate::neutral) options: String,
    pub(in crate::neutral) files: Count,
    pub(in crate::neutral) bytes: Bytes,
    pub(in crate::neutral) deleted: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) due: Option<Time>,
    pub(in crate::neutral) username: String,
}

/// The next numbers of jobs and requests: those of jobs that have ended are in no document, and are not used again.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::neutral) struct NumbersEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) jobs: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::neutral) job_batches: Option<Id>,
}

const fn plan() -> Phase {
    Phase::Plan
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_plan(phase: &Phase) -> bool {
    *phase == Phase::Plan
}
