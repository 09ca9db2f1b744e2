//! Who may do what (lifecycle.md §7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account is allowed to do, each role including the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads everything.
    Viewer,
    /// Handles data without losing any (Torrent Suite: staff).
    Operator,
    /// Deletes, and sets the rules.
    Admin,
}

/// One thing that may be allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See runs, reports, plans and events.
    Read,
    /// Set and clear Keep.
    Keep,
    /// Agree to an announced delete.
    Acknowledge,
    /// Archive.
    Archive,
    /// Export.
    Export,
    /// Bring archived or exported files back.
    Restore,
    /// Cancel an action, have it tried again, or decide how it goes on.
    Cancel,
    /// Register and release holds.
    Hold,
    /// Delete, also the archived copy.
    Delete,
    /// Change automatic actions and their limits.
    Policy,
    /// Manage accounts.
    Users,
    /// Manage storage roots and destinations.
    Storage,
    /// Write records through the API.
    WriteRecords,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 13] = [
        Self::Read,
        Self::Keep,
        Self::Acknowledge,
        Self::Archive,
        Self::Export,
        Self::Restore,
        Self::Cancel,
        Self::Hold,
        Self::Delete,
        Self::Policy,
        Self::Users,
        Self::Storage,
        Self::WriteRecords,
    ];

    /// The lowest role that has it.
    #[must_use]
    pub const fn needs(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Keep
            | Self::Acknowledge
            | Self::Archive
            | Self::Export
            | Self::Restore
            | Self::Cancel
            | Self::Hold => Role::Operator,
            Self::Delete | Self::Policy | Self::Users | Self::Storage | Self::WriteRecords => Role::Admin,
        }
    }
}

impl Role {
    /// All roles, from least to most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The name in configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Is it allowed?
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        self >= right.needs()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not a role; use viewer, operator or admin")]
pub struct UnknownRole {
    given: String,
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|r| r.name().eq_ignore_ascii_case(given.trim()))
            .ok_or_else(|| UnknownRole { given: given.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_follow_lifecycle_7() {
        let held = |role: Role| Right::ALL.into_iter().filter(|r| role.may(*r)).count();
        assert_eq!(Role::ALL.map(held), [1, 8, 13]);
        assert!(Role::Operator.may(Right::Archive) && !Role::Operator.may(Right::Delete));
        assert!(!Role::Viewer.may(Right::Hold));
    }

    #[test]
    fn names_are_read_back() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
