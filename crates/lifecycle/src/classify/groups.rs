//! The lists of a file set as expressions, one per list, each with its bit in the answer.

use super::{ONBOARD_RESULTS, SIGPROC_RESULTS};
use crate::Category;
use crate::file_set::{FileSet, Pattern};

/// One list of patterns: "at least one of them matches at the start".
pub(super) struct Group {
    pub(super) bits: u32,
    pub(super) expression: String,
}

pub(super) const ONBOARD_WORD: u32 = 1 << 24;
pub(super) const SIGPROC_WORD: u32 = 1 << 25;

pub(super) const fn include(category: Category) -> u32 {
    1 << category.index()
}

pub(super) const fn exclude(category: Category) -> u32 {
    1 << (4 + category.index())
}

pub(super) const fn keep(category: Category, with: Category) -> u32 {
    1 << (8 + 4 * category.index() + with.index())
}

pub(super) fn of(set: &FileSet) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut add = |bits, patterns: &[Pattern]| {
        if let Some(expression) = any_of(patterns) {
            groups.push(Group { bits, expression });
        }
    };
    for category in Category::ALL {
        let rules = set.rules(category);
        add(include(category), &rules.include);
        add(exclude(category), &rules.exclude);
        for (with, patterns) in &rules.keep_with {
            add(keep(category, *with), patterns);
        }
    }
    for (bits, word) in [(ONBOARD_WORD, ONBOARD_RESULTS), (SIGPROC_WORD, SIGPROC_RESULTS)] {
        groups.push(Group { bits, expression: format!("(?s-u:.)*{word}(?s-u:.)*") });
    }
    groups
}

/// The tail lets a match, once made, last to the end of the path: the answer is read there.
fn any_of(patterns: &[Pattern]) -> Option<String> {
    let all = patterns.iter().map(|p| format!("(?:{})", p.regex())).collect::<Vec<_>>().join("|");
    (!patterns.is_empty()).then(|| format!("(?:{all})(?s-u:.)*"))
}
