//! Names that the server answers to, and proxies that are believed.

use runstow_lifecycle::Role;
use runstow_server::{AllowedHosts, ServerConfig, TrustedProxies};

use crate::support::{Answer, Server, basic};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/";

/// A request with exactly these header lines.
async fn exactly(server: &Server, line: &str, headers: &[&str]) -> Answer {
    let mut text = format!("{line}\r\n");
    for header in headers.iter().chain(&["Connection: close"]) {
        text.push_str(&format!("{header}\r\n"));
    }
    Answer::parse(&server.raw(format!("{text}\r\n").as_bytes()).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_site_is_refused_in_the_words_of_the_face() {
    let config = ServerConfig {
        allowed_hosts: AllowedHosts::new(&["runstow.example.org", "*.seq.example.org"]).unwrap(),
        ..ServerConfig::default()
    };
    let server = Server::start(config).await;
    let ours = server.address.to_string();
    for host in [
        ours.as_str(),
        "localhost",
        "LocalHost:80",
        "runstow",
        "[::1]:8080",
        "runstow.example.org:443",
        "ts1.seq.example.org.",
    ] {
        let answer = exactly(&server, "GET /healthz HTTP/1.1", &[&format!("Host: {host}")]).await;
        assert_eq!(answer.status, 200, "{host}: {}", answer.body);
    }
    let evil = "Host: rebound.evil.example:8080";
    for path in ["/", "/sign-in", "/healthz", "/static/runstow.css", "/api/v1", LIST, "/nothing"] {
        let answer = exactly(&server, &format!("GET {path} HTTP/1.1"), &[evil]).await;
        assert_eq!(answer.status, 421, "{path}: {}", answer.body);
        assert!(
            answer.body.contains("allowed_hosts") && answer.body.contains("rebound.evil.example"),
            "{}",
            answer.body
        );
        let kind = answer.header("content-type").unwrap();
        match path {
            "/api/v1" => assert_eq!(kind, "application/problem+json"),
            "/healthz" | LIST => assert_eq!(kind, "application/json"),
            _ => assert_eq!(kind, "text/html; charset=utf-8"),
        }
    }
    let whole = exactly(&server, "GET http://evil.example/healthz HTTP/1.1", &["Host: localhost"]).await;
    assert_eq!(whole.status, 421, "the address in the request line counts");
    let spoofed = exactly(&server, "GET /healthz HTTP/1.1", &[evil, "X-Forwarded-Host: localhost"]).await;
    assert_eq!(spoofed.status, 421, "nobody is believed who is no trusted proxy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host() {
    let server = Server::start(ServerConfig::default()).await;
    let status = async |line: &str, headers: &[&str]| exactly(&server, line, headers).await.status;
    assert_eq!(status("GET /healthz HTTP/1.1", &[]).await, 400);
    assert_eq!(status("GET /healthz HTTP/1.0", &[]).await, 200);
    assert_eq!(status("GET /healthz HTTP/1.1", &["Host: a", "Host: a"]).await, 400);
    assert_eq!(status("GET /healthz HTTP/1.0", &["Host: a", "Host: b"]).await, 400);
    for broken in ["", "a b", "user@localhost", "a/b", "localhost:port", ":80"] {
        assert_eq!(status("GET /healthz HTTP/1.1", &[&format!("Host: {broken}")]).await, 400, "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_may_say_how_the_client_came() {
    let said = [
        "Host: inside:8080",
        "X-Forwarded-Host: localhost:8443",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 203.0.113.7",
    ];
    let line = format!("GET {} HTTP/1.1", LIST.trim_end_matches('/'));
    let trusting = ServerConfig {
        trusted_proxies: TrustedProxies::new(&["127.0.0.0/8"]).unwrap(),
        ..ServerConfig::default()
    };
    let server = Server::start(trusting).await;
    server.add_user("ion", Role::Viewer).await;
    let moved = exactly(&server, &line, &said).await;
    assert_eq!(moved.header("location"), Some(format!("https://localhost:8443{LIST}").as_str()));
    let credentials = format!("Authorization: {}", basic("ion", "ion-pass"));
    let mut with_credentials = said.to_vec();
    with_credentials.push(&credentials);
    let signed_in = exactly(&server, &format!("GET {LIST} HTTP/1.1"), &with_credentials).await;
    assert!(signed_in.header("set-cookie").unwrap().contains("; Secure"), "{}", signed_in.head);
    assert_eq!(signed_in.header("strict-transport-security"), None, "that is the proxy's to say");

    let server = Server::start(ServerConfig::default()).await;
    server.add_user("ion", Role::Viewer).await;
    let moved = exactly(&server, &line, &said).await;
    assert_eq!(moved.header("location"), Some(format!("http://inside:8080{LIST}").as_str()));
    let signed_in = exactly(&server, &format!("GET {LIST} HTTP/1.1"), &with_credentials).await;
    assert!(!signed_in.header("set-cookie").unwrap().contains("Secure"), "{}", signed_in.head);
}
