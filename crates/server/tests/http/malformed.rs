//! Bytes that are no HTTP, or hardly.

use runstow_server::ServerConfig;

use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_the_server_lives_on() {
    let open = ServerConfig {
        anonymous_read: true,
        header_timeout: std::time::Duration::from_secs(2),
        ..ServerConfig::default()
    };
    let server = Server::with_dataset(open).await;
    let request =
        |line: &str, more: &str| format!("{line}\r\nHost: x\r\nConnection: close\r\n{more}\r\n").into_bytes();
    let mut attempts: Vec<Vec<u8>> = vec![
        b"\0\0\0\0".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: \x01\x02\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde".to_vec(),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\nnot a chunk\r\n".to_vec(),
        request("OPTIONS * HTTP/1.1", ""),
        request("GET http://elsewhere/healthz HTTP/1.1", ""),
        request("CONNECT elsewhere:443 HTTP/1.1", ""),
        request("BREW /healthz HTTP/1.1", ""),
        request("GET /%00%ff/../../etc/passwd HTTP/1.1", ""),
        request("GET /static/..%2f..%2fCargo.toml HTTP/1.1", ""),
        request("GET /reports/99999999999999999999999 HTTP/1.1", ""),
        request("GET /reports/-1 HTTP/1.1", ""),
        request("GET /?q=%ff%00%fe&sigproc=%00&page=-1&limit=1e9&sort=--- HTTP/1.1", ""),
        request("GET /?&&==&%&%zz=%q HTTP/1.1", ""),
        request(&format!("GET /?q={} HTTP/1.1", "%28".repeat(2000)), ""),
        request(&format!("GET /?{} HTTP/1.1", "a=b&".repeat(10_000)), ""),
        request("GET /rundb/ HTTP/1.1", ""),
        request("GET /rundb/%00;//%ff?;;;&&%%% HTTP/1.1", ""),
        request("GET / HTTP/1.1", "Authorization: Basic \u{ff}\u{fe}\r\nCookie: ;;=;sessionid=\u{ff}\r\n"),
    ];
    for number in 0..64_u8 {
        attempts.push((0..200_u32).map(|at| (at.wrapping_mul(31) as u8) ^ number.wrapping_mul(97)).collect());
    }
    for bytes in attempts {
        let answer = server.raw(&bytes).await;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        assert!(!answer.starts_with("HTTP/1.1 5"), "{shown:?} was answered {answer:.300}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{shown:?} was answered {answer:.80}");
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}
