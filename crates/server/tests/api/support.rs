//! A server with the data set of the compatible API, a directory of accounts, and a client that speaks JSON.

use std::net::SocketAddr;
use std::time::Duration;

use runstow_catalog::{Catalog, NewUser, Replace};
use runstow_engine::moves::{Destinations, NamedDestination, Settings};
use runstow_lifecycle::Role;
use runstow_server::{App, ServerConfig, serve};
use runstow_testkit::TestDatabase;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) catalog: Catalog,
    keys: Vec<(Role, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Settings with a destination named `tape`.
pub(crate) fn tape_at(path: &std::path::Path) -> Settings {
    let tape = NamedDestination {
        name: "tape".into(),
        path: path.to_owned(),
        not_mounted: true,
        max_mb_per_second: None,
    };
    Settings { destinations: Destinations::new(vec![tape]), ..Settings::default() }
}

impl Server {
    /// Serves the data set, with an account for each role, named as the role.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::with(database, ServerConfig::default()).await
    }

    pub(crate) async fn with(database: &TestDatabase, config: ServerConfig) -> Self {
        Self::moving(database, config, Settings::default()).await
    }

    /// With a site's own settings about moves.
    pub(crate) async fn moving(database: &TestDatabase, config: ServerConfig, moves: Settings) -> Self {
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/api/dataset.json");
        catalog.load(std::fs::read(path).unwrap(), Replace::No).await.unwrap();
        let mut keys = Vec::new();
        for role in Role::ALL {
            let username = format!("the-{role}");
            let new = NewUser { username, role, api_write: false, active: true, password_hash: None };
            let user = catalog.add_user(new).await.unwrap();
            keys.push((role, catalog.create_api_key(user.id, "test").await.unwrap().1));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::new(catalog.clone(), config).with_moves(moves);
        tokio::spawn(serve(listener, app, std::future::pending()));
        Self { address, catalog, keys }
    }

    /// The `Authorization` header of the account of a role.
    pub(crate) fn bearer(&self, role: Role) -> String {
        let key = self.keys.iter().find(|(of, _)| *of == role).unwrap();
        format!("Bearer {}", key.1)
    }

    /// A request with exactly these headers.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(text.as_bytes()).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
        read.await.expect("the server answers").unwrap();
        Answer::parse(&String::from_utf8_lossy(&answer))
    }

    /// A request of a role, with JSON if there is a body.
    pub(crate) async fn send(
        &self,
        role: Role,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let bearer = self.bearer(role);
        let mut headers = vec![("Authorization", bearer.as_str())];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        headers.extend_from_slice(more);
        self.raw(method, path, &headers, body).await
    }

    /// A GET of a viewer that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.send(Role::Viewer, "GET", path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (given, value) = line.split_once(": ")?;
            given.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Asserts that it is a problem document of this type.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        problem
    }
}
