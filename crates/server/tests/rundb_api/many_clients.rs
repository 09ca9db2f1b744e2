//! Many clients that read and write at once: each sees its own records as it left them, nothing is lost, and every
//! write has its event.
#![allow(clippy::print_stdout, reason = "a test says how much it did")]

mod client;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use runstow_catalog::{About, Catalog, Direction, EventFilter, LoggedEvent, NewUser};
use runstow_lifecycle::Role;
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;
use serde_json::Value;

use super::random::seed;
use super::server::Server;
use client::{Client, SHARED_MESSAGE, SHARED_REPORT};

const CLIENTS: u64 = 16;

on_both_databases! {
    async fn clients_at_work_at_once_lose_nothing(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let catalog = &server.catalog;
        let shared = [
            (About::Record, SHARED_REPORT, "resultsName", shown(&server, "compositedatamanagement", SHARED_REPORT).await),
            (About::Message, SHARED_MESSAGE, "body", shown(&server, "message", SHARED_MESSAGE).await),
            (About::Message, SHARED_MESSAGE, "tags", shown(&server, "message", SHARED_MESSAGE).await),
        ];
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let username = format!("c{number:02}");
            let new = NewUser { username, role: Role::Operator, api_write: true, active: true, password_hash: None };
            let user = catalog.add_user(new).await.unwrap();
            let key = catalog.create_api_key(user.id, "test").await.unwrap().1;
            clients.push(Client::new(user.username, &key, server.address, seed() + number));
        }
        let before = catalog.last_event().await.unwrap();

        let seconds = std::env::var("RUNSTOW_TEST_SECONDS").map_or(30, |text| text.parse().expect("whole seconds"));
        let until = Instant::now() + Duration::from_secs(seconds);
        let work = clients.into_iter().map(|mut client| tokio::task::spawn_blocking(move || {
            while Instant::now() < until {
                client.act();
            }
            client
        }));
        let mut clients: Vec<Client> = Vec::new();
        for done in work.collect::<Vec<_>>() {
            clients.push(done.await.unwrap());
        }
        let clients = tokio::task::spawn_blocking(move || {
            clients.iter_mut().for_each(Client::compare);
            clients
        }).await.unwrap();

        let events = events_after(catalog, before).await;
        let requests: u64 = clients.iter().map(|client| client.requests).sum();
        println!("{CLIENTS} clients, {seconds} s: {requests} requests, {} events", events.len());
        every_write_has_its_event(&clients, &events, before);
        for (about, id, field, first) in &shared {
            let resource = if *about == About::Record { "compositedatamanagement" } else { "message" };
            let last = &shown(&server, resource, *id).await[*field];
            nothing_was_overwritten_unseen(&events, *about, *id, field, &first[*field], last);
        }
        let made: BTreeSet<(&str, i64)> =
            clients.iter().flat_map(|client| &client.made).map(|(about, id)| (about.name(), *id)).collect();
        assert_eq!(made.len(), clients.iter().map(|client| client.made.len()).sum::<usize>(), "an id was given twice");
        let reports: usize = clients.iter().map(|client| client.reports.len()).sum();
        assert_eq!(catalog.counts().await.unwrap().reports, 98 + reports as u64);
        let runs = catalog.all_runs().await.unwrap();
        let shared_runs: Vec<&str> =
            runs.iter().map(|run| run.exp_name.as_str()).filter(|name| name.starts_with("shared_")).collect();
        assert_eq!(shared_runs.iter().collect::<BTreeSet<_>>().len(), shared_runs.len(), "{shared_runs:?}");
        let messages: usize = clients.iter().map(|client| client.messages.len()).sum();
        let list: Value = serde_json::from_slice(&server.get("/rundb/api/v1/message/?limit=1").await.body).unwrap();
        assert_eq!(list["meta"]["total_count"], 7 + messages);
    }
}

/// Each client's events are its writes, in its order, and nobody else's; no number is missing.
fn every_write_has_its_event(clients: &[Client], events: &[LoggedEvent], before: i64) {
    for client in clients {
        let told: Vec<(About, i64)> = events
            .iter()
            .filter(|event| event.username == client.name)
            .map(|event| (event.about, event.object_id))
            .collect();
        let differs = told.iter().zip(&client.written).position(|(told, written)| told != written);
        assert_eq!((told.len(), differs), (client.written.len(), None), "{}", client.name);
    }
    assert_eq!(events.len(), clients.iter().map(|client| client.written.len()).sum::<usize>());
    assert_eq!(events.last().unwrap().id, before + i64::try_from(events.len()).unwrap());
}

/// Each change of a field found what the change before it had left.
fn nothing_was_overwritten_unseen(
    events: &[LoggedEvent],
    about: About,
    id: i64,
    field: &str,
    first: &Value,
    last: &Value,
) {
    let mut stands = first.clone();
    let mut count = 0;
    for event in events.iter().filter(|event| (event.about, event.object_id) == (about, id)) {
        let Some((_, change)) = event.text.rsplit_once(&format!(", {field} ")) else { continue };
        let (old, new) = change.split_once(" → ").unwrap();
        assert_eq!(serde_json::from_str::<Value>(old).unwrap(), stands, "{event:?}");
        stands = serde_json::from_str(new).unwrap();
        assert!(stands.as_str().unwrap().starts_with(&format!("{}.", event.username)), "{event:?}");
        count += 1;
    }
    assert_eq!(&stands, last, "{field} of {about:?} {id}");
    assert!(count > CLIENTS, "{count} changes only of {field}");
}

async fn shown(server: &Server, resource: &str, id: i64) -> Value {
    let answer = server.get(&format!("/rundb/api/v1/{resource}/{id}/")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

async fn events_after(catalog: &Catalog, before: i64) -> Vec<LoggedEvent> {
    let mut events: Vec<LoggedEvent> = Vec::new();
    loop {
        let filter = EventFilter {
            report: None,
            accounts: true,
            direction: Direction::Ascending,
            after: Some(events.last().map_or(before, |event| event.id)),
            limit: 10_000,
        };
        let more = catalog.logged_events(&filter).await.unwrap();
        if more.is_empty() {
            return events;
        }
        events.extend(more);
    }
}
