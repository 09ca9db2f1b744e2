//! Every recorded case, on both databases.

use runstow_catalog::Replace;
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;
use serde_json::Value;
use tokio::runtime::Handle;

use super::case::Case;
use super::compare::Got;
use super::differences::{changes_nothing, is_of_kind, listed};
use super::server::Server;

on_both_databases! {
    async fn every_case_is_answered_as_recorded_or_listed_as_a_difference(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        // Loading what was dumped needs no password hashed again.
        let dump = server.catalog.dump().await.unwrap();
        let runtime = Handle::current();
        let problems =
            tokio::task::spawn_blocking(move || check(&server, &dump, &runtime)).await.unwrap();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }
}

/// Runs the cases. Each either passes or is listed as a difference, and is of the kind it is listed as.
fn check(server: &Server, dump: &str, runtime: &Handle) -> Vec<String> {
    let listed = listed();
    let mut problems = Vec::new();
    let mut met = 0;
    let mut fresh = true;
    for case in Case::all() {
        if case.mutates && !fresh {
            runtime.block_on(server.catalog.load(dump, Replace::Yes)).unwrap();
        }
        fresh = !case.mutates;
        let before = runtime.block_on(server.catalog.version()).unwrap();
        let outcomes = case.run(server);
        let changed = runtime.block_on(server.catalog.version()).unwrap() != before;
        let differing: Vec<(&Value, &Vec<String>, &Got)> = case
            .steps
            .iter()
            .zip(&outcomes)
            .filter(|(step, (differences, got))| {
                let compared = step["compare"].as_bool().unwrap_or(true);
                !differences.is_empty() || (compared && step["expect"]["status"] != got.status)
            })
            .map(|(step, (differences, got))| (step, differences, got))
            .collect();
        match (listed.get(&case.id), differing.first()) {
            (None, None) => {}
            (None, Some((_, differences, got))) => {
                problems.push(format!("{}: {differences:?} {}, and is not listed", case.id, got.status));
            }
            (Some(_), None) => problems.push(format!("{}: listed, but answered as recorded", case.id)),
            (Some(difference), Some((step, _, got))) => {
                met += 1;
                let kind = &difference.kind;
                if !is_of_kind(kind, &case, step, got) {
                    problems.push(format!("{}: not of kind {kind}: {got:?}", case.id));
                }
                if changes_nothing(kind) && changed {
                    problems.push(format!("{}: of kind {kind}, but something was changed", case.id));
                }
                // A crash that was mended is the only difference: what follows is as recorded.
                if kind == "D1" {
                    for (_, differences, _) in differing[1..].iter().filter(|(_, found, _)| !found.is_empty())
                    {
                        problems.push(format!("{}: {differences:?} after the refusal", case.id));
                    }
                }
            }
        }
    }
    if met != listed.len() {
        problems.push(format!("{} differences are listed, {met} were met", listed.len()));
    }
    problems
}
