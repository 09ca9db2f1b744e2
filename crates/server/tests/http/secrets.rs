//! What an answer must not tell: SQL, places on the server, who has an account.

use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use crate::support::{Answer, Server, basic};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/";

/// Words of databases, of this program's own insides, and of places.
const SECRETS: [&str; 19] = [
    "sqlite",
    "postgres",
    "sqlx",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "WHERE ",
    "constraint",
    "syntax error",
    "panicked",
    ".rs:",
    "src/",
    "/tmp",
    "/root",
    "/home",
    "/var/",
    "/etc",
    "argon2",
    "no such table",
];

fn is_silent(what: &str, answer: &Answer) {
    let told = format!("{}\n{}", answer.head, answer.body);
    for secret in SECRETS {
        assert!(!told.contains(secret), "{what} tells {secret:?}: {told:.600}");
    }
}

on_both_databases! {
    async fn refusals_tell_neither_sql_nor_places(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, ServerConfig::default()).await;
        let key = format!("ApiKey ionadmin:{}", "a".repeat(40));
        let json = ("Content-Type", "application/json");
        for (method, path, body) in [
            ("GET", "/?q=%28&sort=%27", ""),
            ("GET", "/reports/99999999999999999999", ""),
            ("GET", "/api/v1/reports?q=%5B%27%22%3B--", ""),
            ("GET", "/api/v1/reports?cursor=AAAA", ""),
            ("GET", "/api/v1/reports/9223372036854775807", ""),
            ("GET", "/api/v1/reports/'%20OR%201=1", ""),
            ("PUT", "/api/v1/reports/6/categories/misc/keep", "{\"reason\": \"\\u0000\"}"),
            ("POST", "/api/v1/users", "{\"username\": \"viewer\", \"role\": \"viewer\"}"),
            ("POST", "/api/v1/users", "{\"username\": \"\\u0000'\", \"role\": \"viewer\"}"),
            ("POST", "/api/v1/holds", "{\"report\": 9223372036854775807, \"reason\": \"x\"}"),
            ("GET", "/rundb/api/v1/compositedatamanagement/?id=%27;DROP", ""),
            ("GET", "/rundb/api/v1/compositedatamanagement/?resultsName__regex=%5B", ""),
            ("GET", "/rundb/api/v1/compositedatamanagement/?resultsName=%00", ""),
            ("GET", "/rundb/api/v1/compositedatamanagement/?order_by=id;--", ""),
            ("GET", "/rundb/api/v1/compositedatamanagement/99999999999999999999/", ""),
            ("POST", LIST, "{\"resultsName\": \"\\u0000\", \"expDir\": \"/x\"}"),
            ("POST", LIST, "{\"id\": 6, \"resultsName\": \"a\", \"expDir\": \"/x\"}"),
            ("POST", "/rundb/api/v1/message/", "{\"id\": 1, \"body\": \"\\u0000\"}"),
            ("POST", "/rundb/api/v1/message/", "{\"id\": 9223372036854775808, \"body\": 1}"),
            ("PATCH", "/rundb/api/v1/globalconfig/1/", "{\"id\": 2}"),
            ("PUT", "/rundb/api/v1/fileserver/1/", "{\"name\": null}"),
            ("POST", LIST, "{"),
        ] {
            let headers = [("Authorization", key.as_str()), json];
            let answer = server.send(method, path, &headers[..if body.is_empty() { 1 } else { 2 }], body).await;
            assert!(answer.status < 500, "{method} {path}: {}", answer.body);
            is_silent(&format!("{method} {path} {body}"), &answer);
        }
    }

    async fn a_catalog_that_fails_is_not_explained_to_clients(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, ServerConfig { anonymous_read: true, ..ServerConfig::default() }).await;
        server.catalog.close().await;
        for path in ["/", "/reports/6", "/readyz", "/api/v1/reports", "/api/v1/volumes", LIST, "/rundb/api/v1/message/"] {
            let answer = server.get(path).await;
            assert!(answer.status >= 500, "{path}: {}", answer.body);
            is_silent(path, &answer);
        }
    }
}

/// What differs between two answers, but for what differs each time.
fn comparable(answer: &Answer) -> String {
    let head: Vec<&str> = answer
        .head
        .lines()
        .filter(|line| {
            let name = line.to_lowercase();
            !["date:", "x-request-id:", "set-cookie:"].iter().any(|each| name.starts_with(each))
        })
        .collect();
    format!("{}\n{}", head.join("\n"), answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_says_the_same_of_everybody() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    for path in [LIST, "/api/v1/me", "/api/v1/reports", "/"] {
        let answer = async |user: &str| {
            let given = basic(user, "wrong");
            comparable(&server.send("GET", path, &[("Authorization", &given)], "").await)
        };
        let known = answer("viewer").await;
        assert_eq!(answer("nobody-of-that-name").await, known, "{path}");
        assert_eq!(answer("retired").await, known, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_for_an_account_costs_the_catalog_the_same_whether_there_is_one() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let mut costs = Vec::new();
    for user in ["viewer", "retired", "nobody-of-that-name"] {
        let before = server.catalog.statements();
        let given = basic(user, "wrong");
        assert_eq!(server.send("GET", "/api/v1/me", &[("Authorization", &given)], "").await.status, 401);
        costs.push(server.catalog.statements() - before);
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}
