//! Of several archives of one category of a report, the one that was made last tells how the files were last. It is what a restore of
//! all that lies below a folder brings back, if it holds all that the others hold; each other can be named by itself.

use std::cmp::Reverse;

use jiff::Timestamp;
use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;
use runstow_storage::Whose;

use super::Archived;
use super::compare::holds_all_of;

/// What was left out.
#[derive(Default)]
pub(super) struct LeftOut {
    /// Copies of which a newer one is among the archives.
    pub(super) older: Vec<String>,
    /// Those of which nobody but a person knows which are wanted.
    pub(super) undecided: Vec<String>,
}

/// Leaves each category of a report in one archive at the most.
pub(super) fn newest(archives: &mut Vec<Archived>) -> LeftOut {
    let mut left_out = LeftOut::default();
    for at in 0..archives.len() {
        let categories: Vec<Category> = archives[at].record.categories.keys().copied().collect();
        for category in categories {
            let mut same: Vec<usize> = (at..archives.len())
                .filter(|other| is_of_one(category, &archives[at].record, &archives[*other].record))
                .collect();
            if same.len() < 2 {
                continue;
            }
            // Of two that were made at once the first is taken.
            same.sort_by_key(|one| Reverse((finished(&archives[*one].record, category), Reverse(*one))));
            let of = |one: usize| {
                let archived: &Archived = &archives[one];
                (archived.folder.as_path(), &archived.record.categories[&category])
            };
            // A list that can not be read is no reason to believe another.
            let newer = |older: &usize| holds_all_of(of(same[0]), of(*older)).unwrap_or(false);
            let is_newest = same[1..].iter().all(newer);
            let folders: Vec<String> =
                same.iter().map(|one| archives[*one].folder.display().to_string()).collect();
            let what = format!("{} of report {}", category.ts_name(), name(&archives[at].record));
            if is_newest {
                left_out.older.extend(folders[1..].iter().map(|folder| {
                    format!(
                        "{folder} holds an older copy of {what}, which is left alone: {} was made later, and has all that is in it. To bring \
                         back the older one, name its folder",
                        folders[0]
                    )
                }));
            } else {
                left_out.undecided.push(format!(
                    "{} each hold {what}, and none has all that the others have, so none was taken: name the folder of the one that is to \
                     come back",
                    folders.join(" and ")
                ));
            }
            for one in same.into_iter().skip(usize::from(is_newest)) {
                archives[one].record.categories.remove(&category);
            }
        }
    }
    archives.retain(|archived| !archived.record.categories.is_empty());
    left_out
}

/// Do both hold the category, of the same directories?
fn is_of_one(category: Category, one: &Record, other: &Record) -> bool {
    other.categories.contains_key(&category)
        && Whose { report: &one.report, run: &one.run }.lies_with(other, category)
}

/// None: nobody knows, which is older than anything.
fn finished(record: &Record, category: Category) -> Option<Timestamp> {
    record.categories.get(&category)?.finished.parse().ok()
}

fn name(record: &Record) -> &str {
    record.report.get("resultsName").and_then(serde_json::Value::as_str).unwrap_or("?")
}
