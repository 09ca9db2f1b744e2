//! Which actions can be asked for with gates, over the API and in `runstow explain`. Others have commands of their own.

use runstow_lifecycle::{Action, JobAction};

/// An action that can not be asked for in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{action} is not about reports with gates: it can not be explained or asked for here, only {}; use the command `runstow {}`",
    able_names(),
    command(*action)
)]
pub struct NotYet {
    /// What was asked for.
    pub action: JobAction,
}

/// Can it be asked for?
///
/// # Errors
/// [`NotYet`] names those that can be.
pub const fn able(action: JobAction) -> Result<(), NotYet> {
    match action {
        JobAction::Archive | JobAction::Export | JobAction::Delete | JobAction::Restore => Ok(()),
        JobAction::Purge | JobAction::Verify => Err(NotYet { action }),
    }
}

/// Does it write copies to a destination?
#[must_use]
pub const fn copies(action: JobAction) -> bool {
    matches!(action, JobAction::Archive | JobAction::Export)
}

/// The rules by which an action selects files.
pub(super) const fn selects(action: JobAction) -> Action {
    match action {
        JobAction::Archive => Action::Archive,
        JobAction::Delete | JobAction::Purge => Action::Delete,
        JobAction::Export | JobAction::Restore | JobAction::Verify => Action::Export,
    }
}

/// Does the action take files from where they lie?
pub(super) const fn removes(action: JobAction) -> bool {
    matches!(action, JobAction::Archive | JobAction::Delete)
}

/// The command that carries it out.
const fn command(action: JobAction) -> &'static str {
    match action {
        JobAction::Purge => "trash empty",
        other => other.name(),
    }
}

fn able_names() -> String {
    let names = JobAction::ALL.into_iter().filter(|action| able(*action).is_ok()).map(JobAction::name);
    names.collect::<Vec<_>>().join(", ")
}
