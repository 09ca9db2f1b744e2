//! docs/api.md: its examples run, and it names every type of problem.

use std::process::Command;

use runstow_lifecycle::Role;
use runstow_server::ServerConfig;
use runstow_testkit::TestDatabase;

use crate::support::{Server, tape_at};

const GUIDE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md"));

/// The shell blocks of the guide.
fn examples() -> Vec<&'static str> {
    GUIDE.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_guide_runs() {
    let database = TestDatabase::sqlite();
    let tape = tempfile::tempdir().unwrap();
    let settings = tape_at(tape.path());
    let server = Server::moving(&database, ServerConfig::default(), settings).await;
    let key = server.bearer(Role::Admin);
    let address = format!("http://{}", server.address);
    let examples = examples();
    assert!(examples.len() >= 8);
    for example in examples {
        let (key, address) = (key.clone(), address.clone());
        let script = format!("set -e\ncurl() {{ command curl --fail-with-body -sS \"$@\"; }}\n{example}");
        let run = tokio::task::spawn_blocking(move || {
            Command::new("bash")
                .args(["-c", &script])
                .env("KEY", key.trim_start_matches("Bearer "))
                .env("RUNSTOW", address)
                .output()
        });
        let output = run.await.unwrap().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{example}\n{text}");
    }
}

#[test]
fn the_guide_names_every_type_of_problem() {
    for slug in [
        "bad-request",
        "sign-in",
        "not-allowed",
        "csrf",
        "not-found",
        "no-such-page",
        "method-not-allowed",
        "too-slow",
        "conflict",
        "already-over",
        "illegal-move",
        "action-refused",
        "still-running",
        "changed",
        "too-large",
        "wrong-media-type",
        "idempotency-key-reused",
        "condition-missing",
        "internal",
        "unavailable",
    ] {
        assert!(GUIDE.contains(&format!("`/problems/{slug}`")), "docs/api.md does not explain {slug}");
    }
}
