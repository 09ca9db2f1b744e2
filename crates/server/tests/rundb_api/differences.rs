//! Where Runstow differs from the original: conformance/api/differences.toml, and the table made of it in
//! docs/api-compatibility.md.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::case::Case;
use super::compare::{self, Got};

const TABLE: &str = include_str!("../../../../conformance/api/differences.toml");
const START: &str =
    "<!-- cases: made from conformance/api/differences.toml by the test of the compatible API -->\n";
const END: &str = "<!-- end of cases -->\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    difference: Vec<Difference>,
}

/// One case that the original answered in another way.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) case: String,
    pub(crate) kind: String,
    pub(crate) reason: String,
}

/// All of them, by case.
pub(crate) fn listed() -> BTreeMap<String, Difference> {
    let file: File = toml::from_str(TABLE).unwrap();
    let count = file.difference.len();
    let listed: BTreeMap<_, _> = file.difference.into_iter().map(|one| (one.case.clone(), one)).collect();
    assert_eq!(listed.len(), count, "a case is listed twice");
    listed
}

/// Whether an answer differs from the recorded one in the way that a kind allows (api.md, D1 to D11).
pub(crate) fn is_of_kind(kind: &str, case: &Case, step: &Value, got: &Got) -> bool {
    let request = &step["request"];
    let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
    let recorded = step["expect"]["status"].as_u64().unwrap();
    let refused = (400..500).contains(&got.status) && got.body["error"].is_string();
    match kind {
        "D1" => case.crashed && recorded == 500 && refused,
        "D2" => method == "GET" && !request["headers"]["X-HTTP-Method-Override"].is_null(),
        "D3" => got.status == 400 && got.body["error"].as_str().is_some_and(|text| text.contains("'id'")),
        "D4" => shows_other_disk_use_only(step, got),
        "D6" => recorded == 204 && got.status == 401,
        "D7" => {
            got.status == 400 && got.body["error"].as_str().is_some_and(|text| text.contains("?confirm=all"))
        }
        "D9" => recorded == 500 && got.status == 201,
        "D10" => recorded < 300 && got.status == 409 && refused,
        "D8" => method == "HEAD" && recorded == 405 && got.body.is_null(),
        // A second, a word boundary, look-around or a back-reference.
        "D11" => {
            let said = got.body["error"].as_str().is_some_and(|text| text.contains("is not supported"));
            let word = path.contains("%5Cb") || path.contains("__second=");
            (got.status == 400 && said) || (got.status == 200 && word)
        }
        _ => false,
    }
}

/// Whether a difference of this kind is a request that must leave everything as it was.
pub(crate) fn changes_nothing(kind: &str) -> bool {
    ["D1", "D2", "D3", "D6", "D7", "D8", "D10", "D11"].contains(&kind)
}

/// With the disk use that was shown, the answer is as recorded.
fn shows_other_disk_use_only(step: &Value, got: &Got) -> bool {
    let mut step = step.clone();
    let wanted = &mut step["expect"]["body"]["diskusage"];
    let differs = *wanted != got.body["diskusage"];
    *wanted = got.body["diskusage"].clone();
    differs && compare::step(&step, got).is_empty()
}

/// The table in the document is the one of the file. `RUNSTOW_UPDATE_DOCS=1` writes it anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "the document is written when asked for, never a managed file")]
fn the_document_lists_every_case() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api-compatibility.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).expect("the start of the cases");
    let (_, after) = rest.split_once(END).expect("the end of the cases");
    let mut table = String::from("\n| kind | case | why |\n|---|---|---|\n");
    let mut all: Vec<Difference> = listed().into_values().collect();
    all.sort_by_key(|one| (one.kind[1..].parse::<u32>().unwrap(), one.case.clone()));
    for one in all {
        table += &format!("| {} | `{}` | {} |\n", one.kind, one.case, one.reason);
    }
    let wanted = format!("{before}{START}{table}\n{END}{after}");
    if std::env::var_os("RUNSTOW_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(wanted == text, "docs/api-compatibility.md is not up to date: run with RUNSTOW_UPDATE_DOCS=1");
}
