//! Whatever is sent, by any verb: an answer, never a failure, and a catalog that still makes sense.
#![allow(clippy::print_stdout, reason = "a test says how much it did")]

mod body;
mod request;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use runstow_catalog::{Catalog, Replace};
use runstow_server::ServerConfig;
use runstow_testkit::{TestDatabase, on_both_databases};
use serde_json::Value;

use super::random::{RESOURCES, seed};
use super::server::{Connection, DATASET, Server, admin};
use request::Request;

/// Requests per database.
const REQUESTS: u64 = 20_000;
/// After so many the data set is loaded again: random requests remove much.
const BATCH: u64 = 1000;

on_both_databases! {
    async fn no_request_makes_the_server_fail(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let elsewhere = TestDatabase::sqlite();
        let copy = Catalog::open(&elsewhere.url().parse().unwrap()).await.unwrap();
        let mut wrote = 0;
        for batch in 0..REQUESTS / BATCH {
            let (address, seed) = (server.address, seed() + batch);
            wrote += tokio::task::spawn_blocking(move || send(address, seed)).await.unwrap();
            // What is left can be moved to another catalog, and is the same there.
            let dump = server.catalog.dump().await.unwrap();
            copy.load(dump.clone(), Replace::Yes).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert!(copy.dump().await.unwrap() == dump, "seed {seed}: the copy differs");
            server.catalog.load(DATASET, Replace::Yes).await.unwrap();
        }
        println!("{REQUESTS} requests, of which {wrote} wrote");
        // Too few would mean that nothing but refusals was tried.
        assert!(wrote > REQUESTS / 20, "{wrote}");
    }
}

/// Sends one batch, and tells how much was written. `RUNSTOW_TEST_SEED` begins with another batch.
fn send(address: SocketAddr, seed: u64) -> u64 {
    let mut random = StdRng::seed_from_u64(seed);
    let mut connection = Connection::open(address);
    let mut wrote = 0;
    for number in 0..BATCH {
        let request = Request::random(&mut random);
        let answer = request.send(&mut connection);
        let said = answer.text();
        let what = || format!("seed {seed}, request {number}: {request}\n{} {said}", answer.status);
        assert!(answer.status < 500 || answer.status == 501, "{}", what());
        if matches!(answer.status, 400 | 409 | 415) {
            assert!(said.is_empty() || said.contains("{\"error\": "), "{}", what());
        }
        wrote += u64::from(!request.is_safe() && (200..300).contains(&answer.status));
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            connection = Connection::open(address);
        }
        if number % 100 == 99 {
            for resource in RESOURCES {
                all_are_shown(&mut connection, resource, &what);
            }
        }
    }
    wrote
}

/// Pages from first to last hold as many records as they count, each with an id of its own.
fn all_are_shown(connection: &mut Connection, resource: &str, after: &dyn Fn() -> String) {
    let mut ids = BTreeSet::new();
    let mut next = format!("/rundb/api/v1/{resource}/?limit=37");
    let (mut shown, mut total) = (0, 0);
    while !next.is_empty() {
        let answer = connection.send("GET", &next, &[admin()], None);
        assert_eq!(answer.status, 200, "{next}: {}\nafter {}", answer.text(), after());
        let list: Value = serde_json::from_slice(&answer.body).unwrap();
        let objects = list["objects"].as_array().unwrap();
        shown += objects.len();
        ids.extend(objects.iter().map(|object| object["id"].as_i64().unwrap()));
        total = list["meta"]["total_count"].as_u64().unwrap();
        next = list["meta"]["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((ids.len(), total), (shown, shown as u64), "{resource}, after {}", after());
}
