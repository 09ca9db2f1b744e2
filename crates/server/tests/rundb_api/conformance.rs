//! Every recorded case that only reads, on both databases.

use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use super::case::Case;
use super::differences::{is_of_kind, listed};
use super::server::Server;

on_both_databases! {
    async fn reading_is_answered_as_recorded(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let problems = tokio::task::spawn_blocking(move || check(&server)).await.unwrap();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }
}

/// Runs the cases. Each either passes or is listed as a difference, and is of the kind it is listed as.
fn check(server: &Server) -> Vec<String> {
    let listed = listed();
    let mut problems = Vec::new();
    let mut listed_and_run = 0;
    for case in Case::all().into_iter().filter(|case| !case.mutates) {
        let outcomes = case.run(server);
        let differing = case.steps.iter().zip(&outcomes).find(|(step, (differences, got))| {
            !differences.is_empty() || step["expect"]["status"] != got.status
        });
        match (listed.get(&case.id), differing) {
            (None, None) => {}
            (None, Some((_, (differences, got)))) => {
                problems.push(format!("{}: {differences:?} {}, and is not listed", case.id, got.status));
            }
            (Some(_), None) => problems.push(format!("{}: listed, but answered as recorded", case.id)),
            (Some(difference), Some((step, (_, got)))) => {
                listed_and_run += 1;
                if !is_of_kind(&difference.kind, &case, step, got) {
                    problems.push(format!("{}: not of kind {}: {got:?}", case.id, difference.kind));
                }
            }
        }
    }
    if listed_and_run != listed.len() {
        problems.push(format!("{} differences are listed, {listed_and_run} were met", listed.len()));
    }
    problems
}
