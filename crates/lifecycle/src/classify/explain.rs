//! Which patterns decide about a path: one by one and in words, for people. Slow.

use super::{ONBOARD_RESULTS, SIGPROC_RESULTS, groups};
use crate::Category;
use crate::file_set::{FileSet, Pattern};

/// Everything that the patterns say about one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// One entry per category, in the order of [`Category::ALL`].
    pub categories: Vec<CategoryReasons>,
    /// The path has `onboard_results` in it: reports with their own signal processing, and thumbnails, leave it out.
    pub onboard: bool,
    /// The path has `sigproc_results` in it: left out where linked results are not wanted.
    pub sigproc: bool,
}

/// The patterns of one category that match a path, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryReasons {
    /// The category.
    pub category: Category,
    /// Is the path selected?
    pub selected: bool,
    /// Include patterns that match.
    pub include: Vec<String>,
    /// Exclude patterns that match.
    pub exclude: Vec<String>,
    /// Keep patterns that match, with the category they keep for.
    pub keep: Vec<(Category, String)>,
}

pub(super) fn explain(set: &FileSet, path: &[u8]) -> Explanation {
    let matching = |patterns: &[Pattern]| -> Vec<String> {
        patterns.iter().filter(|p| matches(p, path)).map(|p| p.notation().to_owned()).collect()
    };
    let reasons = |category| {
        let rules = set.rules(category);
        let (include, exclude) = (matching(&rules.include), matching(&rules.exclude));
        let keep =
            rules.keep_with.iter().flat_map(|(with, p)| matching(p).into_iter().map(|text| (*with, text)));
        let selected = !include.is_empty() && exclude.is_empty();
        CategoryReasons { category, selected, keep: keep.collect(), include, exclude }
    };
    Explanation {
        categories: Category::ALL.map(reasons).into(),
        onboard: has(path, ONBOARD_RESULTS),
        sigproc: has(path, SIGPROC_RESULTS),
    }
}

/// The same answer as the automaton gives.
pub(super) fn bits(set: &FileSet, path: &[u8]) -> u32 {
    let found = explain(set, path);
    let mut bits = 0;
    for reasons in &found.categories {
        let category = reasons.category;
        bits |= if reasons.include.is_empty() { 0 } else { groups::include(category) };
        bits |= if reasons.exclude.is_empty() { 0 } else { groups::exclude(category) };
        bits |= reasons.keep.iter().fold(0, |all, (with, _)| all | groups::keep(category, *with));
    }
    bits |= if found.onboard { groups::ONBOARD_WORD } else { 0 };
    bits | if found.sigproc { groups::SIGPROC_WORD } else { 0 }
}

fn matches(pattern: &Pattern, path: &[u8]) -> bool {
    regex::bytes::Regex::new(&format!("^(?:{})", pattern.regex())).is_ok_and(|r| r.is_match(path))
}

fn has(path: &[u8], word: &str) -> bool {
    path.windows(word.len()).any(|w| w == word.as_bytes())
}
