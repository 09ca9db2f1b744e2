//! Keep, acknowledge, holds: what operators do, and what happens when two do it at once.

use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;
use serde_json::{Value, json};

use crate::support::{Answer, Server};

async fn operator(server: &Server, method: &str, path: &str, tag: &str, body: &str) -> Answer {
    let headers = [("If-Match", tag)];
    server.send(Role::Operator, method, path, if tag.is_empty() { &[] } else { &headers }, body).await
}

on_both_databases! {
    async fn keep_tells_who_and_why_and_is_never_overwritten_unseen(database: &TestDatabase) {
        let server = Server::start(database).await;
        let path = "/api/v1/reports/2/categories/misc/keep";
        let seen = server.send(Role::Viewer, "GET", path, &[], "").await;
        let tag = seen.header("etag").unwrap().to_owned();
        let body = r#"{"reason": "for the paper", "expires": "2090-01-01T00:00:00Z"}"#;
        operator(&server, "PUT", path, "", body).await.is_problem(428, "condition-missing");
        let set = operator(&server, "PUT", path, &tag, body).await;
        assert_eq!(set.status, 200, "{set:?}");
        let keep = set.json();
        assert_eq!((keep["owner"].as_str(), keep["reason"].as_str(), keep["expires"].as_str()),
            (Some("the-operator"), Some("for the paper"), Some("2090-01-01T00:00:00Z")));
        assert_eq!(set.header("etag"), server.send(Role::Viewer, "GET", path, &[], "").await.header("etag"));
        for (method, body) in [("PUT", body), ("DELETE", "")] {
            operator(&server, method, path, &tag, body).await.is_problem(412, "changed");
        }
        let listed = server.get("/api/v1/reports?kept=misc&limit=500").await;
        assert!(listed["items"].as_array().unwrap().iter().any(|item| item["id"] == 2));
        let history = server.get("/api/v1/reports/2/history").await;
        let newest = &history["items"][0];
        assert!(newest["user"] == "the-operator" && newest["text"].as_str().unwrap().contains("for the paper"), "{history}");

        let mine = set.header("etag").unwrap();
        assert_eq!(operator(&server, "DELETE", path, mine, "").await.status, 204);
        assert_eq!(server.get(path).await["kept"], false);
        assert_eq!(operator(&server, "DELETE", path, "*", "").await.status, 204, "what is cleared can be cleared again");
        operator(&server, "PUT", "/api/v1/reports/9999/categories/misc/keep", "*", body).await.is_problem(404, "not-found");
    }

    async fn keep_of_signal_files_shows_on_all_reports_of_the_run(database: &TestDatabase) {
        let server = Server::start(database).await;
        let all = server.get("/api/v1/reports?limit=500").await;
        let items = all["items"].as_array().unwrap();
        let siblings = |run: &Value| items.iter().filter(|item| item["run"]["id"] == *run && !item["categories"]["sigproc"].is_null()).map(|item| item["id"].as_i64().unwrap()).collect::<Vec<_>>();
        let ids = items.iter().map(|item| siblings(&item["run"]["id"])).find(|ids| ids.len() > 1).unwrap();
        let path = |id: i64| format!("/api/v1/reports/{id}/categories/sigproc/keep");
        assert_eq!(operator(&server, "PUT", &path(ids[0]), "*", r#"{"reason": "r", "owner": "Dr. X"}"#).await.status, 200);
        assert_eq!(server.get(&path(ids[1])).await["owner"], "Dr. X");
    }

    async fn one_of_two_who_keep_at_once_is_told(database: &TestDatabase) {
        let server = Server::start(database).await;
        let path = "/api/v1/reports/3/categories/output/keep";
        let tag = server.send(Role::Viewer, "GET", path, &[], "").await.header("etag").unwrap().to_owned();
        let attempts = (0..8).map(|n| {
            let (server, tag) = (&server, tag.clone());
            async move { operator(server, "PUT", path, &tag, &json!({"reason": format!("r{n}")}).to_string()).await.status }
        });
        let mut statuses = futures_util::future::join_all(attempts).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    }

    async fn an_announced_delete_can_be_acknowledged_once(database: &TestDatabase) {
        let server = Server::start(database).await;
        let notified = server.get("/api/v1/reports?misc=N&limit=1").await["items"][0]["id"].as_i64().unwrap();
        let path = format!("/api/v1/reports/{notified}/categories/misc/acknowledge");
        let done = operator(&server, "POST", &path, "", "").await;
        assert_eq!((done.status, done.json()["state"].as_str()), (200, Some("A")));
        let again = operator(&server, "POST", &path, "", "").await.is_problem(409, "illegal-move");
        assert!(again["detail"].as_str().unwrap().contains("can become"), "{again}");
        operator(&server, "POST", "/api/v1/reports/9999/categories/misc/acknowledge", "", "").await.is_problem(404, "not-found");
    }

    async fn a_hold_is_shown_as_use_until_it_is_released(database: &TestDatabase) {
        let server = Server::start(database).await;
        let body = r#"{"report": 5, "reason": "variant calling", "who": "pipeline 7"}"#;
        let made = operator(&server, "POST", "/api/v1/holds", "", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let place = made.header("location").unwrap().to_owned();
        assert_eq!(server.get(&place).await, made.json());
        let report = server.get("/api/v1/reports/5").await;
        let (_, category) = report["categories"].as_object().unwrap().iter().find(|(_, category)| !category.is_null()).unwrap();
        assert!(category["in_use"].as_array().unwrap().iter().any(|who| who["who"] == "pipeline 7"), "{category}");
        assert_eq!(server.get("/api/v1/holds?report=5").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(server.get("/api/v1/holds?report=6").await["items"].as_array().unwrap().len(), 0);
        for body in [r#"{"reason": "x"}"#, r#"{"report": 1, "run": 1, "reason": "x"}"#] {
            operator(&server, "POST", "/api/v1/holds", "", body).await.is_problem(400, "bad-request");
        }
        operator(&server, "POST", "/api/v1/holds", "", r#"{"run": 99999, "reason": "x"}"#).await.is_problem(404, "not-found");
        assert_eq!(operator(&server, "DELETE", &place, "", "").await.status, 204);
        operator(&server, "DELETE", &place, "", "").await.is_problem(404, "not-found");
        server.send(Role::Viewer, "GET", &place, &[], "").await.is_problem(404, "not-found");
        for n in 0..5 {
            operator(&server, "POST", "/api/v1/holds", "", &json!({"run": 1, "reason": n.to_string()}).to_string()).await;
        }
        let page = server.get("/api/v1/holds?limit=3").await;
        let rest = server.get(&format!("/api/v1/holds?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())).await;
        assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 2));
    }
}
