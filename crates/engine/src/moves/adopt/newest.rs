//! Of several archives of one category of a report, the one that was made last tells how the files were last. It is what a restore of
//! all that lies below a folder brings back; each other can be named by itself.

use jiff::Timestamp;
use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;
use runstow_storage::Whose;

use super::Archived;

/// Leaves each category of a report in one archive only, and says which were left out.
pub(super) fn newest(archives: &mut Vec<Archived>) -> Vec<String> {
    let mut told = Vec::new();
    for at in 0..archives.len() {
        let mut older: Vec<(Category, String)> = Vec::new();
        let this = &archives[at];
        for category in this.record.categories.keys() {
            let newer = archives.iter().enumerate().find(|(other, archived)| {
                *other != at && is_of_one(*category, &this.record, &archived.record) && {
                    // Of two that were made at once the first is taken.
                    let (mine, its) =
                        (finished(&this.record, *category), finished(&archived.record, *category));
                    (its, std::cmp::Reverse(*other)) > (mine, std::cmp::Reverse(at))
                }
            });
            let Some((_, newer)) = newer else { continue };
            let named = this.record.report.get("resultsName").and_then(serde_json::Value::as_str);
            let text = format!(
                "{} holds an older copy of {} of report {}, which is left alone: that in {} was made later. To bring back the older one, name \
                 its folder",
                this.folder.display(),
                category.ts_name(),
                named.unwrap_or("?"),
                newer.folder.display()
            );
            older.push((*category, text));
        }
        for (category, text) in older {
            archives[at].record.categories.remove(&category);
            told.push(text);
        }
    }
    archives.retain(|archived| !archived.record.categories.is_empty());
    told
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
