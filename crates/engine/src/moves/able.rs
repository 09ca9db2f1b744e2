//! Which actions this version can plan and carry out.

use runstow_lifecycle::{Action, JobAction};

/// An action that this version of Runstow can not carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this version of Runstow can not {action} yet; it can {}", able_names())]
pub struct NotYet {
    /// What was asked for.
    pub action: JobAction,
}

/// The rules by which an action selects files, if it can be carried out.
///
/// # Errors
/// [`NotYet`] names those that can be.
pub const fn able(action: JobAction) -> Result<Action, NotYet> {
    match action {
        JobAction::Archive => Ok(Action::Archive),
        JobAction::Export => Ok(Action::Export),
        JobAction::Delete | JobAction::Restore | JobAction::Purge | JobAction::Verify => {
            Err(NotYet { action })
        }
    }
}

fn able_names() -> String {
    let names = JobAction::ALL.into_iter().filter(|action| able(*action).is_ok()).map(JobAction::name);
    names.collect::<Vec<_>>().join(" and ")
}
