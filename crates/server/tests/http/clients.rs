//! What one client may do without hindering the others: how many requests, how many wrong passwords.

use runstow_lifecycle::Role;
use runstow_server::{ServerConfig, TrustedProxies};

use crate::support::{Answer, Server, basic};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/?limit=1";
const ME: &str = "/api/v1/me";

/// A server that sees each request's client in `X-Forwarded-For`.
async fn behind_proxy(config: ServerConfig) -> Server {
    let trusted_proxies = TrustedProxies::new(&["127.0.0.1"]).unwrap();
    let server = Server::start(ServerConfig { trusted_proxies, ..config }).await;
    server.add_user("ion", Role::Viewer).await;
    server.add_user("eve", Role::Viewer).await;
    server
}

async fn from(server: &Server, client: &str, path: &str, credentials: Option<&str>) -> Answer {
    let mut headers = vec![("X-Forwarded-For", client)];
    headers.extend(credentials.map(|credentials| ("Authorization", credentials)));
    server.send("GET", path, &headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_of_one_client_are_answered_429_and_others_are_not() {
    let config = ServerConfig { requests_per_second: 1, request_burst: 3, ..ServerConfig::default() };
    let server = behind_proxy(config).await;
    let flood = async |client: &str, path: &str| {
        let mut last = from(&server, client, path, None).await;
        for _ in 0..20 {
            if last.status == 429 {
                break;
            }
            last = from(&server, client, path, None).await;
        }
        assert_eq!(last.status, 429, "{path}: {}", last.head);
        assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        last
    };
    let problem = flood("192.0.2.1", "/api/v1").await;
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    assert!(problem.body.contains("/problems/too-many-requests"), "{}", problem.body);
    let compatible = flood("192.0.2.2", LIST).await;
    assert!(compatible.body.starts_with("{\"error\":"), "{}", compatible.body);
    let page = flood("192.0.2.3", "/sign-in").await;
    assert!(page.body.contains("<html") && page.body.contains("Too many requests"), "{}", page.body);
    flood("2001:db8::1", "/sign-in").await;
    assert_eq!(from(&server, "2001:db8::2", "/sign-in", None).await.status, 429, "the same network");
    assert_eq!(from(&server, "192.0.2.4", "/sign-in", None).await.status, 200, "somebody else");
    assert_eq!(
        from(&server, "192.0.2.1", "/healthz", None).await.status,
        200,
        "a supervisor is never told to wait"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_busy_page_nor_a_polling_script_meets_the_limit() {
    let server = behind_proxy(ServerConfig::default()).await;
    for _ in 0..500 {
        assert_eq!(from(&server, "192.0.2.1", "/api/v1", None).await.status, 200);
    }
    let off = ServerConfig { requests_per_second: 0, request_burst: 1, ..ServerConfig::default() };
    let server = behind_proxy(off).await;
    for _ in 0..50 {
        assert_eq!(from(&server, "192.0.2.1", "/api/v1", None).await.status, 200);
    }
    let tight = ServerConfig { requests_per_second: 1, request_burst: 1, ..ServerConfig::default() };
    let server = Server::start(tight).await;
    for _ in 0..20 {
        assert_eq!(
            server.get("/api/v1").await.status,
            200,
            "whoever is on the machine itself is not counted"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_by_basic_credentials_is_slowed_as_on_the_sign_in_page() {
    let server = behind_proxy(ServerConfig::default()).await;
    let right = basic("ion", "ion-pass");
    let guess = |user: &str, number: u32| basic(user, &format!("guess {number}"));
    for (client, path) in [("192.0.2.1", LIST), ("192.0.2.2", ME), ("192.0.2.3", "/")] {
        for number in 0..5 {
            let answer = from(&server, client, path, Some(&guess("ion", number))).await;
            assert!([401, 303].contains(&answer.status), "{answer:?}");
        }
        let refused = from(&server, client, path, Some(&right)).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (429, Some("1")),
            "{path}: {}",
            refused.body
        );
        assert!(refused.body.contains("oo many wrong passwords"), "{}", refused.body);
        assert_eq!(
            from(&server, client, path, Some(&basic("eve", "eve-pass"))).await.status,
            200,
            "another user"
        );
        assert_eq!(from(&server, "192.0.2.9", path, Some(&right)).await.status, 200, "the owner elsewhere");
    }
    for number in 0..5 {
        let answer = from(&server, "192.0.2.4", ME, Some(&guess("nobody-of-that-name", number))).await;
        assert_eq!(answer.status, 401);
    }
    let refused = from(&server, "192.0.2.4", ME, Some(&guess("nobody-of-that-name", 5))).await;
    assert_eq!(refused.status, 429, "whether there is such a user makes no difference");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        from(&server, "192.0.2.1", LIST, Some(&right)).await.status,
        200,
        "nobody is locked out for ever"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_with_an_old_password_does_not_hinder_the_one_with_the_new() {
    let server = behind_proxy(ServerConfig::default()).await;
    let (right, wrong) = (basic("ion", "ion-pass"), basic("ion", "old-pass"));
    for path in [LIST, ME] {
        assert_eq!(from(&server, "192.0.2.1", path, Some(&right)).await.status, 200);
        for _ in 0..20 {
            let told = from(&server, "192.0.2.1", path, Some(&wrong)).await;
            assert_eq!(told.status, 401, "the same once more is no guess");
            assert_eq!(from(&server, "192.0.2.1", path, Some(&right)).await.status, 200);
        }
    }
    for number in 0..200 {
        from(&server, "192.0.2.1", ME, Some(&basic("ion", &format!("guess {number}")))).await;
    }
    let answer = from(&server, "192.0.2.1", ME, Some(&right)).await;
    assert_eq!(answer.status, 429, "who guesses on must not learn from an answer which guess was right");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_or_key_is_good_beside_a_password_that_must_wait() {
    let server = behind_proxy(ServerConfig::default()).await;
    let user = server.catalog.user_by_name("ion").await.unwrap().unwrap();
    let session = server.catalog.open_session(user.id, std::time::Duration::from_secs(60)).await.unwrap();
    let cookie = format!("sessionid={}", session.token);
    for number in 0..8 {
        let wrong = basic("ion", &format!("guess {number}"));
        let headers = [
            ("X-Forwarded-For", "192.0.2.1"),
            ("Authorization", wrong.as_str()),
            ("Cookie", cookie.as_str()),
        ];
        assert_eq!(server.send("GET", LIST, &headers, "").await.status, 200, "as the original has it");
    }
    assert_eq!(from(&server, "192.0.2.1", LIST, Some(&basic("ion", "one more"))).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_can_not_guess_the_password_to_change_it() {
    let server = behind_proxy(ServerConfig::default()).await;
    let user = server.catalog.user_by_name("ion").await.unwrap().unwrap();
    let key = server.catalog.create_api_key(user.id, "stolen").await.unwrap().1;
    let bearer = format!("Bearer {key}");
    let mut statuses = Vec::new();
    for number in 0..6 {
        let body = format!("{{\"current\": \"guess {number}\", \"new\": \"mine from now on\"}}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        statuses.push(server.send("PUT", "/api/v1/me/password", &headers, &body).await.status);
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
}
