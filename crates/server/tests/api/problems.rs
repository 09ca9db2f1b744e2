//! Whatever goes wrong, the answer is a problem document.

use runstow_lifecycle::Role;
use runstow_server::ServerConfig;
use runstow_testkit::{TestDatabase, on_both_databases};

use crate::support::Server;

on_both_databases! {
    async fn bad_parameters_are_told_all_at_once(database: &TestDatabase) {
        let server = Server::start(database).await;
        let path = "/api/v1/reports?limit=0&sort=colour&thumbnail=yes&sigproc=L,X&from=yesterday&run=-1&q=a&q=b";
        let problem = server.send(Role::Viewer, "GET", path, &[], "").await.is_problem(400, "bad-request");
        let mut fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["from", "limit", "q", "run", "sigproc", "sort", "thumbnail"]);
        let problem = server.send(Role::Viewer, "GET", "/api/v1/reports?resultsName=x&limt=5", &[], "").await.is_problem(400, "bad-request");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "parameters that do not exist are refused");
        for odd in ["q=%00", "q=%ff", "q=%zz%c3"] {
            let answer = server.send(Role::Viewer, "GET", &format!("/api/v1/reports?{odd}"), &[], "").await;
            answer.is_problem(400, "bad-request");
        }
        server.send(Role::Viewer, "GET", "/api/v1/me?x=1", &[], "").await.is_problem(400, "bad-request");
    }

    async fn bad_bodies_name_the_field(database: &TestDatabase) {
        let server = Server::start(database).await;
        let keep = "/api/v1/reports/2/categories/output/keep";
        let any = ("If-Match", "*");
        let put = async |body: &str| server.send(Role::Operator, "PUT", keep, &[any], body).await;
        for (body, field) in [
            ("[]", "body"), ("{", "body"), (r#"{"reason": "x"} {}"#, "body"), (r#"{"reason": 3}"#, "reason"),
            (r#"{"reason": " "}"#, "reason"), (r#"{"reason": "a\u0000b"}"#, "reason"), (r#"{"reason": "x", "why": 1}"#, "why"),
            (r#"{"reason": "x", "expires": "tomorrow"}"#, "expires"), ("{}", "body"),
        ] {
            let problem = put(body).await.is_problem(400, "bad-request");
            assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
        }
        put(&format!(r#"{{"reason": "{}"}}"#, "x".repeat(1001))).await.is_problem(400, "bad-request");
        put(&format!(r#"{{"reason": "{}"}}"#, "x".repeat(2_000_000))).await.is_problem(413, "too-large");
        let over = put(r#"{"reason": "x", "expires": "2001-01-01T00:00:00Z"}"#).await;
        assert_eq!(over.is_problem(409, "already-over")["errors"][0]["field"], "expires");
        let bearer = server.bearer(Role::Operator);
        let text = [("Authorization", bearer.as_str()), any, ("Content-Type", "text/plain")];
        server.raw("PUT", keep, &text, r#"{"reason": "x"}"#).await.is_problem(415, "wrong-media-type");
        server.raw("PUT", keep, &text[..2], "").await.is_problem(415, "wrong-media-type");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_is_not_taken_are_problems_too() {
    let database = TestDatabase::sqlite();
    let server = Server::start(&database).await;
    for path in [
        "/api",
        "/api/",
        "/api/v2",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/reports/1/x/y/z",
        "/api/v1/reports/",
    ] {
        server.raw("GET", path, &[], "").await.is_problem(404, "not-found");
    }
    for (method, path, allow) in [
        ("DELETE", "/api/v1/reports", "GET, HEAD"),
        ("POST", "/api/v1", "GET, HEAD"),
        ("OPTIONS", "/api/v1/holds", "GET, HEAD, POST"),
        ("TRACE", "/api/v1/users/1", "GET, HEAD, PATCH, DELETE"),
        ("BREW", "/api/v1/me", "GET, HEAD"),
    ] {
        let answer = server.send(Role::Admin, method, path, &[], "").await;
        answer.is_problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
    let head = server.send(Role::Viewer, "HEAD", "/api/v1/reports/1", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let answer = server.raw("GET", "/api/v1/reports", &[("Authorization", "Basic %%%")], "").await;
    answer.is_problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_refusals_are_problems_here() {
    let database = TestDatabase::sqlite();
    let server =
        Server::with(&database, ServerConfig { max_body_bytes: 1000, ..ServerConfig::default() }).await;
    let answer = server.send(Role::Operator, "POST", "/api/v1/holds", &[], &"x".repeat(2000)).await;
    answer.is_problem(413, "too-large");
    for (path, kind) in
        [("/sign-in", "text/html; charset=utf-8"), ("/rundb/api/v1/message/", "application/json")]
    {
        let answer = server.raw("POST", path, &[], &"x".repeat(2000)).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (413, Some(kind)),
            "each face has its own words"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_of_problem_is_explained() {
    let database = TestDatabase::sqlite();
    let server = Server::start(&database).await;
    let page = server.raw("GET", "/problems/not-found", &[], "").await;
    assert!(page.status == 200 && page.body.contains("There is no such thing"), "{page:?}");
    server.raw("GET", "/problems/of-my-own", &[], "").await.is_problem(404, "not-found");
    let docs = server.raw("GET", "/api/v1/docs", &[], "").await;
    assert!(docs.status == 200 && docs.body.contains("/api/v1/reports/{id}/categories/{category}/keep"));
    assert!(
        !docs.body.contains("<script") && !docs.body.contains("src=\"http"),
        "works offline and without scripts"
    );
}
