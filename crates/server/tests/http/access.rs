//! Credentials, as api.md §5 has them, seen through a page: 200 with the name of who is in, or 303 to the
//! sign-in page, or 400. (The compatible API's own tests see the 401 and its headers.)

use std::time::{Duration, Instant};

use runstow_lifecycle::Role;
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use crate::support::{Answer, Server, basic};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/?limit=1";

async fn with(server: &Server, path: &str, header: (&str, &str)) -> Answer {
    server.send("GET", path, &[header], "").await
}

on_both_databases! {
    async fn each_kind_of_credentials_lets_its_owner_in(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, ServerConfig::default()).await;
        assert_eq!(server.get(LIST).await.status, 401);
        let answer = with(&server, LIST, ("Authorization", &basic("viewer", "viewer-pass"))).await;
        assert_eq!(answer.status, 200);
        let session = answer.cookie("sessionid").expect("Basic opens a session").to_owned();
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("; httponly; Path=/"), "{cookie}");
        let again = with(&server, LIST, ("Authorization", &basic("viewer", "viewer-pass"))).await;
        assert_eq!(again.cookie("sessionid"), Some(session.as_str()), "no new session for each request");
        assert_eq!(with(&server, LIST, ("Cookie", &format!("a=b; sessionid={session}"))).await.status, 200);
        let key = "c".repeat(40);
        assert_eq!(with(&server, LIST, ("Authorization", &format!("ApiKey viewer:{key}"))).await.status, 200);
        assert_eq!(server.get(&format!("{LIST}&username=viewer&api_key={key}")).await.status, 200);
        let page = with(&server, "/", ("Cookie", &format!("sessionid={session}"))).await;
        assert!(page.status == 200 && page.body.contains("viewer"), "{}", page.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_refused_in_the_originals_order() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let key = "c".repeat(40);
    let good_query = format!("{LIST}&username=viewer&api_key={key}");
    let good_session = with(&server, LIST, ("Authorization", &basic("viewer", "viewer-pass"))).await;
    let good_session = format!("sessionid={}", good_session.cookie("sessionid").unwrap());
    let other = format!("ApiKey viewer:{}", "b".repeat(40));
    let wrong_case = format!("ApiKey Viewer:{key}");

    for (header, path, status, why) in [
        (basic("viewer", "wrong"), LIST, 401, "wrong password"),
        (basic("nobody", "wrong"), LIST, 401, "unknown user"),
        (basic("viewer", "wrong"), &good_query, 200, "wrong Basic does not spoil a good query"),
        (other.clone(), LIST, 401, "somebody else's key"),
        (other, &good_query, 401, "a wrong ApiKey header hides a good query"),
        ("ApiKey viewer".into(), &good_query, 401, "so does a malformed one"),
        (wrong_case, LIST, 401, "names differ by case"),
        (format!("apikey viewer:{key}"), LIST, 200, "the scheme does not"),
        ("Basic".into(), LIST, 401, "one word"),
        ("Basic a b".into(), LIST, 401, "three words"),
        ("Basic ###".into(), LIST, 400, "not base64"),
        ("Basic dmlld2Vy".into(), &good_query, 400, "no colon"),
        (basic("retired", "retired-pass"), LIST, 401, "a closed account"),
        (format!("ApiKey retired:{}", "d".repeat(40)), LIST, 401, "its key"),
    ] {
        assert_eq!(with(&server, path, ("Authorization", &header)).await.status, status, "{why}");
    }
    let both = [("Authorization", "ApiKey viewer:wrong"), ("Cookie", good_session.as_str())];
    assert_eq!(server.send("GET", LIST, &both, "").await.status, 200, "the session comes before the key");
    assert_eq!(with(&server, LIST, ("Cookie", "sessionid=made-up")).await.status, 401);

    let challenge = |answer: &Answer| answer.header("www-authenticate").map(str::to_owned);
    let closed = with(&server, LIST, ("Authorization", &basic("retired", "retired-pass"))).await;
    assert_eq!(
        challenge(&closed),
        None,
        "right credentials of a closed account: asking again would not help"
    );
    let wrong = with(&server, LIST, ("Authorization", &basic("retired", "wrong"))).await;
    assert_eq!(challenge(&wrong).as_deref(), Some("Basic Realm=\"Torrent Suite\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn open_reading_needs_no_credentials_but_refuses_wrong_ones() {
    let open = ServerConfig { anonymous_read: true, ..ServerConfig::default() };
    let server = Server::with_dataset(open).await;
    assert_eq!(server.get(LIST).await.status, 200);
    assert_eq!(with(&server, LIST, ("Cookie", "sessionid=ended-long-ago")).await.status, 200);
    assert_eq!(with(&server, LIST, ("Authorization", &basic("viewer", "wrong"))).await.status, 401);
    assert_eq!(with(&server, LIST, ("Authorization", "Bearer x")).await.status, 401);
    assert_eq!(server.get(&format!("{LIST}&username=viewer&api_key=wrong")).await.status, 401);
    assert_eq!(with(&server, "/", ("Cookie", "sessionid=ended-long-ago")).await.status, 200);
}

on_both_databases! {
    async fn a_change_of_an_account_counts_from_the_next_request(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, ServerConfig::default()).await;
        let credentials = basic("ionuser", "ionuser-pass");
        let login = |header: String| { let server = &server; async move { with(server, LIST, ("Authorization", &header)).await } };
        let session = login(credentials.clone()).await;
        let cookie = format!("sessionid={}", session.cookie("sessionid").unwrap());
        assert_eq!(with(&server, LIST, ("Cookie", &cookie)).await.status, 200);

        server.catalog.set_password("ionuser", Some(runstow_catalog::passwords::hash("new: one"))).await.unwrap();
        assert_eq!(login(credentials.clone()).await.status, 401, "the old password");
        assert_eq!(with(&server, LIST, ("Cookie", &cookie)).await.status, 401, "the session opened with it");
        assert_eq!(login(basic("ionuser", "new: one")).await.status, 200, "a password with a colon");

        server.catalog.set_active("ionuser", false).await.unwrap();
        assert_eq!(login(basic("ionuser", "new: one")).await.status, 401);
        assert_eq!(login(format!("ApiKey ionuser:{}", "b".repeat(40))).await.status, 401);
        server.catalog.set_active("ionuser", true).await.unwrap();
        assert_eq!(login(format!("ApiKey ionuser:{}", "b".repeat(40))).await.status, 200);

        let user = server.catalog.user_by_name("ionuser").await.unwrap().unwrap();
        for key in server.catalog.api_keys(user.id).await.unwrap() {
            server.catalog.revoke_api_key(key.id).await.unwrap();
        }
        assert_eq!(login(format!("ApiKey ionuser:{}", "b".repeat(40))).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slow_hash_is_paid_once_and_no_request_asks_the_catalog_for_the_account_again() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    for header in [
        basic("viewer", "viewer-pass"),
        basic("viewer", "wrong"),
        format!("ApiKey viewer:{}", "c".repeat(40)),
    ] {
        let first = with(&server, "/healthz", ("Authorization", &header)).await;
        assert_eq!(first.status, 200);
        with(&server, "/reports/1", ("Authorization", &header)).await;
        let (statements, started) = (server.catalog.statements(), Instant::now());
        for _ in 0..20 {
            with(&server, "/reports/nothing", ("Authorization", &header)).await;
        }
        assert_eq!(server.catalog.statements() - statements, 20, "only the version is asked for");
        assert!(started.elapsed() < Duration::from_secs(1), "20 requests took {:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_time_is_over() {
    let brief = ServerConfig { session_lifetime: Duration::from_millis(600), ..ServerConfig::default() };
    let server = Server::start(brief).await;
    server.add_user("ion", Role::Viewer).await;
    let answer = with(&server, "/", ("Authorization", &basic("ion", "ion-pass"))).await;
    assert_eq!(answer.status, 200);
    let user = server.catalog.user_by_name("ion").await.unwrap().unwrap();
    let session = server.catalog.open_session(user.id, Duration::from_millis(600)).await.unwrap();
    let cookie = format!("sessionid={}", session.token);
    assert_eq!(with(&server, "/", ("Cookie", &cookie)).await.status, 200);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(with(&server, "/", ("Cookie", &cookie)).await.status, 303);
}
