//! Clients of this kind of API as people install them from PyPI, against a server; what each does is in its script.

use std::path::Path;
use std::process::Command;

use runstow_catalog::{Direction, EventFilter};
use runstow_server::ServerConfig;
use runstow_testkit::{TestDatabase, on_both_databases, python};

use super::server::Server;

async fn run(database: &TestDatabase, script: &str) {
    let server = Server::with_dataset(database, ServerConfig::default()).await;
    let before = server.catalog.last_event().await.unwrap();
    let mut command = Command::new(python::program("python"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rundb_api/clients").join(script));
    command.arg(format!("http://{}", server.address)).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{script}: {text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.trim_end().ends_with(": all well"), "{script} did not come to its end: {text}");

    // Each takes away what it made, and each of its writes can be seen.
    let counts = server.catalog.counts().await.unwrap();
    assert_eq!(counts.reports, 98);
    let filter = EventFilter {
        report: None,
        accounts: true,
        direction: Direction::Ascending,
        after: Some(before),
        limit: 10_000,
    };
    let events = server.catalog.logged_events(&filter).await.unwrap();
    assert!(events.len() >= 8, "{events:?}");
    assert!(events.iter().all(|event| ["ionadmin", "ionuser"].contains(&event.username.as_str())));
}

on_both_databases! {
    async fn requests_works_as_the_documentation_shows_it(database: &TestDatabase) {
        run(database, "with_requests.py").await;
    }

    async fn slumber_works(database: &TestDatabase) {
        run(database, "with_slumber.py").await;
    }

    async fn tastytopping_works(database: &TestDatabase) {
        run(database, "with_tastytopping.py").await;
    }

    async fn tastypie_queryset_client_works(database: &TestDatabase) {
        run(database, "with_queryset_client.py").await;
    }
}
