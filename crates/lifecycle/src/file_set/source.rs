//! Reads file sets from TOML text.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use serde::Deserialize;

use super::{AutoAction, CategoryRules, Defaults, FileSet, Pattern, PatternError};
use crate::Category;

/// Why a text of file sets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileSetError {
    /// No TOML, a field too many, or one too few.
    #[error("the file sets cannot be read: {0}")]
    Syntax(#[from] Box<toml::de::Error>),
    /// One pattern.
    #[error("file set `{set}`, {category}, {list}: pattern `{pattern}` cannot be used: {source}")]
    Pattern {
        /// Name of the set.
        set: String,
        /// The category.
        category: Category,
        /// Which list of it, for example `exclude`.
        list: String,
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        source: PatternError,
    },
    /// `@name` of a list that is not there, or that leads back to itself.
    #[error("file set `{set}`, {category}, {list}: `@{name}` {what}; define it under [lists]")]
    List {
        /// Name of the set.
        set: String,
        /// The category.
        category: Category,
        /// Which list of it.
        list: String,
        /// The list that is meant.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A percentage above 100.
    #[error("file set `{set}`, {category}: disk_percent is {given}; give a number from 0 to 100")]
    Percent {
        /// Name of the set.
        set: String,
        /// The category.
        category: Category,
        /// The value.
        given: u8,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[serde(default)]
    lists: Lists,
    #[serde(default)]
    sets: BTreeMap<String, SetSource>,
}

type Lists = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetSource {
    sigproc: RulesSource,
    basecall: RulesSource,
    output: RulesSource,
    misc: RulesSource,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesSource {
    age_days: u32,
    disk_percent: u8,
    auto_action: AutoAction,
    remove_empty_dirs: bool,
    #[serde(default)]
    max_mb_per_second: Option<NonZeroU32>,
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    keep_with: BTreeMap<Category, Vec<String>>,
}

/// The sets of a text by name.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Arc<FileSet>>, FileSetError> {
    let source: Source = toml::from_str(text).map_err(Box::new)?;
    let lists = &source.lists;
    source
        .sets
        .into_iter()
        .map(|(name, s)| {
            let rules = |category, rules| Reader { lists, set: &name, category }.rules(rules);
            let rules = [
                rules(Category::Sigproc, s.sigproc)?,
                rules(Category::Basecall, s.basecall)?,
                rules(Category::Output, s.output)?,
                rules(Category::Misc, s.misc)?,
            ];
            Ok((name.clone(), Arc::new(FileSet { name, rules })))
        })
        .collect()
}

/// Where in the text we are, for the errors.
struct Reader<'a> {
    lists: &'a Lists,
    set: &'a str,
    category: Category,
}

/// Lists may name lists; deeper than this is taken for a circle.
const DEEPEST: usize = 8;

impl Reader<'_> {
    fn rules(&self, source: RulesSource) -> Result<CategoryRules, FileSetError> {
        if source.disk_percent > 100 {
            return Err(FileSetError::Percent {
                set: self.set.to_owned(),
                category: self.category,
                given: source.disk_percent,
            });
        }
        Ok(CategoryRules {
            include: self.patterns("include", &source.include)?,
            exclude: self.patterns("exclude", &source.exclude)?,
            keep_with: source
                .keep_with
                .iter()
                .map(|(other, texts)| Ok((*other, self.patterns(&format!("keep_with.{other}"), texts)?)))
                .collect::<Result<_, FileSetError>>()?,
            defaults: Defaults {
                age_days: source.age_days,
                disk_percent: source.disk_percent,
                auto_action: source.auto_action,
                remove_empty_dirs: source.remove_empty_dirs,
                max_mb_per_second: source.max_mb_per_second,
            },
        })
    }

    fn patterns(&self, list: &str, texts: &[String]) -> Result<Vec<Pattern>, FileSetError> {
        let mut found = Vec::new();
        self.collect(list, texts, 0, &mut found)?;
        Ok(found)
    }

    fn collect(
        &self,
        list: &str,
        texts: &[String],
        depth: usize,
        found: &mut Vec<Pattern>,
    ) -> Result<(), FileSetError> {
        for text in texts {
            if let Some(name) = text.strip_prefix('@') {
                let of_list = |what| FileSetError::List {
                    set: self.set.to_owned(),
                    category: self.category,
                    list: list.to_owned(),
                    name: name.to_owned(),
                    what,
                };
                let named = self.lists.get(name).ok_or_else(|| of_list("is not a list of this text"))?;
                if depth == DEEPEST {
                    return Err(of_list("leads back to itself"));
                }
                self.collect(list, named, depth + 1, found)?;
                continue;
            }
            let read = Pattern::read(text).map_err(|source| FileSetError::Pattern {
                set: self.set.to_owned(),
                category: self.category,
                list: list.to_owned(),
                pattern: text.clone(),
                source,
            })?;
            found.extend(read.into_iter().filter(|p| !found.contains(p)).collect::<Vec<_>>());
        }
        Ok(())
    }
}
