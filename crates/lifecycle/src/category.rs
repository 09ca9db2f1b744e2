//! The four groups that a report's files fall into (categories.md §1), and sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the four groups of a report's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Raw data and what is needed to read it. Belongs to the run: all its reports share it.
    Sigproc,
    /// Results of signal processing. May be shared between reports through a `sigproc_results` link.
    Basecall,
    /// What the report page needs, deliverables, plugin results.
    Output,
    /// The rest: what no other category names and nothing protects.
    Misc,
}

impl Category {
    /// All four, in the order that Torrent Suite uses.
    pub const ALL: [Self; 4] = [Self::Sigproc, Self::Basecall, Self::Output, Self::Misc];

    /// The name in API fields and in Runstow's own output, for example `sigproc` in `sigproc_state`.
    #[must_use]
    pub const fn api_prefix(self) -> &'static str {
        match self {
            Self::Sigproc => "sigproc",
            Self::Basecall => "basecall",
            Self::Output => "output",
            Self::Misc => "misc",
        }
    }

    /// The name that Torrent Suite shows and stores (categories.md §1); clients compare it verbatim.
    #[must_use]
    pub const fn ts_name(self) -> &'static str {
        match self {
            Self::Sigproc => "Signal Processing Input",
            Self::Basecall => "Basecalling Input",
            Self::Output => "Output Files",
            Self::Misc => "Intermediate Files",
        }
    }

    /// The short code of categories.md §1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sigproc => "SIG",
            Self::Basecall => "BASE",
            Self::Output => "OUT",
            Self::Misc => "INTR",
        }
    }

    /// Position in [`Category::ALL`], for arrays with one slot per category.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.api_prefix())
    }
}

/// A text that names no category.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not a category; use sigproc, basecall, output or misc")]
pub struct UnknownCategory {
    given: String,
}

impl FromStr for Category {
    type Err = UnknownCategory;

    /// Takes the API prefix, the Torrent Suite name or the code, in any case.
    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|c| {
                [c.api_prefix(), c.ts_name(), c.code()]
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(given.trim()))
            })
            .ok_or_else(|| UnknownCategory { given: given.to_owned() })
    }
}

/// Any number of the four categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategorySet(u8);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);
    /// All four.
    pub const ALL: Self = Self(0b1111);

    /// Is it in the set?
    #[must_use]
    pub const fn contains(self, category: Category) -> bool {
        self.0 & (1 << category.index()) != 0
    }

    /// Puts one in.
    pub const fn insert(&mut self, category: Category) {
        self.0 |= 1 << category.index();
    }

    /// Takes one out.
    pub const fn remove(&mut self, category: Category) {
        self.0 &= !(1 << category.index());
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is nothing in it?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Category::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL.into_iter().filter(move |c| self.contains(*c))
    }

    /// The members as bits, lowest bit first in the order of [`Category::ALL`].
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(iter: I) -> Self {
        let mut set = Self::EMPTY;
        iter.into_iter().for_each(|c| set.insert(c));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_category_is_understood() {
        for category in Category::ALL {
            for name in [category.api_prefix(), category.ts_name(), category.code()] {
                assert_eq!(name.parse(), Ok(category));
                assert_eq!(name.to_uppercase().parse(), Ok(category));
            }
            assert_eq!(Category::ALL[category.index()], category);
        }
    }

    #[test]
    fn other_names_are_refused_with_the_choices() {
        let text = "signal".parse::<Category>().unwrap_err().to_string();
        assert!(text.contains("`signal`") && text.contains("basecall"));
    }

    #[test]
    fn on_the_wire_it_is_the_api_prefix() {
        assert_eq!(serde_json::to_string(&Category::Basecall).unwrap(), "\"basecall\"");
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set: CategorySet = [Category::Output, Category::Sigproc].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Category::Sigproc, Category::Output]);
        set.remove(Category::Output);
        assert!(!set.contains(Category::Output) && !set.is_empty());
    }
}
