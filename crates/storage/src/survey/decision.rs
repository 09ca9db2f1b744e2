//! What a report's categories want with one file.

use runstow_lifecycle::{Action, Category, CategorySet, KeepSet};

/// What is selected and kept within the reach of an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The categories that take the file.
    pub selected: CategorySet,
    /// For which category it stays with which other.
    pub keep: KeepSet,
}

impl Reach {
    pub(super) const fn add(&mut self, other: Self) {
        self.selected = self.selected.union(other.selected);
        self.keep = self.keep.union(other.keep);
    }

    const fn is_empty(self) -> bool {
        self.selected.is_empty() && self.keep.is_empty()
    }
}

/// What a report's categories want with one file, from all its start folders together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// With linked signal processing results.
    pub all: Reach,
    /// Without them.
    pub near: Reach,
    /// The categories that take it as a file of the report dir.
    pub in_report: CategorySet,
    /// The categories that take it through a start folder's link to another report's results.
    pub linked: CategorySet,
}

impl Decision {
    /// No category wants it, whatever the action.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What is within reach of an action on a category (categories.md §6).
    #[must_use]
    pub const fn reach(&self, action: Action, category: Category) -> &Reach {
        if action.wants_linked(category) { &self.all } else { &self.near }
    }

    /// Does the action on this category handle the file?
    #[must_use]
    pub const fn processes(&self, action: Action, category: Category) -> bool {
        self.reach(action, category).selected.contains(category)
    }

    /// Is it kept back, selected or not? `disposed`: the categories of this report whose files are gone or going
    /// (categories.md §7.3).
    #[must_use]
    pub fn keeps(&self, action: Action, category: Category, disposed: CategorySet) -> bool {
        action.keeps()
            && self.reach(action, category).keep.with(category).iter().any(|with| !disposed.contains(with))
    }
}
