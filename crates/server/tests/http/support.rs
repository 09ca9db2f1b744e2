//! A server on a free port and a client that sends exactly what a test says.

use std::net::SocketAddr;
use std::time::Duration;

use runstow_catalog::{Catalog, NewUser, Replace, passwords};
use runstow_lifecycle::Role;
use runstow_server::{App, ServerConfig, serve};
use runstow_testkit::TestDatabase;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) catalog: Catalog,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
    /// Goes away with the server.
    _database: Option<TestDatabase>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Server {
    /// Serves an empty catalog on SQLite.
    pub(crate) async fn start(config: ServerConfig) -> Self {
        let database = TestDatabase::sqlite();
        let server = Self::start_on(&database, config).await;
        Self { _database: Some(database), ..server }
    }

    /// Serves the data set of the compatible API on SQLite.
    pub(crate) async fn with_dataset(config: ServerConfig) -> Self {
        let database = TestDatabase::sqlite();
        let server = Self::with_dataset_on(&database, config).await;
        Self { _database: Some(database), ..server }
    }

    /// Serves the data set of the compatible API.
    pub(crate) async fn with_dataset_on(database: &TestDatabase, config: ServerConfig) -> Self {
        let server = Self::start_on(database, config).await;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/api/dataset.json");
        server.catalog.load(std::fs::read(path).unwrap(), Replace::No).await.unwrap();
        server
    }

    async fn start_on(database: &TestDatabase, config: ServerConfig) -> Self {
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = App::new(catalog.clone(), config);
        let running = tokio::spawn(serve(listener, app, async { drop(stopped.await) }));
        Self { address, catalog, stop: Some(stop), running, _database: None }
    }

    /// Adds an account whose password is `NAME-pass`.
    pub(crate) async fn add_user(&self, name: &str, role: Role) {
        let password_hash = Some(passwords::hash(&format!("{name}-pass")));
        let user = NewUser { username: name.into(), role, api_write: false, active: true, password_hash };
        self.catalog.add_user(user).await.unwrap();
    }

    /// Asks the server to stop, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(self) {
        self.running.await.unwrap().unwrap();
    }

    /// A connection.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
        let _ = read.await.expect("the server answers or closes");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request with these header lines and this body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        Answer::parse(&self.raw(text.as_bytes()).await)
    }

    /// A GET without credentials.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
        let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.into()
        };
        Self { status, head: head.to_owned(), body }
    }

    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (given, value) = line.split_once(": ")?;
            given.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The value of a cookie that the answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let given = self.headers("set-cookie").find_map(|value| value.strip_prefix(name)?.strip_prefix('='));
        given.map(|rest| rest.split(';').next().unwrap())
    }
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&after[..length]);
        rest = after[length..].trim_start_matches("\r\n");
        if length == 0 {
            break;
        }
    }
    whole
}

/// A Basic header's value.
pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}
