//! A server of its own on a loopback port, with the data set, and the plainest client for it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use runstow_catalog::{Catalog, Replace};
use runstow_server::{App, ServerConfig, serve};
use runstow_testkit::TestDatabase;
use tokio::sync::oneshot;

pub(crate) const DATASET: &str = include_str!("../../../../conformance/api/dataset.json");

/// The `Authorization` header of the data set's administrator.
pub(crate) fn admin() -> (String, String) {
    ("Authorization".to_owned(), format!("ApiKey ionadmin:{}", "a".repeat(40)))
}

/// A running server; it ends with this value.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) catalog: Catalog,
    _stop: oneshot::Sender<()>,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Server {
    /// Serves a fresh catalog with the data set.
    pub(crate) async fn with_dataset(database: &TestDatabase, config: ServerConfig) -> Self {
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        catalog.load(DATASET, Replace::No).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let app = App::new(catalog.clone(), config);
        tokio::spawn(async move { serve(listener, app, async { drop(stopped.await) }).await });
        let server = Self { address, catalog, _stop: stop };
        server.settle().await;
        server
    }

    /// Waits until what a server does once at its start is done, so that statements can be counted.
    async fn settle(&self) {
        let mut before = u64::MAX;
        while before != self.catalog.statements() {
            before = self.catalog.statements();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Sends one request on a connection of its own.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut connection = Connection::open(self.address);
        connection.send(method, path, headers, body)
    }

    /// GET with an administrator's key.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let (address, path) = (self.address, path.to_owned());
        tokio::task::spawn_blocking(move || Connection::open(address).send("GET", &path, &[admin()], None))
            .await
            .unwrap()
    }
}

/// One connection, used for any number of requests.
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request += &format!("Host: {}\r\n", self.0.peer_addr().unwrap());
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = body {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut request = (request + "\r\n").into_bytes();
        request.extend_from_slice(body.unwrap_or_default());
        self.0.write_all(&request).unwrap();
        self.answer(method == "HEAD")
    }

    fn answer(&mut self, head_only: bool) -> Answer {
        let mut bytes = Vec::new();
        let mut chunk = [0; 65_536];
        let mut read = |bytes: &mut Vec<u8>| {
            let count = self.0.read(&mut chunk).expect("an answer");
            assert!(count > 0, "the connection ended after {:?}", String::from_utf8_lossy(bytes));
            bytes.extend_from_slice(&chunk[..count]);
        };
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            read(&mut bytes);
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: bytes[end + 4..].to_vec() };
        let length = match answer.header("content-length") {
            _ if head_only || matches!(status, 204 | 304) => 0,
            Some(length) => length.parse().unwrap(),
            None => panic!("an answer without a length: {head}"),
        };
        while answer.body.len() < length {
            read(&mut answer.body);
        }
        assert_eq!(answer.body.len(), length, "{head}");
        answer
    }
}
