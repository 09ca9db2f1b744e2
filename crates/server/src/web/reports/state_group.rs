//! The fourteen states in the six groups that people filter by.

use runstow_lifecycle::State;

/// States that mean the same for somebody looking for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum StateGroup {
    Local,
    Announced,
    Busy,
    Archived,
    Deleted,
    Error,
}

impl StateGroup {
    /// All of them, in the order of a life.
    pub(in crate::web) const ALL: [Self; 6] =
        [Self::Local, Self::Announced, Self::Busy, Self::Archived, Self::Deleted, Self::Error];

    /// The group of a state.
    pub(in crate::web) fn of(state: State) -> Self {
        match state {
            State::Local => Self::Local,
            State::Selected | State::Notified | State::Acknowledged => Self::Announced,
            State::Archived => Self::Archived,
            State::Deleted => Self::Deleted,
            State::Error => Self::Error,
            State::ArchivePending
            | State::ExportPending
            | State::DeletePending
            | State::Archiving
            | State::Deleting
            | State::Exporting
            | State::Importing => Self::Busy,
        }
    }

    /// The states in it.
    pub(in crate::web) fn states(self) -> impl Iterator<Item = State> {
        State::ALL.into_iter().filter(move |state| Self::of(*state) == self)
    }

    /// The files are still where they were made.
    pub(super) fn in_place(self) -> bool {
        !matches!(self, Self::Archived | Self::Deleted)
    }

    /// In addresses and as a style.
    pub(in crate::web) fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Announced => "announced",
            Self::Busy => "busy",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
            Self::Error => "error",
        }
    }

    /// In the filter.
    pub(in crate::web) fn label(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Announced => "Up for deletion",
            Self::Busy => "In process",
            Self::Archived => "Archived",
            Self::Deleted => "Deleted",
            Self::Error => "Error",
        }
    }

    /// From an address.
    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}
