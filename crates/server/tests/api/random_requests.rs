//! Thousands of random requests that schemathesis makes from the OpenAPI document, signed in as each role.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::print_stdout, reason = "a test says how much it did")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use runstow_catalog::{Catalog, NewUser, VolumeFacts, VolumeKind, VolumeStatus};
use runstow_lifecycle::{Right, Role};
use runstow_server::ServerConfig;
use runstow_testkit::{TestDatabase, on_both_databases, python};
use serde_json::{Value, json};

use crate::support::{Server, tape_at};

/// Requests that each role must at least have made on each of the two databases: 5,000 on both.
const LEAST: u64 = 2500;

on_both_databases! {
    async fn whatever_a_viewer_sends_is_answered_as_documented(database: &TestDatabase) {
        send_at_random(database, Role::Viewer).await;
    }

    async fn whatever_an_operator_sends_is_answered_as_documented(database: &TestDatabase) {
        send_at_random(database, Role::Operator).await;
    }

    async fn whatever_an_admin_sends_is_answered_as_documented(database: &TestDatabase) {
        send_at_random(database, Role::Admin).await;
    }
}

async fn send_at_random(database: &TestDatabase, role: Role) {
    let tape = tempfile::tempdir().unwrap();
    let settings = tape_at(tape.path());
    let server = Server::moving(database, ServerConfig::default(), settings).await;
    server.catalog.start_scan().await.unwrap();
    let volume = VolumeFacts {
        name: "Results".into(),
        kind: VolumeKind::Runs,
        path: "/results".into(),
        marker: None,
        filesystem: None,
        total_bytes: Some(1 << 50),
        available_bytes: Some(1 << 49),
        status: VolumeStatus::Ready,
        status_reason: String::new(),
    };
    server.catalog.upsert_volume(volume).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    let key = server.bearer(role).trim_start_matches("Bearer ").to_owned();
    std::fs::write(&key_file, &key).unwrap();
    let keeper = tokio::spawn(stay_signed_in(server.catalog.clone(), role, key_file.clone(), key));
    let report = run(&format!("http://{}", server.address), dir.path(), &key_file).await;
    keeper.abort();

    let generated = report["test_cases"]["generated"].as_u64().unwrap();
    println!("{role}: {generated} requests");
    assert!(generated >= LEAST, "{generated} requests only: {report}");
    assert_eq!((&report["failures"], &report["errors"]), (&json!([]), &json!([])), "{report}");
    let operations = &report["operations"];
    assert_eq!(operations["tested"], operations["selected"], "{operations}");
    let stream_is_left_out = operations["total"].as_u64().unwrap() - 1;
    assert_eq!(operations["tested"], stream_is_left_out, "{operations}");
    // A role that was refused where it has the right was signed out, and has tried nothing.
    let refused = report["warnings"]["missing_auth"].as_array().cloned().unwrap_or_default();
    let refused: BTreeSet<String> =
        refused.iter().map(|operation| operation.as_str().unwrap().to_owned()).collect();
    assert_eq!(refused, beyond_the_rights_of(role), "{report}");
}

/// Runs schemathesis to its end and gives its report. `RUNSTOW_TEST_SEED` asks for other requests.
async fn run(address: &str, dir: &Path, key_file: &Path) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seed = std::env::var("RUNSTOW_TEST_SEED").unwrap_or_else(|_| "1".to_owned());
    let report = dir.join("report.json");
    let mut command = Command::new(python::program("schemathesis"));
    command.arg("--config-file").arg(root.join("../../openapi/schemathesis.toml"));
    command.args(["run", &format!("{address}/api/v1/openapi.json")]);
    command.args(["--exclude-path", "/api/v1/events/stream", "--checks", "all", "--max-examples", "45"]);
    // More than one worker makes Python 3.11 fail with “AST constructor recursion depth mismatch” now and then.
    command.args(["--workers", "1", "--no-shrink", "--continue-on-failure", "--no-color", "--seed", &seed]);
    command.args(["--generation-database", "none", "--report", "json", "--report-json-path"]).arg(&report);
    command.env("SCHEMATHESIS_HOOKS", "key").env("PYTHONPATH", root.join("tests/api/random_requests"));
    command.env("RUNSTOW_KEY_FILE", key_file).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(dir);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "seed {seed}: {text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap()
}

/// Gives the role a new account as soon as a random request has removed the one in use, switched it off, changed
/// its role or withdrawn its key; nothing but refusals would follow otherwise.
async fn stay_signed_in(catalog: Catalog, role: Role, file: PathBuf, mut key: String) {
    for number in 1.. {
        loop {
            let user = catalog.user_by_key_alone(&key).await.unwrap();
            if !user.is_some_and(|user| user.active && user.role == role) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let username = format!("the-{role}-{number}");
        let new = NewUser { username, role, api_write: false, active: true, password_hash: None };
        let user = catalog.add_user(new).await.unwrap();
        key = catalog.create_api_key(user.id, "test").await.unwrap().1;
        let fresh = file.with_extension("fresh");
        std::fs::write(&fresh, &key).unwrap();
        std::fs::rename(fresh, &file).unwrap();
    }
}

/// The operations that the document does not open to a role, as schemathesis names them.
fn beyond_the_rights_of(role: Role) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(runstow_server::document()).unwrap();
    let mut beyond = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let right = serde_json::from_value::<Right>(operation["x-runstow-right"].clone());
            if right.is_ok_and(|right| !role.may(right)) {
                beyond.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    beyond
}
