//! Clients that send too much, too slowly, or nothing; and a stop in the middle of all that.

use std::time::{Duration, Instant};

use runstow_server::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Answer, Server};

fn open() -> ServerConfig {
    ServerConfig { anonymous_read: true, ..ServerConfig::default() }
}

/// What the server sends until it closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text));
    let _ = read.await.expect("the server closes");
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends a request without its body, and waits until the server works on it: it asks for the body then.
async fn begin(stream: &mut TcpStream) {
    const ASKED: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; ASKED.len()];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(asked, ASKED);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_of_headers_are_answered_431() {
    let server = Server::start(open()).await;
    let one = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(10 << 20));
    assert!(server.raw(one.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let many =
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-More: aaaaaaaaaa\r\n".repeat(500_000));
    assert!(server.raw(many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(10 << 20));
    let answer = server.raw(path.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer:.60}");
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_answered_413_however_it_is_sent() {
    let config = ServerConfig { max_body_bytes: 1 << 20, ..open() };
    let server = Server::start(config).await;
    let announced = server.send("POST", "/sign-in", &[], &"a".repeat(10 << 20)).await;
    assert_eq!(announced.status, 413);
    assert!(announced.body.contains("1048576 bytes"), "{}", announced.body);
    let chunk = format!("100000\r\n{}\r\n", "a".repeat(1 << 20));
    let chunked = format!(
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(10)
    );
    let answer = Answer::parse(&server.raw(chunked.as_bytes()).await);
    assert!((400..500).contains(&answer.status), "{}", answer.head);
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_its_headers_or_its_body_is_cut_off() {
    let config = ServerConfig {
        header_timeout: Duration::from_millis(400),
        body_timeout: Duration::from_millis(400),
        ..open()
    };
    let server = Server::start(config).await;
    let started = Instant::now();
    let mut silent = server.connect().await;
    assert_eq!(rest(&mut silent).await, "");
    let mut slow_head = server.connect().await;
    for byte in b"GET / HTTP/1.1\r\nHost: dribble\r\n" {
        if slow_head.write_all(&[*byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let mut gone = Vec::new();
    let _ = slow_head.read_to_end(&mut gone).await;
    assert!(!gone.starts_with(b"HTTP/1.1 200"));
    let mut slow_body = server.connect().await;
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\ncsrf=";
    slow_body.write_all(head.as_bytes()).await.unwrap();
    assert!(rest(&mut slow_body).await.starts_with("HTTP/1.1 4"));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let config = ServerConfig { write_timeout: Duration::from_millis(300), max_connections: 1, ..open() };
    let server = Server::with_dataset(config).await;
    let mut deaf = server.connect().await;
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2000);
    let sending = tokio::spawn(async move {
        let _ = deaf.write_all(requests.as_bytes()).await;
        tokio::time::sleep(Duration::from_secs(15)).await;
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let next = tokio::time::timeout(Duration::from_secs(10), server.get("/healthz")).await;
    assert_eq!(next.expect("the only slot becomes free").status, 200);
    sending.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_connections_do_not_slow_the_others() {
    let server = Server::with_dataset(open()).await;
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(server.connect().await);
    }
    let started = Instant::now();
    for _ in 0..50 {
        assert_eq!(server.get("/healthz").await.status, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "50 requests took {:?}", started.elapsed());
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_connections_are_taken_idle_ones_make_room() {
    let server = Server::start(ServerConfig { max_connections: 8, ..open() }).await;
    let mut idle = Vec::new();
    for number in 0..8 {
        let mut stream = server.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            let mut start = [0; 12];
            stream.read_exact(&mut start).await.unwrap();
            assert_eq!(&start, b"HTTP/1.1 200");
        }
        idle.push(stream);
    }
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get("/healthz").await.status, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_the_running_request_and_then_returns() {
    let mut server = Server::start(open()).await;
    let mut idle = server.connect().await;
    let mut running = server.connect().await;
    begin(&mut running).await;
    server.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "new connections are refused");
    assert_eq!(rest(&mut idle).await, "");
    running.write_all(b"csrf=abc").await.unwrap();
    let answer = Answer::parse(&rest(&mut running).await);
    assert_eq!((answer.status, answer.header("connection")), (400, Some("close")), "{}", answer.head);
    let started = Instant::now();
    tokio::time::timeout(Duration::from_secs(5), server.stopped()).await.expect("the server stops");
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_ever() {
    let config = ServerConfig { drain_timeout: Duration::from_millis(300), ..open() };
    let mut server = Server::start(config).await;
    let mut endless = server.connect().await;
    begin(&mut endless).await;
    server.ask_to_stop();
    tokio::time::timeout(Duration::from_secs(3), server.stopped()).await.expect("the server stops");
}
