//! The states of a category of a report, and the moves between them (lifecycle.md §2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// State of one category of one report. On the wire and in the catalog it is the code, for example `AD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// The files are in their place.
    #[serde(rename = "L")]
    Local,
    /// Picked by an automatic delete.
    #[serde(rename = "S")]
    Selected,
    /// A person was told about the delete.
    #[serde(rename = "N")]
    Notified,
    /// A person agreed to the delete.
    #[serde(rename = "A")]
    Acknowledged,
    /// An archive is queued, or waits for its destination.
    #[serde(rename = "SA")]
    ArchivePending,
    /// An export is queued.
    #[serde(rename = "SE")]
    ExportPending,
    /// A delete is queued.
    #[serde(rename = "SD")]
    DeletePending,
    /// Files are being copied and then removed.
    #[serde(rename = "AG")]
    Archiving,
    /// Files are being removed.
    #[serde(rename = "DG")]
    Deleting,
    /// Files are being copied.
    #[serde(rename = "EG")]
    Exporting,
    /// The files are at the archive path only.
    #[serde(rename = "AD")]
    Archived,
    /// The files are gone.
    #[serde(rename = "DD")]
    Deleted,
    /// Files are being brought back.
    #[serde(rename = "IG")]
    Importing,
    /// A person must decide. Never for failures that waiting or a retry can mend.
    #[serde(rename = "E")]
    Error,
}

impl State {
    /// All fourteen, in the order of lifecycle.md §2.
    pub const ALL: [Self; 14] = [
        Self::Local,
        Self::Selected,
        Self::Notified,
        Self::Acknowledged,
        Self::ArchivePending,
        Self::ExportPending,
        Self::DeletePending,
        Self::Archiving,
        Self::Deleting,
        Self::Exporting,
        Self::Archived,
        Self::Deleted,
        Self::Importing,
        Self::Error,
    ];

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.names().0
    }

    /// What people read, and the API value (`get_action_state_display` of Torrent Suite).
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Local => ("L", "Local"),
            Self::Selected => ("S", "Selected"),
            Self::Notified => ("N", "Notified"),
            Self::Acknowledged => ("A", "Acknowledged"),
            Self::ArchivePending => ("SA", "Archive Pending"),
            Self::ExportPending => ("SE", "Export Pending"),
            Self::DeletePending => ("SD", "Delete Pending"),
            Self::Archiving => ("AG", "Archiving"),
            Self::Deleting => ("DG", "Deleting"),
            Self::Exporting => ("EG", "Exporting"),
            Self::Archived => ("AD", "Archived"),
            Self::Deleted => ("DD", "Deleted"),
            Self::Importing => ("IG", "Importing"),
            Self::Error => ("E", "Error"),
        }
    }

    /// Queued or running, as the API's `in_process` field computes it.
    #[must_use]
    pub const fn in_process(self) -> bool {
        self.pending() || self.running()
    }

    /// Queued: the user may still cancel it.
    #[must_use]
    pub const fn pending(self) -> bool {
        matches!(self, Self::ArchivePending | Self::ExportPending | Self::DeletePending)
    }

    /// A worker is at it.
    #[must_use]
    pub const fn running(self) -> bool {
        matches!(self, Self::Archiving | Self::Deleting | Self::Exporting | Self::Importing)
    }

    /// The files are gone from their place, or on their way. Nothing is kept back for a disposed category
    /// (categories.md §7.3).
    #[must_use]
    pub const fn disposed(self) -> bool {
        self.archived() || self.deleted()
    }

    /// The files are, or will be, at the archive path.
    #[must_use]
    pub const fn archived(self) -> bool {
        matches!(self, Self::Archiving | Self::Archived)
    }

    /// The files are gone, or will be.
    #[must_use]
    pub const fn deleted(self) -> bool {
        matches!(self, Self::Deleting | Self::Deleted)
    }

    /// The files are in their place and no action is under way: the states that an action may start from.
    #[must_use]
    pub const fn at_rest_local(self) -> bool {
        matches!(self, Self::Local | Self::Selected | Self::Notified | Self::Acknowledged)
    }

    /// Where the files are, without announcements: an announced delete has touched nothing. In process and in error
    /// the state says nothing about it and stays.
    #[must_use]
    pub const fn place(self) -> Self {
        if self.at_rest_local() { Self::Local } else { self }
    }
}

mod moves;
pub use moves::IllegalMove;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A text that is no state code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not a state code; use one of L, S, N, A, SA, SE, SD, AG, DG, EG, AD, DD, IG, E")]
pub struct UnknownState {
    given: String,
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|s| s.code() == given)
            .ok_or_else(|| UnknownState { given: given.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for state in State::ALL {
            assert_eq!(state.code().parse(), Ok(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.code()));
        }
        assert!("l".parse::<State>().is_err());
    }

    #[test]
    fn the_table_of_lifecycle_2() {
        let codes = |f: fn(State) -> bool| {
            State::ALL.into_iter().filter(|s| f(*s)).map(State::code).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(codes(State::in_process), "SA SE SD AG DG EG IG");
        assert_eq!(codes(State::disposed), "AG DG AD DD");
        assert_eq!(codes(State::archived), "AG AD");
        assert_eq!(codes(State::deleted), "DG DD");
        assert_eq!(codes(State::at_rest_local), "L S N A");
    }
}
