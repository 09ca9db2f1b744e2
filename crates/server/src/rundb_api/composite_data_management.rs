//! `compositedatamanagement`: reports with the state of their four file categories.

mod writing;

use std::sync::LazyLock;

use runstow_catalog::query::{
    CategoryFilter, CategoryRow, ReportColumn, ReportNarrowing, ReportRow, Reports,
};
use runstow_lifecycle::{Category, State};

use super::face::{Face, Field};
use super::filters;
use super::json_text::JsonText;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::schema::{self, Default, Listed, Type};
use super::timestamp;

/// The resource.
pub(super) enum CompositeDataManagement {}

/// What `P` stands for in a category filter; SD is not among them (api.md rule 31).
const PENDING: [&str; 9] = ["AG", "DG", "EG", "IG", "SA", "SE", "S", "N", "A"];

impl Face for CompositeDataManagement {
    type Kind = Reports;

    const NAME: &'static str = "compositedatamanagement";

    fn field(name: &str) -> Option<Field<ReportColumn>> {
        Some(match name {
            "id" => Field::Column(ReportColumn::Id),
            "resultsName" => Field::Column(ReportColumn::ResultsName),
            "timeStamp" => Field::Column(ReportColumn::TimeStamp),
            "diskusage" => Field::Column(ReportColumn::Diskusage),
            "expDir" => Field::Column(ReportColumn::ExpDir),
            "expName" => Field::Column(ReportColumn::ExpName),
            "basecall_keep" | "basecall_state" | "in_process" | "misc_keep" | "misc_state"
            | "output_keep" | "output_state" | "resource_uri" | "sigproc_keep" | "sigproc_state" => {
                Field::Fixed
            }
            _ => return None,
        })
    }

    fn schema() -> &'static str {
        static SCHEMA: LazyLock<String> = LazyLock::new(|| {
            let mut fields = vec![
                schema::integer("diskusage").nullable(),
                schema::text("expDir").readonly(),
                schema::text("expName").readonly(),
                schema::id(),
                schema::field("in_process", Type::Boolean).default(Default::Boolean(false)),
                schema::resource_uri(),
                schema::text("resultsName"),
                schema::field("timeStamp", Type::Time).blank().default(Default::Boolean(true)),
            ];
            for (keep, state) in [
                ("basecall_keep", "basecall_state"),
                ("misc_keep", "misc_state"),
                ("output_keep", "output_state"),
                ("sigproc_keep", "sigproc_state"),
            ] {
                fields.push(schema::text(keep).nullable().readonly());
                fields.push(schema::text(state).readonly().default(Default::Text("Unknown")));
            }
            let listed = ["id", "resultsName", "timeStamp", "diskusage", "expDir", "expName"];
            schema::text_of(fields, &Listed { filtering: &listed, ordering: &listed })
        });
        &SCHEMA
    }

    fn write(row: &ReportRow, out: &mut JsonText) {
        let [sigproc, basecall, output, misc] = Category::ALL.map(|category| Shown::of(row, category));
        out.raw("{");
        basecall.write("basecall", out);
        out.raw(r#", "diskusage": "#);
        write_diskusage(row, out);
        out.raw(r#", "expDir": "#);
        out.text(&row.exp_dir);
        out.raw(r#", "expName": "#);
        out.text(&row.exp_name);
        out.raw(r#", "id": "#);
        out.integer(row.id);
        out.raw(r#", "in_process": "#);
        out.boolean([&sigproc, &basecall, &output, &misc].iter().any(|shown| shown.in_process()));
        out.raw(", ");
        misc.write("misc", out);
        out.raw(", ");
        output.write("output", out);
        out.raw(r#", "resource_uri": "/rundb/api/v1/compositedatamanagement/"#);
        out.integer(row.id);
        out.raw(r#"/", "resultsName": "#);
        out.text(&row.results_name);
        out.raw(", ");
        sigproc.write("sigproc", out);
        out.raw(r#", "timeStamp": "#);
        timestamp::write(row.time_stamp_us, out);
        out.raw("}");
    }

    fn id(row: &ReportRow) -> i64 {
        row.id
    }

    fn narrows(parameters: &Parameters) -> bool {
        ["search_name", "sigproc_filter", "basecall_filter", "output_filter", "misc_filter"]
            .into_iter()
            .any(|name| parameters.last(name).is_some_and(|value| !value.is_empty()))
    }

    fn narrowing(parameters: &Parameters) -> Result<ReportNarrowing, Refusal> {
        let name = match parameters.last("search_name") {
            None | Some("") => None,
            Some(text) => Some(filters::pattern(text, true, "search_name")?),
        };
        let mut categories = [None, None, None, None];
        for category in Category::ALL {
            let parameter = format!("{}_filter", category.api_prefix());
            categories[category.index()] = category_filter(parameters, &parameter)?;
        }
        Ok(ReportNarrowing { name, categories })
    }
}

/// `K`, `P` and state codes (api.md rule 31).
fn category_filter(parameters: &Parameters, parameter: &str) -> Result<Option<CategoryFilter>, Refusal> {
    let text = match parameters.last(parameter) {
        None | Some("") => return Ok(None),
        Some(text) if text.contains('\0') => {
            return Err(Refusal::parameter(parameter, "it holds a NUL character"));
        }
        Some(text) => text,
    };
    let kept = text.split(',').any(|code| code == "K");
    let mut states: Vec<&str> = text.split(',').filter(|code| !matches!(*code, "K" | "P")).collect();
    let any_state = states.is_empty() && !text.split(',').any(|code| code == "P");
    if text.split(',').any(|code| code == "P") {
        states.extend(PENDING);
    }
    states.sort_unstable();
    states.dedup();
    let states = (!any_state).then(|| states.into_iter().map(str::to_owned).collect());
    Ok(Some(CategoryFilter { states, kept }))
}

/// The report's disk use together with its run's (api.md rule 4).
fn write_diskusage(row: &ReportRow, out: &mut JsonText) {
    let (own, run) = match (row.diskusage, row.exp_diskusage) {
        (None, _) => return out.raw("null"),
        (Some(own), None) => return out.integer(own),
        (Some(own), Some(run)) => (own, run),
    };
    if !row.thumbnail {
        return out.integer(i128::from(own) + i128::from(run));
    }
    let sigproc = row.categories[Category::Sigproc.index()].as_ref().and_then(|record| record.diskspace);
    #[expect(clippy::cast_precision_loss, reason = "as the original adds: in floats")]
    match sigproc.filter(|size| *size != 0.0) {
        Some(size) => out.float(own as f64 + size.trunc()),
        None => out.float(own as f64 + 0.1 * run as f64),
    }
}

/// One category of a report as it is shown.
struct Shown<'r> {
    record: Option<&'r CategoryRow>,
    state: Option<State>,
    kept: Option<bool>,
}

impl<'r> Shown<'r> {
    fn of(row: &'r ReportRow, category: Category) -> Self {
        let record = row.categories[category.index()].as_ref();
        let state = record.and_then(|record| record.state.parse().ok());
        Self { record, state, kept: row.kept(category.index()) }
    }

    fn in_process(&self) -> bool {
        self.state.is_some_and(State::in_process)
    }

    /// `…_diskspace` (rule 8), `…_keep` (rule 7) and `…_state` (rule 6).
    fn write(&self, prefix: &str, out: &mut JsonText) {
        let Some(record) = self.record else {
            return out.integer(format_args!(r#""{prefix}_keep": null, "{prefix}_state": "Unknown""#));
        };
        out.integer(format_args!(r#""{prefix}_diskspace": "#));
        match record.diskspace {
            Some(size) => out.float(size),
            None => out.raw("null"),
        }
        out.integer(format_args!(r#", "{prefix}_keep": "#));
        match self.kept.filter(|_| !self.state.is_some_and(State::disposed)) {
            Some(kept) => out.boolean(kept),
            None => out.raw("null"),
        }
        out.integer(format_args!(r#", "{prefix}_state": "#));
        // A code that is none of the fourteen is shown as it is.
        out.text(self.state.map_or(&record.state, |state| state.label()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> ReportRow {
        let record =
            |state: &str, diskspace| Some(CategoryRow { state: state.into(), keep: true, diskspace });
        ReportRow {
            id: 7,
            results_name: "A".into(),
            time_stamp_us: 0,
            diskusage: Some(10),
            thumbnail: false,
            exp_name: "R".into(),
            exp_dir: "/r".into(),
            exp_diskusage: Some(24_614),
            storage_options: "A".into(),
            categories: [record("L", Some(99.9)), None, record("AD", None), record("ZZ", Some(0.0))],
        }
    }

    fn shown(row: &ReportRow) -> serde_json::Value {
        let mut out = JsonText::new();
        CompositeDataManagement::write(row, &mut out);
        serde_json::from_str(&out.into_string()).unwrap()
    }

    #[test]
    fn categories_are_shown_as_the_original_does() {
        let object = shown(&row());
        assert_eq!((&object["sigproc_state"], &object["sigproc_keep"]), (&"Local".into(), &false.into()));
        assert_eq!(object["basecall_state"], "Unknown");
        assert!(object["basecall_keep"].is_null() && object.get("basecall_diskspace").is_none());
        assert!(object["output_keep"].is_null() && object["output_diskspace"].is_null());
        assert_eq!((&object["misc_state"], &object["misc_keep"]), (&"ZZ".into(), &true.into()));
        assert_eq!(object["in_process"], false);
        let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn disk_use_is_the_reports_and_its_runs() {
        let diskusage = |change: &dyn Fn(&mut ReportRow)| {
            let mut row = row();
            change(&mut row);
            shown(&row)["diskusage"].to_string()
        };
        assert_eq!(diskusage(&|_| {}), "24624");
        assert_eq!(diskusage(&|row| row.diskusage = None), "null");
        assert_eq!(diskusage(&|row| row.exp_diskusage = None), "10");
        assert_eq!(diskusage(&|row| row.thumbnail = true), "109");
        let estimated = |row: &mut ReportRow| {
            row.thumbnail = true;
            row.categories[0] = None;
        };
        assert_eq!(diskusage(&estimated), "2471.4");
    }

    #[test]
    fn category_filters_are_codes_with_two_letters_of_their_own() {
        let read = |text: &str| {
            let filter = category_filter(&Parameters::parse(&format!("misc_filter={text}")), "misc_filter");
            filter.unwrap().map(|filter| (filter.kept, filter.states.map(|states| states.join(" "))))
        };
        assert_eq!(read(""), None);
        assert_eq!(read("K"), Some((true, None)));
        assert_eq!(read("L,L,E"), Some((false, Some("E L".into()))));
        assert_eq!(read("K,P"), Some((true, Some("A AG DG EG IG N S SA SE".into()))));
        assert_eq!(read("L,%20E"), Some((false, Some(" E L".into()))));
        assert_eq!(read(","), Some((false, Some(String::new()))));
    }
}
