//! Events, as a list and as they happen.

use std::time::Duration;

use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Server;

/// Follows events until so many have come, and gives their numbers.
async fn follow(server: &Server, role: Role, extra: &str, wanted: usize) -> Vec<i64> {
    let mut stream = open(server, role, extra).await;
    read(&mut stream, wanted).await
}

async fn open(server: &Server, role: Role, extra: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /api/v1/events/stream HTTP/1.1\r\nHost: t\r\nAuthorization: {}\r\n{extra}\r\n",
        server.bearer(role)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn read(stream: &mut TcpStream, wanted: usize) -> Vec<i64> {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    let numbers = |text: &str| {
        text.lines().filter_map(|line| line.strip_prefix("id: ")?.trim().parse().ok()).collect::<Vec<i64>>()
    };
    while numbers(&text).len() < wanted || !text.ends_with("\n\r\n") {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut bytes)).await;
        let count = read.unwrap_or_else(|_| panic!("only {text}")).unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        // The chunk without bytes ends the answer; the connection may stay open.
        if count == 0 || text.ends_with("\r\n0\r\n\r\n") {
            break;
        }
    }
    assert!(text.contains("text/event-stream"), "{text}");
    numbers(&text)
}

async fn hold(server: &Server) {
    let answer =
        server.send(Role::Operator, "POST", "/api/v1/holds", &[], r#"{"report": 1, "reason": "x"}"#).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

on_both_databases! {
    async fn who_comes_back_misses_nothing(database: &TestDatabase) {
        let server = Server::start(database).await;
        let last = server.catalog.last_event().await.unwrap();
        let mut stream = open(&server, Role::Viewer, "").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        hold(&server).await;
        hold(&server).await;
        assert_eq!(read(&mut stream, 2).await, [last + 1, last + 2], "from now on");
        drop(stream);
        hold(&server).await;
        let resumed = follow(&server, Role::Viewer, &format!("Last-Event-ID: {}\r\n", last + 1), 2).await;
        assert_eq!(resumed, [last + 2, last + 3]);
        let bad = server.send(Role::Viewer, "GET", "/api/v1/events/stream", &[("Last-Event-ID", "x")], "").await;
        bad.is_problem(400, "bad-request");
    }

    async fn one_look_a_second_serves_all_who_follow(database: &TestDatabase) {
        let server = Server::start(database).await;
        let mut streams = Vec::new();
        for _ in 0..20 {
            streams.push(open(&server, Role::Viewer, "").await);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = server.catalog.statements();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let spent = server.catalog.statements() - before;
        // Housekeeping may look for what has ended meanwhile: three statements.
        assert!((2..=8).contains(&spent), "{spent} statements in three seconds for 20 followers");
    }

    async fn a_follower_whose_key_is_withdrawn_is_cut_off(database: &TestDatabase) {
        let server = Server::start(database).await;
        let mut stream = open(&server, Role::Viewer, "").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let user = server.catalog.user_by_name("the-viewer").await.unwrap().unwrap();
        for key in server.catalog.api_keys(user.id).await.unwrap() {
            server.catalog.revoke_api_key(key.id).await.unwrap();
        }
        hold(&server).await;
        assert!(read(&mut stream, 1).await.is_empty(), "the stream ends before the event");
    }

    async fn events_about_accounts_are_for_admins(database: &TestDatabase) {
        let server = Server::start(database).await;
        let made = server.send(Role::Admin, "POST", "/api/v1/users", &[], r#"{"username": "new", "role": "viewer"}"#).await;
        assert_eq!(made.status, 201, "{made:?}");
        let newest = |answer: crate::support::Answer| answer.json()["items"][0]["about"].as_str().unwrap().to_owned();
        assert_eq!(newest(server.send(Role::Admin, "GET", "/api/v1/events?limit=1", &[], "").await), "user");
        assert_eq!(newest(server.send(Role::Operator, "GET", "/api/v1/events?limit=1", &[], "").await), "result");
    }

    async fn the_list_pages_both_ways(database: &TestDatabase) {
        let server = Server::start(database).await;
        for sort in ["id", "-id"] {
            let mut path = format!("/api/v1/events?limit=7&sort={sort}");
            let mut seen: Vec<i64> = Vec::new();
            loop {
                let page = server.get(&path).await;
                seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()));
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("/api/v1/events?limit=7&sort={sort}&cursor={cursor}");
            }
            if sort == "-id" {
                seen.reverse();
            }
            assert!(seen.len() == 38 && seen.is_sorted(), "{sort}: {seen:?}");
        }
        let of_report = server.get("/api/v1/events?report=6").await;
        assert!(of_report["items"].as_array().unwrap().iter().all(|item| item["object"] == 6 || item["about"] == "experiment"));
    }
}
