//! Whatever is written: an answer, never a failure, and a catalog that still makes sense; from many clients at once.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use runstow_catalog::{Direction, EventFilter};
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;
use serde_json::{Value, json};

use super::server::{Connection, Server};

/// Requests of each of two clients, per database.
const REQUESTS: usize = 2000;

const RESOURCES: [&str; 5] =
    ["compositedatamanagement", "datamanagementhistory", "fileserver", "globalconfig", "message"];

const FIELDS: &[&str] = &[
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

const TEXTS: &[&str] = &[
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

on_both_databases! {
    async fn no_write_makes_the_server_fail(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let address = server.address;
        let clients: Vec<_> = (0..2_u64).map(|seed| tokio::task::spawn_blocking(move || {
            let mut random = StdRng::seed_from_u64(seed);
            let mut connection = Connection::open(address);
            let mut wrote = 0;
            for number in 0..REQUESTS {
                let (method, path, headers, body) = request(&mut random);
                let answer = connection.send(method, &path, &headers, body.as_deref().map(str::as_bytes));
                let what = format!("{method} {path} {body:?}: {} {}", answer.status, answer.text());
                assert!(answer.status < 500 || answer.status == 501, "{what}");
                if matches!(answer.status, 400 | 409 | 415) {
                    assert!(answer.text().starts_with("{\"error\": "), "{what}");
                }
                wrote += usize::from((200..300).contains(&answer.status));
                if number % 50 == 0 {
                    consistent(&mut connection);
                }
            }
            consistent(&mut connection);
            wrote
        })).collect();
        for client in clients {
            // Too few would mean that nothing but refusals was tried.
            assert!(client.await.unwrap() > REQUESTS / 20);
        }
    }

    async fn clients_that_write_at_once_lose_nothing(database: &TestDatabase) {
        const CLIENTS: usize = 8;
        const ROUNDS: usize = 12;
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let address = server.address;
        let before = server.catalog.last_event().await.unwrap();
        let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::task::spawn_blocking(move || {
            let mut connection = Connection::open(address);
            let mut send = |method: &str, path: &str, body: Value| {
                let body = body.to_string();
                let path = format!("/rundb/api/v1/{path}");
                let answer = connection.send(method, &path, &[admin()], Some(body.as_bytes()));
                assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text());
                answer.header("location").map(|address| address.rsplit('/').nth(1).unwrap().to_owned())
            };
            let mut kept = Vec::new();
            for round in 0..ROUNDS {
                let name = format!("{client}.{round}");
                let new = json!({"resultsName": name, "expDir": format!("/results/run_{round}")});
                let id = send("POST", "compositedatamanagement/", new).unwrap();
                // Two fields, written by different requests: neither may undo the other.
                let path = format!("compositedatamanagement/{id}/");
                send("PATCH", &path, json!({"diskusage": client}));
                send("PATCH", "compositedatamanagement/6/", json!({"timeStamp": "2019-05-06T07:08:09Z"}));
                if round % 3 == 0 {
                    send("DELETE", &path, json!(null));
                } else {
                    kept.push((id.parse::<i64>().unwrap(), name, i64::try_from(client).unwrap()));
                }
            }
            kept
        })).collect();
        let mut kept = Vec::new();
        for client in clients {
            kept.extend(client.await.unwrap());
        }
        let ids: BTreeSet<i64> = kept.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids.len(), kept.len(), "an id was given twice");
        for (id, name, mb) in &kept {
            let report = server.catalog.report(*id).await.unwrap().unwrap();
            assert_eq!((&report.results_name, report.diskusage), (name, Some(*mb)));
        }
        assert_eq!(server.catalog.counts().await.unwrap().reports, 98 + kept.len() as u64);
        let runs = server.catalog.all_runs().await.unwrap();
        assert_eq!(runs.iter().filter(|run| run.exp_name.starts_with("run_")).count(), ROUNDS);
        let filter = EventFilter {
            report: None, accounts: true, direction: Direction::Ascending, after: Some(before), limit: 10_000,
        };
        let events = server.catalog.logged_events(&filter).await.unwrap();
        assert_eq!(events.len(), CLIENTS * ROUNDS * 3 + CLIENTS * ROUNDS.div_ceil(3));
        let last = i64::try_from(events.len()).unwrap() + before;
        assert_eq!(events.last().map(|event| event.id), Some(last), "an event is missing");
    }
}

fn admin() -> (String, String) {
    ("Authorization".to_owned(), format!("ApiKey ionadmin:{}", "a".repeat(40)))
}

/// Lists show as many records as they count, each with an id of its own.
fn consistent(connection: &mut Connection) {
    for resource in RESOURCES {
        let answer = connection.send("GET", &format!("/rundb/api/v1/{resource}/?limit=0"), &[admin()], None);
        assert_eq!(answer.status, 200, "{resource}: {}", answer.text());
        let list: Value = serde_json::from_slice(&answer.body).unwrap();
        let objects = list["objects"].as_array().unwrap();
        let ids: BTreeSet<i64> = objects.iter().map(|object| object["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), objects.len(), "{resource}");
        let total = list["meta"]["total_count"].as_u64().unwrap();
        assert!(objects.len() == 1000 || total == objects.len() as u64, "{resource}: {total}");
    }
}

type Request = (&'static str, String, Vec<(String, String)>, Option<String>);

fn request(random: &mut StdRng) -> Request {
    let resource = RESOURCES[random.random_range(0..RESOURCES.len())];
    let detail = random.random_bool(0.6);
    let mut path = format!("/rundb/api/v1/{resource}/");
    if detail {
        let id = match random.random_range(0..12) {
            0 => "abc".to_owned(),
            1 => "99999999999".to_owned(),
            2 => random.random_range(-5..400).to_string(),
            3..=6 => random.random_range(1..8).to_string(),
            _ => random.random_range(1..110).to_string(),
        };
        path += &format!("{id}/");
    }
    if random.random_bool(0.3) {
        let value = TEXTS[random.random_range(0..8)].replace(' ', "%20");
        path += &format!("?{}={value}", FIELDS[random.random_range(0..FIELDS.len())]);
    }
    let method = ["POST", "PUT", "PUT", "PATCH", "PATCH", "DELETE"][random.random_range(0..6)];
    let mut headers = match random.random_range(0..12) {
        0 => vec![("Authorization".to_owned(), format!("ApiKey viewer:{}", "c".repeat(40)))],
        _ => vec![admin()],
    };
    if random.random_bool(0.05) {
        headers.push(("Content-Type".to_owned(), "text/csv".to_owned()));
    }
    if random.random_bool(0.05) {
        headers.push(("X-HTTP-Method-Override".to_owned(), "PATCH".to_owned()));
    }
    let body = match random.random_range(0..10) {
        0 => BODIES[random.random_range(0..BODIES.len())].to_owned(),
        _ if detail || method == "POST" => object(random).to_string(),
        _ => list(random, resource).to_string(),
    };
    (method, path, headers, (method != "DELETE").then_some(body))
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
