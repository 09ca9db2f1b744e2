//! What Runstow has written beside the data, and which record tells of a category of a report.
//!
//! Where something of ours lies and no record tells of the files, nothing may be taken for an archive of Torrent Suite, which has
//! no record of ours: then damaged files would be brought back without a word.

use std::collections::HashSet;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;

use super::whose::{Kin, Whose, told};
use super::{Found, Recorded, read_record};
use crate::failure::{Failure, Side};
use crate::tree::{Tree, names};

/// Is it the name of a record, ours or Torrent Suite's?
pub(crate) fn is_record(name: &str) -> bool {
    name.starts_with("serialized_") && name.ends_with(".json")
}

/// Is it the name of a list of ours, of this category?
pub(crate) fn is_list(name: &str, category: Category) -> bool {
    is_ours(name, category, &["jsonl"])
}

/// Is it the name of a list of ours or of its checksums?
pub(crate) fn is_written(name: &str, category: Category) -> bool {
    is_ours(name, category, &["jsonl", "b3", "sha256"])
}

fn is_ours(name: &str, category: Category, endings: &[&str]) -> bool {
    let Some(rest) = name.strip_prefix("runstow_") else { return false };
    let of_category = |ending: &&str| rest.ends_with(&format!("_{}.{ending}", category.api_prefix()));
    endings.iter().any(of_category)
}

/// No record can be used for a category, although something of ours lies there.
pub(crate) struct Unrecorded {
    /// The name of what tells so.
    pub(crate) file: String,
    /// What is wrong, and what to do.
    pub(crate) why: String,
}

/// What lies beside the data of a folder.
pub(crate) struct Beside {
    /// Records of ours, by file name.
    pub(crate) records: Vec<(String, Record)>,
    /// Names of records that look like ours and can not be used.
    damaged: Vec<String>,
    /// Names of lists and checksums that no record names, lists first.
    unclaimed: Vec<(Category, String)>,
}

impl Beside {
    /// Reads the records of a folder.
    pub(crate) fn look(place: &Tree) -> Result<Self, Failure> {
        let failed = |errno| Failure::io(Side::Target, "look into", place.path(), b"")(errno);
        let (mut records, mut damaged, mut written) = (Vec::new(), Vec::new(), Vec::new());
        for name in names(place.fd()).map_err(failed)? {
            let Ok(name) = name.to_str() else { continue };
            if is_record(name) {
                match read_record(place, name)? {
                    Found::Record(record) => records.push((name.to_owned(), *record)),
                    Found::Damaged => damaged.push(name.to_owned()),
                    Found::Other | Found::Nothing => {}
                }
            } else if let Some(category) = Category::ALL.into_iter().find(|one| is_written(name, *one)) {
                written.push((category, name.to_owned()));
            }
        }
        records.sort_by(|a, b| a.0.cmp(&b.0));
        damaged.sort();
        let parts = records.iter().flat_map(|(_, record): &(String, Record)| record.categories.values());
        let claimed: HashSet<String> =
            parts.flat_map(|known| [known.list.clone(), known.checksums.clone()]).collect();
        written.retain(|(_, name)| !claimed.contains(name));
        written.sort_by_key(|(category, name)| (!is_list(name, *category), name.clone()));
        Ok(Self { records, damaged, unclaimed: written })
    }

    /// The record of a category of a report. None: nothing of ours tells of such files.
    pub(crate) fn choose(
        &self,
        category: Category,
        whose: Whose<'_>,
    ) -> Result<Option<Recorded>, Unrecorded> {
        let all = self.of_category(category);
        let near = |recorded: &Recorded| whose.kin(&recorded.record, category);
        let nearest = all.iter().filter_map(near).max();
        let mut chosen: Vec<&Recorded> =
            all.iter().filter(|recorded| nearest.is_some() && near(recorded) == nearest).collect();
        if chosen.len() > 1 {
            let names: Vec<&str> = chosen.iter().map(|recorded| recorded.name.as_str()).collect();
            let why = format!(
                "{} tell of {} of this report; leave the one that is right in this folder, and move the others away",
                names.join(" and "),
                category.ts_name()
            );
            return Err(Unrecorded { file: names[0].to_owned(), why });
        }
        match chosen.pop() {
            Some(found) if nearest == Some(Kin::Same) => Ok(Some(found.clone())),
            other => match (self.unrecorded(category), other, all.first()) {
                // The one that can not be read may be nearer.
                (Some(unrecorded), _, _) => Err(unrecorded),
                (None, Some(found), _) => Ok(Some(found.clone())),
                (None, None, None) => Ok(None),
                (None, None, Some(foreign)) => {
                    let why = format!(
                        "it tells of {} of another report, {}, and no record here tells of those that are looked for",
                        category.ts_name(),
                        told(&foreign.record)
                    );
                    Err(Unrecorded { file: foreign.name.clone(), why })
                }
            },
        }
    }

    /// All records of a category, whoever's.
    pub(crate) fn of_category(&self, category: Category) -> Vec<Recorded> {
        let of = |(name, record): &(String, Record)| {
            let part = record.categories.get(&category)?.clone();
            Some(Recorded { name: name.clone(), record: record.clone(), category: part })
        };
        self.records.iter().filter_map(of).collect()
    }

    /// What of ours tells that files of the category were archived here, and no record says which.
    pub(crate) fn unrecorded(&self, category: Category) -> Option<Unrecorded> {
        let put_back =
            "Put the record back, from a backup or from another copy of this archive, and try again";
        if let Some((_, name)) = self.unclaimed.iter().find(|(of, _)| *of == category) {
            let why = format!(
                "no record names it: the record serialized_….json is damaged or gone. {put_back}. `runstow verify --dir` with this \
                 folder tells what is damaged; the data can still be compared with the checksums beside the list, with \
                 b3sum --check or sha256sum --check"
            );
            return Some(Unrecorded { file: name.clone(), why });
        }
        self.damaged.first().map(|name| {
            let why =
                format!("the record is damaged, and says no more which files are archived here. {put_back}");
            Unrecorded { file: name.clone(), why }
        })
    }

    /// The same of any category.
    pub(crate) fn any_unrecorded(&self) -> Option<Unrecorded> {
        Category::ALL.into_iter().find_map(|category| self.unrecorded(category))
    }

    /// Does anything tell so but files of these names?
    pub(crate) fn has_unrecorded_but(&self, names: &dyn Fn(&str) -> bool) -> bool {
        !self.damaged.is_empty() || self.unclaimed.iter().any(|(_, name)| !names(name))
    }

    /// Does a record name this list, or these checksums?
    pub(crate) fn claims(&self, name: &str) -> bool {
        let mut parts = self.records.iter().flat_map(|(_, record)| record.categories.values());
        parts.any(|part| part.list == name || part.checksums == name)
    }
}

impl Unrecorded {
    /// As the failure of a job.
    pub(crate) fn failure(self, place: &Tree) -> Failure {
        Failure::BadRecord { path: place.path().join(self.file), why: self.why }
    }
}
