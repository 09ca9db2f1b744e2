//! Every route of the server, as its own router lists them, for everybody there is.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use http::Method;
use runstow_catalog::{NewUser, User};
use runstow_lifecycle::{Right, Role};
use runstow_server::{Access, Route, ServerConfig, routes};
use runstow_testkit::on_both_databases;

use crate::support::{Answer, Server};

/// Who asks.
struct Who {
    name: String,
    role: Option<Role>,
    /// May write records by a right of its own.
    writes: bool,
    headers: Vec<(&'static str, String)>,
}

impl Who {
    fn nobody(name: &str, headers: Vec<(&'static str, String)>) -> Self {
        Self { name: name.into(), role: None, writes: false, headers }
    }

    /// The answer that the table promises, worked out once more.
    fn may(&self, access: Access, reading_is_open: bool) -> bool {
        match (access, self.role) {
            (Access::Open, _) | (Access::Account, Some(_)) => true,
            (Access::Needs(Right::WriteRecords), Some(_)) if self.writes => true,
            (Access::Needs(right), Some(role)) => role >= right.needs(),
            // Credentials that are wrong are refused even where reading is open; a session that has ended is no credentials.
            (Access::Needs(Right::Read), None) => {
                reading_is_open && !self.headers.iter().any(|(name, _)| *name == "Authorization")
            }
            (Access::Account | Access::Needs(_), None) => false,
        }
    }
}

async fn add(server: &Server, name: &str, role: Role, api_write: bool) -> (User, i64, String) {
    let new = NewUser { username: name.into(), role, api_write, active: true, password_hash: None };
    let user = server.catalog.add_user(new).await.unwrap();
    let (key, secret) = server.catalog.create_api_key(user.id, "test").await.unwrap();
    let header = format!("ApiKey {name}:{secret}");
    (user, key.id, header)
}

/// A session as a browser has it, with the proof that a request comes from our own pages.
async fn session(server: &Server, user: &User, lifetime: Duration) -> Vec<(&'static str, String)> {
    let session = server.catalog.open_session(user.id, lifetime).await.unwrap();
    vec![("Cookie", format!("sessionid={}", session.token)), ("X-CSRF-Token", session.csrf_token)]
}

/// Those who may least come first, so that nothing is gone yet that they might touch.
async fn everybody(server: &Server) -> Vec<Who> {
    let hour = Duration::from_secs(3600);
    let mut all = vec![Who::nobody("nobody", vec![])];

    let (user, _, key) = add(server, "switched-off", Role::Admin, true).await;
    let open = session(server, &user, hour).await;
    server.catalog.set_active("switched-off", false).await.unwrap();
    all.push(Who::nobody("a disabled user's key", vec![("Authorization", key)]));
    all.push(Who::nobody("a disabled user's session", open));

    let (user, id, key) = add(server, "withdrawn", Role::Admin, true).await;
    server.catalog.revoke_api_key(id).await.unwrap();
    all.push(Who::nobody("a revoked key", vec![("Authorization", key)]));
    all.push(Who::nobody("an expired session", session(server, &user, Duration::ZERO).await));

    for (name, role, writes) in [
        ("the-viewer", Role::Viewer, false),
        ("the-operator", Role::Operator, false),
        ("the-writer", Role::Viewer, true),
        ("the-admin", Role::Admin, false),
    ] {
        let (user, _, key) = add(server, name, role, writes).await;
        let of =
            |how: &str, headers| Who { name: format!("{name}'s {how}"), role: Some(role), writes, headers };
        all.push(of("session", session(server, &user, hour).await));
        all.push(of("key", vec![("Authorization", key)]));
    }
    all
}

/// The list, with HEAD for each GET, and what removes records last.
fn listed() -> Vec<Route> {
    let mut all = routes();
    let heads: Vec<Route> = all
        .iter()
        .filter(|route| route.method == Method::GET)
        .map(|route| Route { method: Method::HEAD, ..route.clone() })
        .collect();
    all.extend(heads);
    all.sort_by_key(|route| route.method == Method::DELETE);
    all
}

/// A record of each resource of the compatible API.
async fn records(server: &Server, admin: &Who) -> HashMap<String, String> {
    let mut found = HashMap::new();
    for route in routes() {
        let Some(resource) =
            route.path.strip_prefix("/rundb/api/v1/").and_then(|rest| rest.split('/').next())
        else {
            continue;
        };
        if resource.is_empty() || found.contains_key(resource) {
            continue;
        }
        let list = ask(server, admin, &Method::GET, &format!("/rundb/api/v1/{resource}/?limit=1"), "").await;
        let place = list.body.split("\"resource_uri\": \"").last().unwrap().split('"').next().unwrap();
        let id = place.trim_end_matches('/').rsplit('/').next().unwrap();
        found.insert(resource.to_owned(), id.to_owned());
    }
    found
}

/// An address of a route. In the compatible API the record comes before the right, so there it is one that is there.
fn address(route: &Route, records: &HashMap<String, String>) -> String {
    let path = &route.path;
    if let Some(rest) = path.strip_prefix("/rundb/api/v1/") {
        let resource = rest.split('/').next().unwrap();
        let Some(id) = records.get(resource) else { return path.clone() };
        let path = path.replace("{ids}", id).replace("{id}", id);
        // Nothing matches, so that what may be done does nothing.
        let none = if resource == "datamanagementhistory" { "username=of-nobody" } else { "id=987654321" };
        return if path.ends_with(&format!("/{resource}/")) { format!("{path}?{none}") } else { path };
    }
    let path = match path.as_str() {
        "/reports/{id}" => "/reports/6".into(),
        path => path.replace("{id}", "987654321").replace("{key}", "987654321").replace("{category}", "misc"),
    };
    let path = path.replace("{name}", "runstow.css").replace("{slug}", "not-found");
    assert!(!path.contains('{'), "this test does not know what to put into {path}");
    // A stream has no end; here it is enough that a wrong number is refused behind the gate.
    if path.ends_with("/stream") { format!("{path}?after=x") } else { path }
}

async fn ask(server: &Server, who: &Who, method: &Method, path: &str, body: &str) -> Answer {
    let mut headers: Vec<_> = who.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    server.send(method.as_str(), path, &headers, body).await
}

/// Whether an answer says that who asked may not, in the words of its face.
fn is_refused(route: &Route, who: &Who, answer: &Answer) -> bool {
    if route.path.starts_with("/rundb/") {
        assert_ne!(answer.status, 403, "the original says 401");
        return answer.status == 401;
    }
    if route.path.starts_with("/api/") {
        let refused = [401, 403].contains(&answer.status);
        if refused {
            assert_eq!(answer.status, if who.role.is_some() { 403 } else { 401 }, "{answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        }
        return refused;
    }
    let to_sign_in = answer.header("location").is_some_and(|place| place.starts_with("/sign-in"));
    (answer.status == 303 && to_sign_in) || answer.body.contains("Your role does not allow this")
}

async fn walk(server: &Server, reading_is_open: bool) {
    let (everybody, routes) = (everybody(server).await, listed());
    let admin = everybody.last().unwrap();
    assert!(routes.len() > 150, "{}", routes.len());
    for who in &everybody {
        let records = records(server, admin).await;
        for route in &routes {
            let access = route.access.unwrap_or_else(|| {
                panic!(
                    "{} {} is not in the table of rights (crates/server/src/rights.rs)",
                    route.method, route.path
                )
            });
            let path = address(route, &records);
            let writes = route.path.starts_with("/rundb/") && !route.method.is_safe();
            let answer =
                ask(server, who, &route.method, &path, if writes { "{\"objects\": []}" } else { "" }).await;
            let what = format!("{}: {} {path} takes {access:?}: {answer:?}", who.name, route.method);
            assert_eq!(!is_refused(route, who, &answer), who.may(access, reading_is_open), "{what}");
            // The original makes no record at the address of one, and says so with 501.
            assert!(answer.status < 500 || answer.status == 501, "{what}");
            assert!(who.role.is_none() || route.method != Method::GET || answer.status != 401, "{what}");
        }
    }
}

on_both_databases! {
    async fn each_route_answers_those_that_the_table_names_and_nobody_else(database: &TestDatabase) {
        walk(&Server::with_dataset_on(database, ServerConfig::default()).await, false).await;
    }

    async fn open_reading_opens_reading_and_nothing_else(database: &TestDatabase) {
        let config = ServerConfig { anonymous_read: true, ..ServerConfig::default() };
        walk(&Server::with_dataset_on(database, config).await, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_listed_is_answered_to_nobody() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let everybody = everybody(&server).await;
    let admin = everybody.last().unwrap();
    let (all, records) = (listed(), records(&server, admin).await);
    let paths: BTreeSet<&str> = all.iter().map(|route| route.path.as_str()).collect();
    for path in paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if all.iter().any(|route| route.path == path && route.method == method) {
                continue;
            }
            if path == "/rundb/api/v1/" && method == Method::TRACE {
                continue; // The list of resources is shown for any verb (api.md rule 39).
            }
            let route = Route { method: method.clone(), path: path.to_owned(), access: None };
            let place = address(&route, &records);
            let answer = ask(&server, admin, &method, &place, "").await;
            assert_eq!(answer.status, 405, "{method} {place}: {answer:?}");
            assert!(
                answer.header("allow").is_some_and(|allowed| !allowed.contains(method.as_str())),
                "{answer:?}"
            );
        }
    }
    for nowhere in
        ["/nothing", "/api/v1/nothing", "/api", "/reports", "/static/", "/rundb/api/v1/nothing/", "/rundb/"]
    {
        assert_eq!(ask(&server, admin, &Method::GET, nowhere, "").await.status, 404, "{nowhere}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_in_a_header_takes_the_right_of_that_verb() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let (_, _, viewer) = add(&server, "the-viewer", Role::Viewer, false).await;
    for method in ["POST", "PUT", "PATCH"] {
        for (verb, status) in [("DELETE", 401), ("PATCH", 401), ("GET", 200)] {
            let headers = [
                ("Authorization", viewer.as_str()),
                ("X-HTTP-Method-Override", verb),
                ("Content-Type", "application/json"),
            ];
            let path = "/rundb/api/v1/compositedatamanagement/6/";
            assert_eq!(server.send(method, path, &headers, "{}").await.status, status, "{method} as {verb}");
        }
    }
}
