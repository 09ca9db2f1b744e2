//! What can be done with a category's files, as far as it decides which files are concerned.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Category;

/// A thing that is done with the files of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Copy everything selected to the archive, then remove what nothing keeps back.
    Archive,
    /// Copy everything selected, remove nothing.
    Export,
    /// Remove what nothing keeps back.
    Delete,
    /// Only say what an archive would do.
    Test,
    /// The list that is given to plugins.
    List,
    /// Sum the sizes (the category's disk space).
    Measure,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Archive, Self::Export, Self::Delete, Self::Test, Self::List, Self::Measure];

    /// The name in commands and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Export => "export",
            Self::Delete => "delete",
            Self::Test => "test",
            Self::List => "list",
            Self::Measure => "measure",
        }
    }

    /// Does the action see files below a linked `sigproc_results` of the start folder? (categories.md §6)
    ///
    /// Those files belong to the parent report. Deleting and listing never reach through the link; Intermediate Files
    /// reach through it only to be measured.
    #[must_use]
    pub const fn wants_linked(self, category: Category) -> bool {
        match self {
            Self::Measure => true,
            Self::Archive | Self::Export | Self::Test => !matches!(category, Category::Misc),
            Self::Delete | Self::List => false,
        }
    }

    /// Do keep patterns hold files back? (categories.md §7.3) An export removes nothing, and a measurement counts kept
    /// files too.
    #[must_use]
    pub const fn keeps(self) -> bool {
        !matches!(self, Self::Export | Self::Measure)
    }

    /// Does it look at the local folders whatever the state says? (categories.md §7.1: others go to the archive path of
    /// an archived category, and are refused for a deleted one.)
    #[must_use]
    pub const fn ignores_state(self) -> bool {
        matches!(self, Self::List | Self::Measure)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no action.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not an action; use archive, export, delete, test, list or measure")]
pub struct UnknownAction {
    given: String,
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|a| a.name().eq_ignore_ascii_case(given.trim()))
            .ok_or_else(|| UnknownAction { given: given.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        assert!("import".parse::<Action>().unwrap_err().to_string().contains("`import`"));
    }

    #[test]
    fn linked_results_follow_the_table_of_categories_6() {
        let row = |a: Action| Category::ALL.map(|c| a.wants_linked(c));
        for action in [Action::Archive, Action::Export, Action::Test] {
            assert_eq!(row(action), [true, true, true, false]);
        }
        for action in [Action::Delete, Action::List] {
            assert_eq!(row(action), [false; 4]);
        }
        assert_eq!(row(Action::Measure), [true; 4]);
    }
}
