//! Whose archive is it? A folder may hold records of several reports: their directories can have one name.

use std::path::Path;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Record;
use serde_json::Value;

/// The report that a job is about, in the form in which records describe it.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// The report.
    pub report: &'a Value,
    /// Its run.
    pub run: &'a Value,
}

/// How near what a record describes is to the report of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kin {
    /// It is another report of the run, and such files are the same for several of them.
    OfRun,
    /// It has the same directory or the same name and date: a run may have been moved, or restored elsewhere.
    Alike,
    /// Directory, name and date are the same.
    Same,
}

const RUN_DIR: &str = "expDir";
const REPORT_DIR: &str = "reportDir";

impl Whose<'_> {
    /// How near a record is. None: it is about another report.
    pub(crate) fn kin(&self, record: &Record, category: Category) -> Option<Kin> {
        let of_run = kin(self.run, &record.run, RUN_DIR, ["expName", "date"])?;
        if category == Category::Sigproc {
            return Some(of_run);
        }
        match kin(self.report, &record.report, REPORT_DIR, ["resultsName", "timeStamp"]) {
            Some(of_report) => Some(of_report.min(of_run)),
            // Basecalling input may have been archived by way of another report, which then has another directory: what has
            // one of the same name would have come to this folder by itself.
            None if category == Category::Basecall => {
                let (own, there) = (last_name(self.report), last_name(&record.report));
                (own.is_some() && own != there).then_some(Kin::OfRun)
            }
            None => None,
        }
    }

    /// Do the files that the record describes lie in the directories of this report?
    #[must_use]
    pub fn lies_with(&self, record: &Record, category: Category) -> bool {
        self.run.get(RUN_DIR) == record.run.get(RUN_DIR)
            && (category == Category::Sigproc || self.report.get(REPORT_DIR) == record.report.get(REPORT_DIR))
    }
}

/// A report as people know it, from a record.
pub(super) fn told(record: &Record) -> String {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
    format!(
        "report {} in {:?} of run {:?}",
        text(&record.report, "resultsName"),
        text(&record.report, REPORT_DIR),
        text(&record.run, RUN_DIR)
    )
}

fn kin(own: &Value, there: &Value, dir: &str, facts: [&str; 2]) -> Option<Kin> {
    let same = |key: &str| own.get(key) == there.get(key);
    match (same(dir), facts.into_iter().all(same)) {
        (true, true) => Some(Kin::Same),
        (true, false) => last_name_of(own, dir).map(|_| Kin::Alike),
        (false, true) => own.get(facts[0]).map(|_| Kin::Alike),
        (false, false) => None,
    }
}

fn last_name(report: &Value) -> Option<&Path> {
    last_name_of(report, REPORT_DIR)
}

fn last_name_of<'v>(value: &'v Value, dir: &str) -> Option<&'v Path> {
    Path::new(value.get(dir)?.as_str()?).file_name().map(Path::new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(report_dir: &str, name: &str, run_dir: &str) -> Record {
        Record {
            runstow: 1,
            report: json!({"reportDir": report_dir, "resultsName": name, "timeStamp": "t"}),
            run: json!({"expDir": run_dir, "expName": "r", "date": "d"}),
            categories: std::collections::BTreeMap::new(),
        }
    }

    fn kin_of(own: &Record, there: &Record, category: Category) -> Option<Kin> {
        Whose { report: &own.report, run: &own.run }.kin(there, category)
    }

    #[test]
    fn a_report_is_known_again_after_a_move_and_not_taken_for_its_namesake() {
        let own = record("/1/Home/X", "one", "/1/R");
        assert_eq!(kin_of(&own, &own, Category::Misc), Some(Kin::Same));
        assert_eq!(kin_of(&own, &record("/2/Home/X", "one", "/2/R"), Category::Misc), Some(Kin::Alike));
        let namesake = record("/2/Home/X", "two", "/1/R");
        assert_eq!(kin_of(&own, &namesake, Category::Misc), None);
        assert_eq!(kin_of(&own, &namesake, Category::Basecall), None);
        assert_eq!(kin_of(&own, &namesake, Category::Sigproc), Some(Kin::Same), "the signals are the run's");
        let beside = record("/1/Home/Y", "two", "/1/R");
        assert_eq!(kin_of(&own, &beside, Category::Basecall), Some(Kin::OfRun));
        assert_eq!(kin_of(&own, &beside, Category::Output), None);
        let mut other_run = own.clone();
        other_run.run = json!({"expDir": "/2/R", "expName": "r", "date": "later"});
        assert_eq!(kin_of(&own, &other_run, Category::Sigproc), None);
    }
}
