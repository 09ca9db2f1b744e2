//! Signing in and out with a browser's means.

use runstow_lifecycle::Role;
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use crate::support::{Answer, Server};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A browser at the sign-in page: the cookie it was given, and the form's own copy.
struct Browser<'a> {
    server: &'a Server,
    cookie: String,
    csrf: String,
}

impl<'a> Browser<'a> {
    async fn at(server: &'a Server, path: &str) -> Self {
        let page = server.get(path).await;
        assert_eq!(page.status, 200);
        let cookie = page.cookie("runstow_form").unwrap().to_owned();
        Self { server, cookie: format!("runstow_form={cookie}"), csrf: hidden(&page.body, "csrf") }
    }

    async fn sign_in(&self, user: &str, password: &str, next: &str) -> Answer {
        let body = format!("csrf={}&username={user}&password={password}&next={next}", self.csrf);
        self.server.send("POST", "/sign-in", &[FORM, ("Cookie", &self.cookie)], &body).await
    }
}

/// The value of a hidden field.
fn hidden(body: &str, name: &str) -> String {
    let field = body.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("the field is there");
    field.split('"').next().unwrap().to_owned()
}

on_both_databases! {
    async fn somebody_signs_in_where_they_were_going_and_out_again(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, ServerConfig::default()).await;
        let refused = server.get("/?sigproc=local&page=2").await;
        let there = refused.header("location").unwrap();
        assert_eq!((refused.status, there), (303, "/sign-in?next=%2F%3Fsigproc%3Dlocal%26page%3D2"));
        let browser = Browser::at(&server, there).await;
        let welcome = browser.sign_in("viewer", "viewer-pass", "%2F%3Fsigproc%3Dlocal%26page%3D2").await;
        assert_eq!((welcome.status, welcome.header("location")), (303, Some("/?sigproc=local&page=2")));
        let session = format!("sessionid={}", welcome.cookie("sessionid").unwrap());
        let page = server.send("GET", "/", &[("Cookie", &session)], "").await;
        assert!(page.status == 200 && page.body.contains("viewer") && page.body.contains("Sign out"));

        let forged = server.send("POST", "/sign-out", &[FORM, ("Cookie", &session)], "csrf=guess").await;
        assert_eq!(forged.status, 403);
        assert_eq!(server.send("GET", "/", &[("Cookie", &session)], "").await.status, 200);
        let csrf = format!("csrf={}", hidden(&page.body, "csrf"));
        let left = server.send("POST", "/sign-out", &[FORM, ("Cookie", &session)], &csrf).await;
        assert_eq!((left.status, left.cookie("sessionid")), (303, Some("")));
        assert_eq!(server.send("GET", "/", &[("Cookie", &session)], "").await.status, 303, "the session has ended");

        let again = browser.sign_in("viewer", "viewer-pass", "").await;
        assert_ne!(format!("sessionid={}", again.cookie("sessionid").unwrap()), session);
        assert_eq!(again.header("location"), Some("/"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_a_user_exists_or_is_closed() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let browser = Browser::at(&server, "/sign-in").await;
    let trouble = |answer: &Answer| {
        assert_eq!((answer.status, answer.cookie("sessionid")), (401, None));
        answer.body.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let wrong = trouble(&browser.sign_in("viewer", "wrong", "").await);
    assert_eq!(trouble(&browser.sign_in("nobody", "wrong", "").await), wrong);
    assert_eq!(trouble(&browser.sign_in("retired", "retired-pass", "").await), wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let server = Server::start(ServerConfig::default()).await;
    server.add_user("ion", Role::Operator).await;
    let body = "csrf=0123456789abcdef0123456789abcdef&username=ion&password=ion-pass";
    let alone = server.send("POST", "/sign-in", &[FORM], body).await;
    assert_eq!((alone.status, alone.cookie("sessionid")), (403, None));
    let other = ("Cookie", "runstow_form=ffffffffffffffffffffffffffffffff");
    assert_eq!(server.send("POST", "/sign-in", &[FORM, other], body).await.status, 403);
    assert_eq!(server.send("POST", "/sign-in", &[FORM], "username=ion").await.status, 400);
    let elsewhere = Browser::at(&server, "/sign-in?next=//evil.example/").await;
    let answer = elsewhere.sign_in("ion", "ion-pass", "//evil.example/").await;
    assert_eq!(answer.header("location"), Some("/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_wrong_passwords_must_wait_and_others_need_not() {
    let server = Server::start(ServerConfig::default()).await;
    server.add_user("ion", Role::Viewer).await;
    server.add_user("eve", Role::Viewer).await;
    let browser = Browser::at(&server, "/sign-in").await;
    for _ in 0..5 {
        assert_eq!(browser.sign_in("ion", "wrong", "").await.status, 401);
    }
    let refused = browser.sign_in("ion", "ion-pass", "").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert!(refused.body.contains("Wait 1 s"));
    assert_eq!(browser.sign_in("eve", "eve-pass", "").await.status, 303);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(browser.sign_in("ion", "ion-pass", "").await.status, 303, "nobody is locked out for ever");
}
