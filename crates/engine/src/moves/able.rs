//! Which actions can be asked for with gates, over the API and in `runstow explain`. Others have commands of their own.

use runstow_lifecycle::{Action, JobAction};

/// An action that can not be asked for in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{action} can not be explained or asked for here yet, only {}; use the command `runstow {}`",
    able_names(),
    command(*action)
)]
pub struct NotYet {
    /// What was asked for.
    pub action: JobAction,
}

/// The rules by which an action selects files, if it can be asked for.
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

/// The command that carries it out.
const fn command(action: JobAction) -> &'static str {
    match action {
        JobAction::Purge => "trash empty",
        other => other.name(),
    }
}

fn able_names() -> String {
    let names = JobAction::ALL.into_iter().filter(|action| able(*action).is_ok()).map(JobAction::name);
    names.collect::<Vec<_>>().join(" and ")
}
