//! What each answer tells browsers, and what other sites' scripts may do.

use runstow_server::{CorsOrigins, ServerConfig};

use crate::support::{Answer, Server, basic};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/";

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_every_face_is_protected() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let key = format!("ApiKey viewer:{}", "c".repeat(40));
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/reports/6"),
        ("GET", "/nothing"),
        ("POST", "/"),
        ("GET", "/sign-in"),
        ("GET", "/static/runstow.css"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/reports"),
        ("GET", "/api/v1/docs"),
        ("GET", "/api/nothing"),
        ("DELETE", "/api/v1"),
        ("GET", "/problems/not-found"),
        ("GET", LIST),
        ("OPTIONS", LIST),
        ("GET", "/rundb/api/v1/nothing/"),
        ("GET", "/rundb/api/v1/compositedatamanagement"),
        ("GET", "/rundb/api/v1/compositedatamanagement/?limit=x"),
    ] {
        for headers in [&[][..], &[("Authorization", key.as_str())]] {
            let answer = server.send(method, path, headers, "").await;
            let one = |name: &str| {
                let values: Vec<&str> = answer.headers(name).collect();
                assert_eq!(values.len(), 1, "{name} of {method} {path}: {}", answer.head);
                values[0].to_owned()
            };
            assert_eq!(one("x-content-type-options"), "nosniff");
            assert_eq!(one("x-frame-options"), "DENY");
            assert!(["no-referrer", "same-origin"].contains(&one("referrer-policy").as_str()));
            let policy = one("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert_eq!(answer.header("strict-transport-security"), None, "this is no TLS");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}

fn preflight(origin: &str) -> [(&'static str, String); 3] {
    [
        ("Origin", origin.to_owned()),
        ("Access-Control-Request-Method", "PATCH".to_owned()),
        ("Access-Control-Request-Headers", "authorization".to_owned()),
    ]
}

async fn send(server: &Server, method: &str, path: &str, headers: &[(&str, String)]) -> Answer {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.send(method, path, &headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_configuration_no_other_site_reads_anything() {
    let server = Server::with_dataset(ServerConfig { anonymous_read: true, ..ServerConfig::default() }).await;
    for path in ["/", "/api/v1/reports", LIST] {
        for (method, headers) in
            [("GET", &preflight("https://evil.example")[..1]), ("OPTIONS", &preflight("null"))]
        {
            let answer = send(&server, method, path, headers).await;
            assert!(!answer.head.to_lowercase().contains("access-control-"), "{path}: {}", answer.head);
        }
    }
    assert_eq!(send(&server, "OPTIONS", LIST, &[]).await.body, "GET,POST,PUT,DELETE,PATCH");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_site_reads_the_apis_and_no_other_does() {
    let config = ServerConfig {
        cors_origins: CorsOrigins::new(&["https://dash.example.org"]).unwrap(),
        ..ServerConfig::default()
    };
    let server = Server::with_dataset(config).await;
    for path in ["/api/v1/reports", LIST] {
        let asked = send(&server, "OPTIONS", path, &preflight("https://dash.example.org")).await;
        assert_eq!(
            (asked.status, asked.header("access-control-allow-origin")),
            (204, Some("https://dash.example.org"))
        );
        assert!(asked.header("access-control-allow-methods").unwrap().contains("PATCH"));
        assert!(asked.header("access-control-allow-headers").unwrap().contains("Authorization"));

        let credentials = ("Authorization", format!("ApiKey viewer:{}", "c".repeat(40)));
        let read =
            send(&server, "GET", path, &[("Origin", "https://dash.example.org".into()), credentials]).await;
        assert_eq!(
            (read.status, read.header("access-control-allow-origin")),
            (200, Some("https://dash.example.org"))
        );
        assert!(read.headers("vary").any(|value| value.contains("Origin")), "{}", read.head);
        assert_eq!(read.header("access-control-allow-credentials"), None, "cookies stay at home");
        let refused = send(&server, "GET", path, &preflight("https://dash.example.org")[..1]).await;
        assert_eq!(refused.status, 401);
        assert!(
            refused.header("access-control-allow-origin").is_some(),
            "a script may read why it was refused"
        );

        for other in
            ["https://evil.example", "http://dash.example.org", "https://dash.example.org:444", "null"]
        {
            let asked = send(&server, "OPTIONS", path, &preflight(other)).await;
            assert_ne!(asked.status, 204, "{other}");
            assert_eq!(asked.header("access-control-allow-origin"), None, "{other}");
        }
        assert!(send(&server, "GET", path, &[]).await.headers("vary").any(|value| value.contains("Origin")));
    }
    let page = send(&server, "GET", "/sign-in", &preflight("https://dash.example.org")[..1]).await;
    assert_eq!(page.header("access-control-allow-origin"), None, "pages are for people");
    // What Basic credentials open is for this site only.
    let basic = ("Authorization", basic("viewer", "viewer-pass"));
    let answer = send(&server, "GET", LIST, &[("Origin", "https://dash.example.org".into()), basic]).await;
    assert!(answer.header("set-cookie").unwrap().contains("SameSite=Lax"));
}
