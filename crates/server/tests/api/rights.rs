//! Every route of the document, for everybody there is.

use std::time::Duration;

use runstow_lifecycle::{Right, Role};
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;
use serde_json::Value;

use crate::support::Server;

/// Who asks.
struct Who {
    name: &'static str,
    role: Option<Role>,
    header: Option<(&'static str, String)>,
}

async fn everybody(server: &Server) -> Vec<Who> {
    let mut all = vec![Who { name: "nobody", role: None, header: None }];
    for role in Role::ALL {
        all.push(Who {
            name: role.name(),
            role: Some(role),
            header: Some(("Authorization", server.bearer(role))),
        });
    }
    let other = async |name: &str| {
        let new = runstow_catalog::NewUser {
            username: name.into(),
            role: Role::Admin,
            api_write: true,
            active: true,
            password_hash: None,
        };
        let user = server.catalog.add_user(new).await.unwrap();
        let (key, secret) = server.catalog.create_api_key(user.id, "").await.unwrap();
        (user, key, secret)
    };
    let (_, _, secret) = other("switched-off").await;
    server.catalog.set_active("switched-off", false).await.unwrap();
    all.push(Who {
        name: "switched off",
        role: None,
        header: Some(("Authorization", format!("Bearer {secret}"))),
    });
    let (user, key, secret) = other("withdrawn").await;
    server.catalog.revoke_api_key(key.id).await.unwrap();
    all.push(Who {
        name: "withdrawn key",
        role: None,
        header: Some(("Authorization", format!("Bearer {secret}"))),
    });
    let ended = server.catalog.open_session(user.id, Duration::ZERO).await.unwrap();
    all.push(Who {
        name: "ended session",
        role: None,
        header: Some(("Cookie", format!("sessionid={}", ended.token))),
    });
    all
}

/// Every operation: method, a path that names nothing there is, and what it takes.
fn operations() -> Vec<(String, String, String)> {
    let document: Value = serde_json::from_str(runstow_server::document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path =
                path.replace("{id}", "987654321").replace("{key}", "987654321").replace("{category}", "misc");
            all.push((
                method.to_uppercase(),
                path,
                operation["x-runstow-right"].as_str().unwrap().to_owned(),
            ));
        }
    }
    assert!(all.len() > 30);
    all
}

fn allowed(right: &str, role: Option<Role>, open: bool) -> bool {
    match right {
        "open" => true,
        "account" => role.is_some(),
        right => {
            let right: Right = serde_json::from_value(right.into()).unwrap();
            role.map_or(open && right == Right::Read, |role| role.may(right))
        }
    }
}

async fn walk(server: &Server, open: bool) {
    for who in everybody(server).await {
        for (method, path, right) in operations() {
            // A stream without end is known by its head; here it is enough that a wrong number is refused after the gate.
            let path = if path.ends_with("/stream") { format!("{path}?after=x") } else { path };
            let headers: Vec<_> = who.header.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = server.raw(&method, &path, &headers, "").await;
            let refused = [401, 403].contains(&answer.status);
            let wrong_key =
                who.role.is_none() && who.header.as_ref().is_some_and(|(name, _)| *name == "Authorization");
            let expected = allowed(&right, who.role, open && !wrong_key);
            assert_eq!(!refused, expected, "{} {method} {path} takes {right}: {answer:?}", who.name);
            if refused {
                let status = if who.role.is_some() { 403 } else { 401 };
                answer.is_problem(status, if status == 403 { "not-allowed" } else { "sign-in" });
            }
            assert!(answer.status < 500, "{method} {path}: {answer:?}");
        }
    }
}

on_both_databases! {
    async fn each_route_answers_those_that_the_table_names(database: &TestDatabase) {
        walk(&Server::start(database).await, false).await;
    }

    async fn open_reading_opens_reading_and_nothing_else(database: &TestDatabase) {
        let config = ServerConfig { anonymous_read: true, ..ServerConfig::default() };
        walk(&Server::with(database, config).await, true).await;
    }
}
