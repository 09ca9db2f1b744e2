//! A certificate of our own: real TLS clients, plain ones, slow ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use runstow_lifecycle::Role;
use runstow_server::{ServerConfig, Tls};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{Answer, Server, basic};

/// Certificates that are made anew.
struct Authority {
    dir: TempDir,
}

impl Authority {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn certificate(&self) -> PathBuf {
        self.dir.path().join("fullchain.pem")
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("privkey.pem")
    }

    /// Puts a new pair in place; the certificate, to trust it.
    #[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn issue(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(self.certificate(), cert.pem()).unwrap();
        std::fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    fn config(&self) -> (ServerConfig, Arc<Tls>) {
        let tls = Arc::new(Tls::open(&self.certificate(), &self.key()).unwrap());
        (ServerConfig { tls: Some(tls.clone()), ..ServerConfig::default() }, tls)
    }
}

async fn connect(
    server: &Server,
    trusted: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect("localhost".try_into().unwrap(), server.connect().await).await
}

async fn ask(
    server: &Server,
    trusted: &CertificateDer<'static>,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut stream = connect(server, trusted).await.unwrap();
    let mut text = format!("GET {path} HTTP/1.1\r\nHost: localhost:8443\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the connection is closed in good order");
    Answer::parse(&String::from_utf8_lossy(&answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_over_tls_know_that_they_are_secure() {
    let authority = Authority::new();
    let trusted = authority.issue();
    let (config, _) = authority.config();
    let server = Server::start(config).await;
    server.add_user("ion", Role::Admin).await;
    let alive = ask(&server, &trusted, "/healthz", &[]).await;
    assert_eq!(alive.body, "ok\n");
    assert_eq!(alive.header("strict-transport-security"), Some("max-age=2592000"));
    let list = "/rundb/api/v1/compositedatamanagement/";
    let given = ("Authorization", basic("ion", "ion-pass"));
    let answer = ask(&server, &trusted, list, &[(given.0, &given.1)]).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(answer.status == 200 && cookie.contains("; Secure"), "{}", answer.head);
    let moved = ask(&server, &trusted, list.trim_end_matches('/'), &[]).await;
    assert_eq!(moved.header("location"), Some(format!("https://localhost:8443{list}").as_str()));
    let form = ask(&server, &trusted, "/sign-in", &[]).await;
    assert!(form.header("set-cookie").unwrap().contains("; Secure"), "{}", form.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_client_is_told_and_a_strange_one_is_shown_out() {
    let authority = Authority::new();
    let trusted = authority.issue();
    let server = Server::start(authority.config().0).await;
    let answer = server.get("/rundb/api/v1/").await;
    assert_eq!((answer.status, answer.header("connection")), (400, Some("close")), "{}", answer.head);
    assert!(answer.body.contains("https://"), "{}", answer.body);
    for strange in [&b"\x16\x03\x01\x00\x05hello"[..], b"\0\0\0\0\0\0", b"\x16"] {
        let mut stream = server.connect().await;
        stream.write_all(strange).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP"), "{strange:?}");
    }
    assert_eq!(ask(&server, &trusted, "/healthz", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_handshake_holds_up_nobody_and_ends() {
    let authority = Authority::new();
    let trusted = authority.issue();
    let (config, _) = authority.config();
    let server = Server::start(ServerConfig { header_timeout: Duration::from_secs(2), ..config }).await;
    let mut dawdling = Vec::new();
    for number in 0..50 {
        let mut stream = server.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"\x16\x03\x01").await.unwrap();
        }
        dawdling.push(stream);
    }
    for _ in 0..10 {
        assert_eq!(ask(&server, &trusted, "/healthz", &[]).await.status, 200);
    }
    for mut stream in dawdling {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the server ends what does not begin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dawdling_handshakes_make_room_when_all_connections_are_taken() {
    let authority = Authority::new();
    let trusted = authority.issue();
    let server = Server::start(ServerConfig { max_connections: 4, ..authority.config().0 }).await;
    let mut dawdling = Vec::new();
    for _ in 0..4 {
        dawdling.push(server.connect().await);
    }
    assert_eq!(ask(&server, &trusted, "/healthz", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_to_new_connections_and_old_ones_live_on() {
    let authority = Authority::new();
    let first = authority.issue();
    let (config, tls) = authority.config();
    let server = Server::start(config).await;
    let mut old = connect(&server, &first).await.unwrap();
    let second = authority.issue();
    tls.renew().unwrap();
    assert_eq!(ask(&server, &second, "/healthz", &[]).await.status, 200);
    assert!(connect(&server, &first).await.is_err(), "the old certificate is not shown any more");
    old.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    old.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert!(Tls::open(Path::new("/nowhere.pem"), &authority.key()).is_err());
}
