//! Loading and dumping the neutral JSON, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::{Catalog, CatalogError, NewUser, Replace, passwords};
use runstow_lifecycle::Role;
use runstow_testkit::{TestDatabase, on_both_databases};
use serde_json::{Value, json};

const DATASET: &str = include_str!("../../../conformance/api/dataset.json");

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

/// The data set after a change.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(DATASET).unwrap();
    change(&mut document);
    document.to_string()
}

on_both_databases! {
    async fn what_was_dumped_is_loaded_to_the_same_text(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.ensure_defaults().await.unwrap();
        let summary = catalog.load(DATASET, Replace::No).await.unwrap();
        assert_eq!(
            summary.to_string(),
            "60 runs, 100 reports, 38 events, 3 file servers, 7 messages, 4 users"
        );
        let first = catalog.dump().await.unwrap();
        catalog.load(first.as_str(), Replace::Yes).await.unwrap();
        assert_eq!(catalog.dump().await.unwrap(), first);

        // But for the accounts, whose clear text is gone, it is what was loaded.
        let mut given: Value = serde_json::from_str(DATASET).unwrap();
        let mut dumped: Value = serde_json::from_str(&first).unwrap();
        given.as_object_mut().unwrap().remove("users");
        let users = dumped.as_object_mut().unwrap().remove("users").unwrap();
        assert_eq!(dumped, given);
        for secret in ["ionadmin-pass", "aaaaaaaaaaaaaaaaaaaa", "viewer-pass", "cccccccccccccccccccc"] {
            assert!(!first.contains(secret), "{secret} must not be written");
        }
        assert_eq!(users[3]["active"], json!(false));
    }

    async fn a_dump_keeps_all_that_runstow_knows(database: &TestDatabase) {
        let catalog = open(database).await;
        let document = r#"{
 "users": [
  {"username": "ion", "active": true, "superuser": false, "can_write": false, "role": "operator", "created": "2020-01-02T03:04:05.000006+00:00", "api_keys": [{"name": "old", "key_hash": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "created": "2020-01-02T03:04:05+00:00", "last_used": "2020-01-02T03:04:06+00:00", "revoked": "2020-01-02T03:04:07+00:00"}]}
 ],
 "experiments": [
  {"id": 7, "expName": "R", "expDir": {"b64": "L3Jlc3VsdHMvY2Fm6Q=="}, "date": "2019-01-01T00:00:00+00:00", "chipType": "", "storage_options": "KI", "diskusage": null, "platform": "S5", "instrument": "S5-1", "finished": true, "finishedReason": "explog_final.txt", "keepMarker": true, "absentScans": 2, "absentSince": "2020-01-01T00:00:00+00:00", "seen": "2019-06-01T00:00:00+00:00", "fingerprint": "f"}
 ],
 "results": [
  {"id": 9, "experiment": 7, "resultsName": "A", "timeStamp": "2019-01-02T00:00:00.500000+00:00", "diskusage": -3, "thumbnail": true, "reportDir": "/reports/A", "parent": 8, "tsVersion": "5.18", "absentScans": 1, "absentSince": "2020-01-01T00:00:00+00:00", "seen": "2019-06-01T00:00:00+00:00", "fingerprint": "g", "categories": {"sigproc": {"state": "AD", "keep": true, "diskspace": 3.5, "report_mb": 0.5, "run_mb": 2.0, "linked_mb": 1.0, "files": 12, "archivePath": "/archive/R", "inUse": "plugin", "created": "2019-01-05T00:00:00+00:00", "measured": "2019-01-06T00:00:00+00:00"}, "basecall": null, "output": {"state": "L", "keep": false, "diskspace": null}, "misc": null}}
 ],
 "events": [],
 "fileservers": [],
 "messages": [],
 "globalconfig": [],
 "volumes": [
  {"id": 2, "name": "Home", "kind": "runs", "path": "/results", "marker": "uuid", "filesystem": "ext4", "total_bytes": 10, "available_bytes": 5, "status": "missing", "status_reason": "not mounted", "checked": "2020-01-01T00:00:00+00:00"}
 ],
 "settings": {"site": "lab"}
}
"#;
        catalog.load(document, Replace::No).await.unwrap();
        assert_eq!(catalog.dump().await.unwrap(), document);
    }

    async fn an_error_names_its_place_and_changes_nothing(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        let before = (catalog.dump().await.unwrap(), catalog.version().await.unwrap());
        let result = |at: usize, key: &'static str, value: Value| {
            changed(|document| document["results"][at][key] = value)
        };
        let output = |key: &'static str, value: Value| {
            changed(|document| document["results"][3]["categories"]["output"][key] = value)
        };
        for (document, place, why) in [
            (output("kep", json!(true)), "results[3].categories.output.kep", "unknown field"),
            (output("state", json!("XX")), "results[3].categories.output.state", "XX"),
            (output("diskspace", json!(-1.0)), "results[3].categories.output.diskspace", "-1"),
            (output("created", json!("yesterday")), "results[3].categories.output.created", "yesterday"),
            (result(5, "id", json!(0)), "results[5].id", "not an id"),
            (result(5, "id", json!(5)), "results[5].id", "results[4]"),
            (result(5, "id", json!(9_007_199_254_740_992_i64)), "results[5].id", "not an id"),
            (result(5, "id", json!(1e40)), "results[5].id", "floating point"),
            (result(2, "experiment", json!(61)), "results[2].experiment", "no experiment has the id 61"),
            (result(2, "timeStamp", json!("2017-02-30T00:00:00Z")), "results[2].timeStamp", "2017-02-30"),
            (result(2, "resultsName", json!("a\u{0}b")), "results[2].resultsName", "NUL"),
            (result(2, "surprise", json!(1)), "results[2].surprise", "unknown field"),
            (changed(|d| d["experiments"][1]["diskusage"] = json!(-4)), "experiments[1].diskusage", "-4"),
            (changed(|d| d["experiments"][1]["storage_options"] = json!("X")), "experiments[1].storage_options", "KI"),
            (changed(|d| d["experiments"][1]["expDir"] = json!({"b65": ""})), "experiments[1].expDir", "b65"),
            (changed(|d| d["users"][1]["username"] = json!("viewer")), "users[2].username", "users[1]"),
            (changed(|d| d["users"][1]["username"] = json!("a:b")), "users[1].username", "colon"),
            (changed(|d| d["users"][1]["api_key"] = d["users"][0]["api_key"].clone()), "users[1].api_key", "users[0]"),
            (changed(|d| d["users"][1]["password_hash"] = json!("x")), "users[1]", "both"),
            (changed(|d| d["users"][0]["role"] = json!("viewer")), "users[0].role", "superuser"),
            (changed(|d| d["events"][2]["about"] = json!("plan")), "events[2].about", "plan"),
            (changed(|d| d["globalconfig"][0]["realm"] = json!(1)), "globalconfig[0].realm", "unknown field"),
            (changed(|d| d["extra"] = json!([])), "extra", "unknown field"),
            (changed(|d| d["results"][0]["categories"]["sigproc"]["keep"] = json!(true)), "results[0].categories.sigproc.keep", "storage_options"),
            (format!("{DATASET}x"), "after the end", "line"),
            ("{\"results\": [{\"id\": 1,".to_owned(), "results[0]", "EOF"),
            ("[]".to_owned(), "the document", "no JSON object"),
            ("{}".to_owned(), "the document", "missing field `experiments`"),
        ] {
            let error = catalog.load(document, Replace::Yes).await.unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, CatalogError::Invalid(_)), "{text}");
            assert!(text.starts_with(place), "{place} is not the start of: {text}");
            assert!(text.contains(why), "{why} is missing in: {text}");
        }
        assert_eq!((catalog.dump().await.unwrap(), catalog.version().await.unwrap()), before);
    }

    async fn nothing_is_replaced_unless_asked(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        let before = catalog.dump().await.unwrap();
        let text = catalog.load(DATASET, Replace::No).await.unwrap_err().to_string();
        assert!(text.contains("60 runs, 100 reports, 4 users") && text.contains("--replace"), "{text}");
        assert_eq!(catalog.dump().await.unwrap(), before);

        let ion = catalog.user_by_name("ionadmin").await.unwrap().unwrap();
        let session = catalog.open_session(ion.id, std::time::Duration::from_secs(60)).await.unwrap();
        catalog.set_setting("secret.key", "kept").await.unwrap();
        catalog.set_setting("site", "lab").await.unwrap();
        let summary = catalog.load(r#"{"experiments": [], "results": []}"#, Replace::Yes).await.unwrap();
        assert_eq!(summary, runstow_catalog::LoadSummary::default());
        assert!(catalog.session(&session.token).await.unwrap().is_none());
        assert_eq!(catalog.setting("secret.key").await.unwrap().as_deref(), Some("kept"));
        assert_eq!(catalog.setting("site").await.unwrap(), None);
        assert_eq!(catalog.users().await.unwrap(), []);
        assert_eq!(catalog.dump().await.unwrap().lines().count(), 9, "an empty catalog is a short text");
    }

    async fn the_next_id_is_the_largest_plus_one(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        let largest = DATASET.lines().filter(|line| line.contains("object_pk")).count();
        let last_event = serde_json::from_str::<Value>(DATASET).unwrap()["events"][largest - 1]["id"].as_i64().unwrap();
        let about = runstow_catalog::About::Result;
        assert_eq!(catalog.add_event(about, 5, "Keep set", "ion").await.unwrap(), last_event + 1);
        assert_eq!(catalog.add_event(about, 5, "Keep\0set", "ion").await.unwrap(), last_event + 2);
        let user = NewUser { username: "new".into(), role: Role::Viewer, api_write: false, active: true, password_hash: None };
        assert_eq!(catalog.add_user(user).await.unwrap().id, 5);
        catalog.load(DATASET, Replace::Yes).await.unwrap();
        assert_eq!(catalog.add_event(about, 5, "Keep set", "ion").await.unwrap(), last_event + 1, "afresh");
    }

    async fn the_accounts_of_the_data_set_can_sign_in(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        for (name, key, role, api_write, active) in [
            ("ionadmin", "a", Role::Admin, true, true),
            ("ionuser", "b", Role::Operator, true, true),
            ("viewer", "c", Role::Viewer, false, true),
            ("retired", "d", Role::Operator, true, false),
        ] {
            let user = catalog.user_by_api_key(name, &key.repeat(40)).await.unwrap().unwrap();
            assert_eq!((user.role, user.api_write, user.active), (role, api_write, active), "{name}");
            assert!(passwords::verify(user.password_hash.as_deref().unwrap(), &format!("{name}-pass")), "{name}");
        }
    }
}
