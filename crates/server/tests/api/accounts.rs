//! Accounts and keys.

use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;

use crate::support::{Answer, Server};

async fn admin(server: &Server, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Answer {
    server.send(Role::Admin, method, path, more, body).await
}

on_both_databases! {
    async fn an_admin_manages_accounts(database: &TestDatabase) {
        let server = Server::start(database).await;
        let body = r#"{"username": "ada", "role": "viewer", "password": "correct horse"}"#;
        let made = admin(&server, "POST", "/api/v1/users", &[], body).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(!made.body.contains("argon2") && made.json()["has_password"] == true);
        let (place, tag) = (made.header("location").unwrap().to_owned(), made.header("etag").unwrap().to_owned());
        admin(&server, "POST", "/api/v1/users", &[], body).await.is_problem(409, "conflict");
        for bad in [r#"{"username": "a:b", "role": "viewer"}"#, r#"{"username": "x", "role": "king"}"#, r#"{"username": "x", "role": "viewer", "password": "short"}"#] {
            admin(&server, "POST", "/api/v1/users", &[], bad).await.is_problem(400, "bad-request");
        }
        admin(&server, "PATCH", &place, &[], r#"{"role": "operator"}"#).await.is_problem(428, "condition-missing");
        let changed = admin(&server, "PATCH", &place, &[("If-Match", &tag)], r#"{"role": "operator"}"#).await;
        assert_eq!((changed.status, changed.json()["role"].as_str()), (200, Some("operator")));
        admin(&server, "PATCH", &place, &[("If-Match", &tag)], r#"{"role": "admin"}"#).await.is_problem(412, "changed");
        admin(&server, "DELETE", &place, &[("If-Match", &tag)], "").await.is_problem(412, "changed");

        let basic = |password: &str| { use base64::Engine as _; format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("ada:{password}"))) };
        let me = async |password: &str| server.raw("GET", "/api/v1/me", &[("Authorization", &basic(password))], "").await;
        assert_eq!(me("correct horse").await.json()["user"]["username"], "ada");
        me("wrong").await.is_problem(401, "sign-in");
        assert_eq!(admin(&server, "PUT", &format!("{place}/password"), &[], r#"{"password": "battery staple"}"#).await.status, 204);
        admin(&server, "PUT", &format!("{place}/password"), &[], "{}").await.is_problem(400, "bad-request");
        me("correct horse").await.is_problem(401, "sign-in");
        assert_eq!(me("battery staple").await.status, 200);
        let own = server.raw("PUT", "/api/v1/me/password", &[("Authorization", &basic("battery staple")), ("Content-Type", "application/json")],
            r#"{"current": "wrong one", "new": "a third one"}"#).await;
        own.is_problem(403, "not-allowed");
        let own = server.raw("PUT", "/api/v1/me/password", &[("Authorization", &basic("battery staple")), ("Content-Type", "application/json")],
            r#"{"current": "battery staple", "new": "a third one"}"#).await;
        assert_eq!(own.status, 204);
        let off = admin(&server, "PATCH", &place, &[("If-Match", "*")], r#"{"active": false}"#).await;
        assert_eq!(off.json()["active"], false);
        me("a third one").await.is_problem(401, "sign-in");
        assert_eq!(admin(&server, "DELETE", &place, &[("If-Match", "*")], "").await.status, 204);
        admin(&server, "GET", &place, &[], "").await.is_problem(404, "not-found");
    }

    async fn somebody_is_left_who_manages_accounts(database: &TestDatabase) {
        let server = Server::start(database).await;
        let users = admin(&server, "GET", "/api/v1/users", &[], "").await.json();
        let admins = users["items"].as_array().unwrap().iter().filter(|user| user["role"] == "admin" && user["active"] == true);
        let mut own = String::new();
        for user in admins {
            let place = format!("/api/v1/users/{}", user["id"]);
            if user["username"] == "the-admin" {
                own = place;
            } else {
                assert_eq!(admin(&server, "DELETE", &place, &[("If-Match", "*")], "").await.status, 204);
            }
        }
        for (method, body) in [("DELETE", ""), ("PATCH", r#"{"role": "viewer"}"#), ("PATCH", r#"{"active": false}"#)] {
            let refused = admin(&server, method, &own, &[("If-Match", "*")], body).await.is_problem(409, "conflict");
            assert!(refused["detail"].as_str().unwrap().contains("last active admin"));
        }
    }

    async fn a_key_is_shown_once_and_good_until_withdrawn(database: &TestDatabase) {
        let server = Server::start(database).await;
        let made = server.send(Role::Viewer, "POST", "/api/v1/me/api-keys", &[], r#"{"name": "nightly"}"#).await;
        assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")));
        let key = made.json()["key"].as_str().unwrap().to_owned();
        let place = made.header("location").unwrap().to_owned();
        let with_key = async |header: String| server.raw("GET", "/api/v1/me", &[("Authorization", &header)], "").await;
        for header in [format!("Bearer {key}"), format!("bearer  {key}"), format!("ApiKey the-viewer:{key}")] {
            assert_eq!(with_key(header).await.json()["user"]["username"], "the-viewer");
        }
        for header in [format!("ApiKey the-admin:{key}"), format!("ApiKey :{key}"), format!("Token {key}"), "Bearer".into(), "Bearer ".into()] {
            with_key(header).await.is_problem(401, "sign-in");
        }
        let in_address = server.raw("GET", &format!("/api/v1/me?api_key={key}&username=the-viewer"), &[], "").await;
        in_address.is_problem(401, "sign-in");
        let listed = server.send(Role::Viewer, "GET", "/api/v1/me/api-keys", &[], "").await;
        assert!(!listed.body.contains(&key) && listed.body.contains("nightly"));
        server.send(Role::Operator, "DELETE", &place, &[], "").await.is_problem(404, "not-found");
        assert_eq!(server.send(Role::Viewer, "DELETE", &place, &[], "").await.status, 204);
        with_key(format!("Bearer {key}")).await.is_problem(401, "sign-in");
        server.send(Role::Viewer, "DELETE", &place, &[], "").await.is_problem(404, "not-found");

        let viewer = server.catalog.user_by_name("the-viewer").await.unwrap().unwrap().id;
        let for_other = admin(&server, "POST", &format!("/api/v1/users/{viewer}/api-keys"), &[], r#"{"name": "given"}"#).await;
        assert_eq!(for_other.status, 201, "{for_other:?}");
        assert_eq!(admin(&server, "DELETE", for_other.header("location").unwrap(), &[], "").await.status, 204);
    }

    async fn a_browser_session_must_prove_where_a_change_comes_from(database: &TestDatabase) {
        let server = Server::start(database).await;
        let user = server.catalog.user_by_name("the-operator").await.unwrap().unwrap();
        let session = server.catalog.open_session(user.id, std::time::Duration::from_secs(60)).await.unwrap();
        let cookie = format!("sessionid={}", session.token);
        let me = server.raw("GET", "/api/v1/me", &[("Cookie", &cookie)], "").await.json();
        assert_eq!(me["csrf_token"], session.csrf_token.as_str());
        let body = r#"{"run": 1, "reason": "x"}"#;
        let json = ("Content-Type", "application/json");
        let cookies = ("Cookie", cookie.as_str());
        for wrong in ["", "x", &session.token] {
            let answer = server.raw("POST", "/api/v1/holds", &[cookies, json, ("X-CSRF-Token", wrong)], body).await;
            answer.is_problem(403, "csrf");
        }
        server.raw("POST", "/api/v1/holds", &[cookies, json], body).await.is_problem(403, "csrf");
        let right = server.raw("POST", "/api/v1/holds", &[cookies, json, ("X-CSRF-Token", &session.csrf_token)], body).await;
        assert_eq!(right.status, 201, "{right:?}");
        let wrong_key = server.raw("GET", "/api/v1/me", &[cookies, ("Authorization", "Bearer x")], "").await;
        wrong_key.is_problem(401, "sign-in");
    }
}
