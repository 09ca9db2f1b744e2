//! File sets: for every category which files it takes, leaves and keeps back, and its defaults.
//!
//! Two sets are built in, `5.18` and `2.2`, from `data/file_sets.toml`. A site may add its own, or replace these, with a
//! text in the same notation (docs/file-sets.md). Sets are values: loading one compiles nothing, see
//! [`crate::Classifier`] for that.

mod pattern;
mod source;
mod version;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::Category;
pub use pattern::{Pattern, PatternError};
pub use source::FileSetError;

/// The file set for new reports: the installed release that Runstow is compatible with.
pub const INSTALLED: &str = "5.18";
/// The file set for reports of versions below 2.3.
pub const OLD: &str = "2.2";

static BUILT_IN: LazyLock<FileSets> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the embedded text is parsed by the unit tests of this module")]
    FileSets::of(
        source::read(include_str!("../data/file_sets.toml")).expect("the embedded file sets are valid"),
    )
    .expect("the embedded file sets hold 5.18 and 2.2")
});

/// What an automatic action does with a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoAction {
    /// Nothing.
    #[default]
    Off,
    /// Archive as soon as the age is reached.
    Archive,
    /// Delete when the age and the disk limit are reached.
    Delete,
}

/// Policy that a set starts with; the catalog's values take over once there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Age in days at which automatic actions may begin.
    pub age_days: u32,
    /// Percent of the volume in use from which automatic deletes may begin.
    pub disk_percent: u8,
    /// The automatic action.
    pub auto_action: AutoAction,
    /// Remove folders that an action left empty.
    pub remove_empty_dirs: bool,
    /// The most MB of 2^20 bytes in a second that are read to be copied; none: as fast as it goes.
    pub max_mb_per_second: Option<NonZeroU32>,
}

/// The rules of one category within a set.
#[derive(Clone, Debug)]
pub struct CategoryRules {
    /// A file is selected when at least one of these matches…
    pub include: Vec<Pattern>,
    /// …and none of these (categories.md §2.6).
    pub exclude: Vec<Pattern>,
    /// Files that stay while the other category is not disposed.
    pub keep_with: BTreeMap<Category, Vec<Pattern>>,
    /// The policy to start with.
    pub defaults: Defaults,
}

/// The rules of all four categories for one version, or for a site's own purpose.
#[derive(Clone, Debug)]
pub struct FileSet {
    name: String,
    rules: [CategoryRules; 4],
}

impl FileSet {
    /// Its name, for example `5.18`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules of one category.
    #[must_use]
    pub const fn rules(&self, category: Category) -> &CategoryRules {
        &self.rules[category.index()]
    }
}

/// All file sets that are known.
#[derive(Clone, Debug)]
pub struct FileSets {
    by_name: BTreeMap<String, Arc<FileSet>>,
    installed: Arc<FileSet>,
    old: Arc<FileSet>,
}

impl FileSets {
    /// The two that are built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in ones together with those of a site's TOML text. A set with the name of a built-in one replaces it.
    ///
    /// # Errors
    /// [`FileSetError`] names the set, the category and the pattern that cannot be used.
    pub fn parse(text: &str) -> Result<Self, FileSetError> {
        let mut by_name = BUILT_IN.by_name.clone();
        by_name.extend(source::read(text)?);
        Ok(Self::of(by_name).unwrap_or_else(|| BUILT_IN.clone()))
    }

    fn of(by_name: BTreeMap<String, Arc<FileSet>>) -> Option<Self> {
        let (installed, old) = (by_name.get(INSTALLED)?.clone(), by_name.get(OLD)?.clone());
        Some(Self { by_name, installed, old })
    }

    /// The set for a report that was made by the given version of Torrent Suite (categories.md §1).
    ///
    /// Below 2.3, or a version text that says no version: `2.2`. Otherwise the installed release. `None`, no version
    /// recorded at all, is the installed release too: that is what every new report gets.
    #[must_use]
    pub fn for_version(&self, version: Option<&str>) -> &Arc<FileSet> {
        match version.map(version::major_minor) {
            None => &self.installed,
            Some(Some(v)) if v >= (2, 3) => &self.installed,
            Some(_) => &self.old,
        }
    }

    /// The set of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<FileSet>> {
        self.by_name.get(name)
    }

    /// The names of all sets, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// All sets, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<FileSet>> {
        self.by_name.values()
    }
}

#[cfg(test)]
mod tests;
