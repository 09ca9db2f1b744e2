//! Bodies: objects and lists of them, near the truth or far from it.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::super::random::pick;

/// Names of fields, and of none.
pub(super) const FIELDS: &[&str] = &[
    "id",
    "resultsName",
    "timeStamp",
    "diskusage",
    "expDir",
    "expName",
    "reportDir",
    "in_process",
    "sigproc_state",
    "resource_uri",
    "created",
    "text",
    "username",
    "object_pk",
    "name",
    "comments",
    "filesPrefix",
    "percentfull",
    "body",
    "level",
    "route",
    "expires",
    "tags",
    "status",
    "time",
    "selected",
    "auto_archive_enable",
    "records_to_display",
    "majorPlatform",
    "default_storage_options",
    "nosuch",
    "",
];

/// Values of parameters and fields.
pub(super) const TEXTS: &[&str] = &[
    "",
    "x",
    "88",
    " 5 ",
    "1.5",
    "nan",
    "Infinity",
    "99999999999999999999",
    "true",
    "2019-05-06T07:08:09+05:30",
    "6 May 2019 07:08",
    "2019-02-30",
    "5",
    "12:",
    "0001-01-01T00:00:00+01:00",
    "a\u{0}b",
    "/results/R_1",
    "/results/R_2/",
    "/a/../b",
    "ü🧬\u{2028}",
    "<b>&\"'\\",
    "KI",
    "/rundb/api/v1/message/1/",
    "١٢",
];

/// Whole bodies.
const BODIES: &[&str] = &[
    "",
    "{",
    "[]",
    "null",
    "5",
    "\"x\"",
    "{}",
    "{\"objects\": null}",
    "{\"objects\": {}}",
    "{\"objects\": [5]}",
    "{\"objects\": [], \"deleted_objects\": 5}",
    "{\"objects\": \"objects\"}",
    "\u{feff}{}",
    "{\"id\": 1e400}",
    "{\"a\": 1, \"a\": 2}",
    "{\"diskusage\": NaN}",
    "{\"resultsName\": \"\\ud800\"}",
];

/// A body for one record, or for many.
pub(super) fn body(random: &mut StdRng, resource: &str, one: bool) -> String {
    match random.random_range(0..10) {
        0 => pick(random, BODIES).to_owned(),
        _ if one => object(random).to_string(),
        _ => list(random, resource).to_string(),
    }
}

fn list(random: &mut StdRng, resource: &str) -> Value {
    let objects: Vec<Value> = (0..random.random_range(0..4))
        .map(|_| {
            let mut object = object(random);
            if random.random_bool(0.7) {
                object["resource_uri"] = uri(random, resource);
            }
            object
        })
        .collect();
    let deleted: Vec<Value> = (2..random.random_range(2..4)).map(|_| uri(random, resource)).collect();
    json!({"objects": objects, "deleted_objects": deleted})
}

fn uri(random: &mut StdRng, resource: &str) -> Value {
    match random.random_range(0..10) {
        0 => value(random),
        _ => json!(format!("/rundb/api/v1/{resource}/{}/", random.random_range(0..110))),
    }
}

fn object(random: &mut StdRng) -> Value {
    let mut object = json!({});
    if random.random_bool(0.2) {
        object =
            json!({"resultsName": "random", "expDir": format!("/results/{}", random.random_range(0..5))});
    }
    if random.random_bool(0.2) {
        object["selected"] = value(random);
    }
    for _ in 0..random.random_range(0..4) {
        object[FIELDS[random.random_range(0..FIELDS.len())]] = value(random);
    }
    object
}

fn value(random: &mut StdRng) -> Value {
    match random.random_range(0..12) {
        0 => json!(null),
        1 => json!(random.random_bool(0.5)),
        2 => json!(random.random_range(-10..400)),
        3 => json!(random.random_range(0..400) as f64 / 7.0),
        4 => [json!(i64::MAX), json!(u64::MAX), json!(-1e300), json!(1e-300), json!(-0.0)]
            [random.random_range(0..5)]
        .clone(),
        5 => json!(["a", {"b": [null, 1.5, "ü"]}]),
        6 => json!({"k": {}}),
        7 => json!("n".repeat(random.random_range(500..530))),
        _ => json!(TEXTS[random.random_range(0..TEXTS.len())]),
    }
}
