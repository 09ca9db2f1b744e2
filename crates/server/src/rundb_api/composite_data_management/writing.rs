//! What may be written of a report, and how one is registered (api.md rules 43 to 46, D4, D9 and D10).

use runstow_catalog::query::{ReportColumn, ReportRow, Value};
use runstow_catalog::{NewReport, RecordEditor, StoredPath};
use runstow_lifecycle::Category;
use serde_json::Value as Json;

use super::super::python_int::{PythonInt, parse_int};
use super::super::refusal::Refusal;
use super::super::write::{Change, Object, Writable, WritableField, told_created};
use super::{CompositeDataManagement, JsonText, Shown, write_diskusage};

/// Characters of the original's column.
const LONGEST_NAME: usize = 512;

impl Writable for CompositeDataManagement {
    const IDS_FROM_CATALOG: bool = true;

    fn writable(name: &str) -> Option<WritableField<ReportColumn>> {
        Some(match name {
            "resultsName" => WritableField::of(ReportColumn::ResultsName).longest(LONGEST_NAME),
            "timeStamp" => WritableField::of(ReportColumn::TimeStamp),
            "diskusage" => WritableField::of(ReportColumn::Diskusage).nullable(),
            _ => return None,
        })
    }

    fn title(row: &ReportRow) -> String {
        row.results_name.clone()
    }

    fn busy(row: &ReportRow) -> Option<String> {
        let category = Category::ALL.into_iter().find(|category| Shown::of(row, *category).in_process())?;
        let state = Shown::of(row, category).state?;
        Some(format!(
            "Report {} can not be changed now: {} is {}. Try again when that is done. Nothing was changed.",
            row.id,
            category.ts_name(),
            state.label()
        ))
    }

    /// The disk use that is shown includes the run's.
    fn is_as_shown(row: &ReportRow, name: &str, given: &Json) -> bool {
        if name != "diskusage" {
            return false;
        }
        let mut shown = JsonText::new();
        write_diskusage(row, &mut shown);
        let mut sent = JsonText::new();
        match given {
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => sent.integer(whole),
                (None, Some(number)) => sent.float(number),
                (None, None) => return false,
            },
            Json::String(text) => match parse_int(text) {
                Some(PythonInt::Fits(whole)) => sent.integer(whole),
                _ => return false,
            },
            _ => return false,
        }
        shown.into_string() == sent.into_string()
    }

    async fn create(
        editor: &mut RecordEditor,
        id: Option<i64>,
        object: &Object,
        changes: Vec<Change<ReportColumn>>,
    ) -> Result<i64, Refusal> {
        let exp_dir = directory(object, "expDir")?.ok_or_else(|| required("expDir"))?;
        let mut told = told_created::<Self>(&changes);
        told += &format!(", expDir {exp_dir}");
        let mut new = NewReport {
            results_name: String::new(),
            exp_dir,
            exp_name: text(object, "expName")?,
            time_stamp_us: None,
            diskusage: None,
            report_dir: directory(object, "reportDir")?,
        };
        for change in changes {
            match (change.assignment.column, change.assignment.value) {
                (ReportColumn::ResultsName, Some(Value::Text(name))) => new.results_name = name,
                (ReportColumn::TimeStamp, Some(Value::Time(us))) => new.time_stamp_us = Some(us),
                (ReportColumn::Diskusage, Some(Value::Integer(mb))) => new.diskusage = Some(mb),
                _ => {}
            }
        }
        if new.results_name.is_empty() {
            return Err(required("resultsName"));
        }
        Ok(editor.register_report(id, new, told).await?)
    }
}

fn required(name: &str) -> Refusal {
    Refusal::BadRequest(format!("'{name}' is needed to register a report."))
}

/// A text that may be missing.
fn text(object: &Object, name: &str) -> Result<Option<String>, Refusal> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.contains('\0') => {
            Err(Refusal::field(name, "it holds a NUL character"))
        }
        Some(Json::String(text)) if text.is_empty() => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::field(name, "a text is needed")),
    }
}

/// A directory that may be missing: absolute and without detours, so that one directory has one name.
fn directory(object: &Object, name: &str) -> Result<Option<StoredPath>, Refusal> {
    let Some(text) = text(object, name)? else { return Ok(None) };
    let plain = text.trim_end_matches('/');
    let parts = plain.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
    match parts {
        Some(parts) if parts.iter().all(|part| !matches!(*part, "" | "." | "..")) => {
            Ok(Some(StoredPath::from_bytes(plain.as_bytes().to_vec())))
        }
        _ => Err(Refusal::field(name, "an absolute path such as /results/R_2017 is needed")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn directories_are_absolute_and_have_one_name() {
        let read = |given: Json| {
            let object = json!({ "expDir": given });
            directory(object.as_object().unwrap(), "expDir").map(|dir| dir.map(|dir| dir.text().into_owned()))
        };
        assert_eq!(read(json!("/results/R_1/")).unwrap().as_deref(), Some("/results/R_1"));
        assert_eq!(read(json!("")).unwrap(), None);
        for bad in [json!("results"), json!("/"), json!("/a/../b"), json!("/a//b"), json!(5), json!("/a\0")] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}
