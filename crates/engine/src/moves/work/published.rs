//! Jobs that have published an archive: its sources may be gone, so there is no way back, whatever became of the journal.

use runstow_catalog::{Choice, Job};
use runstow_storage::Failure;

use crate::moves::hand::Hand;
use crate::moves::task::Task;

/// The decision to end a job as archived.
const ARCHIVED: &str = "archived";

/// Has the job published its archive, with this worker or an earlier one?
pub(super) fn is_published(job: &Job, hand: &Hand) -> bool {
    job.published() || hand.has_published()
}

/// Has a person decided that it is archived?
pub(super) fn is_called_archived(job: &Job) -> bool {
    job.published() && job.decision.as_deref() == Some(ARCHIVED)
}

/// What can be decided then. There is no giving up.
pub(super) fn choices() -> [Choice; 2] {
    [
        Choice { id: "retry".into(), label: "Try again".into() },
        Choice {
            id: ARCHIVED.into(),
            label: "It is archived: the archive has all files, and what is still in its place stays there"
                .into(),
        },
    ]
}

/// What failed, in words that hold though sources may be gone.
pub(super) fn told(failure: &Failure, task: &Task) -> String {
    let place = match task {
        Task::Copy(order) => format!("{:?}", order.place()),
        _ => "its archive".to_owned(),
    };
    match failure {
        Failure::PlanChanged { what } => format!(
            "{what}, so that nothing tells any more which files it has removed. All were \
             archived to {place} before the first was removed; some may still be in their place too. Bring the journal back and \
             try again, or say that it is archived"
        ),
        Failure::NotRecorded(why) => {
            format!("it can not go on with the removal of what is archived in {place} now ({why})")
        }
        Failure::InUse { count, first } => format!(
            "{count} files that are still in their place changed, the first: {first:?}; all were archived to {place} before"
        ),
        Failure::Damaged { path } => format!(
            "the copy {path:?} on the target is damaged: what was read back is not what was written. Nothing more is removed; \
             check the target's disk"
        ),
        Failure::Unreadable { count, first } => format!(
            "{count} entries that are still in their place can not be read, the first: {first}; all were archived to {place} before. \
             Make them readable, or remove them"
        ),
        other => other.to_string(),
    }
}
