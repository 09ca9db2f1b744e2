//! Which state a category shows while a job is at it (lifecycle.md §2).
//!
//! Before a job has done anything the category shows the pending code, after that the running code, also while the job
//! waits. `E` is shown only while a person must decide. A restore and the delete of an archived copy have no pending
//! code: the category shows where its files are until they begin. What moves nothing shows nothing.

use super::{JobAction, JobStatus};
use crate::State;

/// The way of one category through one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    action: JobAction,
    from: State,
}

/// An action that can not begin in this state.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "what is {} ({from}) can not be {}; that takes one of: {}",
    from.label(),
    action.participle(),
    codes(*action)
)]
pub struct Unfit {
    /// What was asked for.
    pub action: JobAction,
    /// The state the category is in.
    pub from: State,
}

fn codes(action: JobAction) -> String {
    let codes: Vec<String> =
        starts(action).iter().map(|state| format!("{} ({state})", state.label())).collect();
    codes.join(", ")
}

const fn starts(action: JobAction) -> &'static [State] {
    use State::{Acknowledged, Archived, Deleted, Local, Notified, Selected};
    match action {
        JobAction::Archive => &[Local, Selected, Notified, Acknowledged],
        JobAction::Export | JobAction::Delete => &[Local, Selected, Notified, Acknowledged, Archived],
        JobAction::Restore => &[Archived, Deleted],
        // The trash and exports outlive what becomes of the category.
        JobAction::Purge | JobAction::Verify => &[Local, Selected, Notified, Acknowledged, Archived, Deleted],
    }
}

impl Course {
    /// The way from a state.
    ///
    /// # Errors
    /// [`Unfit`] when the action can not begin there.
    pub fn new(action: JobAction, from: State) -> Result<Self, Unfit> {
        if starts(action).contains(&from) { Ok(Self { action, from }) } else { Err(Unfit { action, from }) }
    }

    /// The action.
    #[must_use]
    pub const fn action(self) -> JobAction {
        self.action
    }

    /// The state before.
    #[must_use]
    pub const fn from(self) -> State {
        self.from
    }

    /// While nothing has been done yet.
    #[must_use]
    pub const fn pending(self) -> State {
        match self.action {
            JobAction::Archive => State::ArchivePending,
            JobAction::Export => State::ExportPending,
            JobAction::Delete if self.from.at_rest_local() => State::DeletePending,
            JobAction::Delete | JobAction::Restore | JobAction::Purge | JobAction::Verify => self.from,
        }
    }

    /// From the beginning on.
    #[must_use]
    pub const fn running(self) -> State {
        match self.action {
            JobAction::Archive => State::Archiving,
            JobAction::Export => State::Exporting,
            JobAction::Delete => State::Deleting,
            JobAction::Restore => State::Importing,
            JobAction::Purge | JobAction::Verify => self.from,
        }
    }

    /// While a person must decide.
    #[must_use]
    pub const fn undecided(self) -> State {
        if self.action.moves() { State::Error } else { self.from }
    }

    /// When all was done.
    #[must_use]
    pub const fn done(self) -> State {
        match self.action {
            JobAction::Archive => State::Archived,
            JobAction::Export => self.from.place(),
            JobAction::Delete => State::Deleted,
            JobAction::Restore => State::Local,
            JobAction::Purge | JobAction::Verify => self.from,
        }
    }

    /// When it came to nothing. What had begun, or was in error, goes back to where the files are; an announcement of a
    /// delete (`S`, `N`, `A`) is then void. What had not begun goes back to exactly what it was.
    #[must_use]
    pub const fn given_up(self, begun: bool) -> State {
        if begun && self.action.moves() { self.from.place() } else { self.from }
    }

    /// What is shown in a status, depending on whether the job has begun.
    #[must_use]
    pub const fn shown(self, status: JobStatus, begun: bool) -> State {
        match status {
            JobStatus::Queued | JobStatus::Running | JobStatus::Waiting if begun => self.running(),
            JobStatus::Queued | JobStatus::Running | JobStatus::Waiting => self.pending(),
            JobStatus::NeedsDecision => self.undecided(),
            JobStatus::Done => self.done(),
            JobStatus::Failed | JobStatus::Cancelled => self.given_up(begun),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Course> {
        JobAction::ALL
            .into_iter()
            .flat_map(|action| State::ALL.into_iter().filter_map(move |from| Course::new(action, from).ok()))
    }

    #[test]
    fn every_way_is_made_of_legal_moves() {
        let legal = |from: State, to: State, course: Course| {
            assert!(from == to || from.may_become(to), "{course:?}: {from} to {to}");
        };
        for course in all() {
            legal(course.from(), course.pending(), course);
            legal(course.pending(), course.running(), course);
            legal(course.running(), course.done(), course);
            legal(course.running(), course.undecided(), course);
            // Left by a retry, before or after the beginning.
            legal(course.undecided(), course.pending(), course);
            legal(course.undecided(), course.running(), course);
            // Taken back before the beginning, and after it: then by way of E, in one step for everybody else.
            legal(course.pending(), course.given_up(false), course);
            legal(course.undecided(), course.given_up(true), course);
        }
    }

    #[test]
    fn the_codes_of_lifecycle_2() {
        let way = |action, from: &str| {
            let course = Course::new(action, from.parse().unwrap()).unwrap();
            [course.pending(), course.running(), course.done()].map(State::code).join(" ")
        };
        for from in ["L", "S", "N", "A"] {
            assert_eq!(way(JobAction::Archive, from), "SA AG AD");
            assert_eq!(way(JobAction::Export, from), "SE EG L");
            assert_eq!(way(JobAction::Delete, from), "SD DG DD");
        }
        assert_eq!(way(JobAction::Export, "AD"), "SE EG AD");
        assert_eq!(way(JobAction::Delete, "AD"), "AD DG DD");
        assert_eq!(way(JobAction::Restore, "AD"), "AD IG L");
        assert_eq!(way(JobAction::Restore, "DD"), "DD IG L");
        for action in [JobAction::Purge, JobAction::Verify] {
            assert_eq!(way(action, "DD"), "DD DD DD");
            assert_eq!(way(action, "N"), "N N N");
        }
    }

    #[test]
    fn waiting_shows_pending_before_and_running_after_the_beginning() {
        let course = Course::new(JobAction::Archive, State::Notified).unwrap();
        for status in [JobStatus::Queued, JobStatus::Running, JobStatus::Waiting] {
            assert_eq!(course.shown(status, false), State::ArchivePending);
            assert_eq!(course.shown(status, true), State::Archiving);
        }
        assert_eq!(course.shown(JobStatus::Cancelled, false), State::Notified);
        assert_eq!(course.shown(JobStatus::Cancelled, true), State::Local);
    }

    #[test]
    fn only_a_decision_shows_an_error_and_an_end_is_at_rest() {
        for course in all() {
            for begun in [false, true] {
                for status in JobStatus::ALL {
                    let shown = course.shown(status, begun);
                    let error = status == JobStatus::NeedsDecision && course.action().moves();
                    assert_eq!(shown == State::Error, error, "{course:?} {status}");
                    assert!(status.live() || !shown.in_process(), "{course:?} {status}");
                }
            }
        }
    }

    #[test]
    fn nothing_begins_in_process_or_in_error() {
        for action in JobAction::ALL {
            for from in State::ALL.into_iter().filter(|state| state.in_process() || *state == State::Error) {
                assert!(Course::new(action, from).is_err(), "{action} {from}");
            }
        }
        let text = Course::new(JobAction::Restore, State::Local).unwrap_err().to_string();
        assert_eq!(
            text,
            "what is Local (L) can not be restored; that takes one of: Archived (AD), Deleted (DD)"
        );
    }
}
