//! The trash and verifications over the API: shown, emptied, asked for.

use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;
use serde_json::{Value, json};

use crate::asking_site::Site;
use crate::support::Answer;

impl Site {
    async fn delete(&self, more: Value) {
        let mut body = json!({"action": "delete", "reports": self.reports, "categories": ["sigproc"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.post(Role::Admin, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        for _ in &self.reports {
            self.work().await;
        }
    }

    async fn empty(&self, role: Role, body: Value) -> Answer {
        self.server.send(role, "POST", "/api/v1/trash/empty", &[], &body.to_string()).await
    }
}

on_both_databases! {
    async fn the_trash_is_shown_and_emptied_as_far_as_is_meant(database: &TestDatabase) {
        let site = Site::new(database, 2).await;
        let nothing = json!({"items": [], "files": 0, "bytes": 0});
        assert_eq!(site.server.get("/api/v1/trash").await, nothing);
        site.delete(json!({})).await;
        let trash = site.server.get("/api/v1/trash").await;
        assert_eq!((&trash["files"], &trash["bytes"]), (&json!(50), &json!(50_000)), "{trash}");
        let first = &trash["items"][0];
        assert_eq!((&first["category"], &first["due"], &first["files"]), (&json!("sigproc"), &json!(false), &json!(25)));
        assert!(first["folder"].as_str().unwrap().contains(".runstow-trash"), "{first}");
        site.empty(Role::Operator, json!({"all": true})).await.is_problem(403, "not-allowed");
        for (wrong, field) in [(json!({}), "all"), (json!({"all": true, "need_mb": 1}), "all"), (json!({"deletes": []}), "deletes"),
            (json!({"older_than_days": -1}), "older_than_days"), (json!({"need_mb": 0}), "need_mb")] {
            let problem = site.empty(Role::Admin, wrong).await.is_problem(400, "bad-request");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let young = site.empty(Role::Admin, json!({"older_than_days": 1})).await;
        assert_eq!((young.status, young.json()["items"].as_array().unwrap().len()), (200, 0));
        let one = json!({"deletes": [first["delete"]], "dry_run": true});
        let shown = site.empty(Role::Admin, one).await.json();
        assert_eq!((&shown["files"], &shown["batch"], &shown["items"][0]["job"]), (&json!(25), &Value::Null, &Value::Null), "{shown}");
        assert_eq!(site.server.get("/api/v1/trash").await, trash, "a dry run emptied the trash");
        let asked = site.empty(Role::Admin, json!({"need_mb": 1, "reports": [first["report"]]})).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        let job = asked.json()["items"][0]["job"].as_i64().unwrap();
        assert_eq!(site.server.get(asked.header("location").unwrap()).await["items"][0]["id"], job);
        site.work().await;
        let rest = site.server.get("/api/v1/trash").await;
        assert_eq!(rest["items"], json!([trash["items"][1]]));
        assert_eq!(site.empty(Role::Admin, json!({"all": true})).await.status, 201);
        site.work().await;
        assert_eq!(site.server.get("/api/v1/trash").await, nothing);
    }

    async fn an_archived_copy_is_deleted_over_the_api_when_that_is_confirmed(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        site.asked(201, &site.body(json!({}))).await;
        site.work().await;
        let mut body = json!({"action": "delete", "reports": site.reports, "categories": ["sigproc"]});
        let refused = site.post(Role::Admin, &body).await;
        assert_eq!((refused.status, &refused.json()["possible"]), (200, &json!(0)), "{}", refused.body);
        assert!(refused.body.contains("only copy"), "{}", refused.body);
        body["confirm"] = json!(["archived"]);
        site.post(Role::Operator, &body).await.is_problem(403, "not-allowed");
        assert_eq!(site.post(Role::Admin, &body).await.status, 201);
        site.work().await;
        assert!(!site.tape().join("run0").exists());
        assert_eq!(site.server.get("/api/v1/trash").await["items"].as_array().unwrap().len(), 1);
        site.asked(201, &json!({"action": "restore", "reports": site.reports, "categories": ["sigproc"]})).await;
        site.work().await;
        assert!(site.dir.path().join("run0/acq_0024.dat").exists());
    }

    async fn verifications_are_asked_for_and_what_has_no_archive_says_so(database: &TestDatabase) {
        let site = Site::new(database, 2).await;
        let ask = async |role: Role, body: Value| {
            site.server.send(role, "POST", "/api/v1/verifications", &[], &body.to_string()).await
        };
        let none = ask(Role::Operator, json!({"reports": site.reports})).await;
        assert_eq!((none.status, &none.json()["batch"]), (200, &Value::Null), "{}", none.body);
        assert!(none.body.contains("no archive or export"), "{}", none.body);
        site.asked(201, &site.body(json!({"reports": [site.reports[0]]}))).await;
        site.work().await;
        ask(Role::Viewer, json!({"reports": site.reports})).await.is_problem(403, "not-allowed");
        for (wrong, field) in [(json!({}), "reports"), (json!({"reports": []}), "reports"), (json!({"reports": [1], "sample": "some"}), "sample"),
            (json!({"reports": [1], "categories": []}), "categories")] {
            let problem = ask(Role::Operator, wrong).await.is_problem(400, "bad-request");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let asked = ask(Role::Operator, json!({"reports": [site.reports[0]], "comment": "before the audit"})).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        let items = asked.json()["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["category"]), (1, &json!("sigproc")), "{items}");
        site.work().await;
        let done = site.server.get(&format!("/api/v1/jobs/{}", items[0]["job"])).await;
        assert_eq!((&done["status"], &done["result"]["whole"]), (&json!("done"), &json!(true)), "{done}");
        let known = site.server.get(&format!("/api/v1/reports/{}/verifications", site.reports[0])).await;
        assert_eq!(known["items"][0]["outcome"], "whole", "{known}");
    }
}
