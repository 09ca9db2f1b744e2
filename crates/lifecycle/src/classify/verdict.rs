//! The answer for one path.

use super::groups;
use crate::{Category, CategorySet};

/// What the patterns say about one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// The categories that take it.
    pub selected: CategorySet,
    /// The categories for which it would be kept back, selected or not.
    pub keep: KeepSet,
    /// The path has `onboard_results` in it: out of reach for reports that leave the instrument's results alone.
    pub onboard: bool,
    /// The path has `sigproc_results` in it: out of reach when linked results are not wanted.
    pub sigproc: bool,
}

impl Verdict {
    pub(super) const fn from_bits(bits: u32) -> Self {
        Self {
            #[expect(clippy::cast_possible_truncation, reason = "the lowest four bits are wanted")]
            selected: CategorySet::from_bits((bits & !(bits >> 4)) as u8),
            #[expect(clippy::cast_possible_truncation, reason = "the lowest sixteen bits are wanted")]
            keep: KeepSet((bits >> 8) as u16),
            onboard: bits & groups::ONBOARD_WORD != 0,
            sigproc: bits & groups::SIGPROC_WORD != 0,
        }
    }

    /// What remains of it for a report.
    ///
    /// `leaves_onboard`: the report leaves the instrument's results alone (categories.md §5).
    #[must_use]
    pub fn within_reach(self, leaves_onboard: bool) -> Self {
        if leaves_onboard && self.onboard { Self::default() } else { self }
    }

    /// Neither selected nor kept by anything.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.selected.is_empty() && self.keep.is_empty()
    }
}

/// For which category a file stays while which other category is not disposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeepSet(u16);

impl KeepSet {
    /// Does nothing keep it back?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Does `category` keep it back while `with` is not disposed?
    #[must_use]
    pub const fn contains(self, category: Category, with: Category) -> bool {
        self.0 & (1 << (4 * category.index() + with.index())) != 0
    }

    /// The categories with which `category` keeps it back.
    #[must_use]
    pub const fn with(self, category: Category) -> CategorySet {
        CategorySet::from_bits(((self.0 >> (4 * category.index())) & 0b1111) as u8)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
