//! Jobs: seen by viewers, steered by operators, decided by those who may ask for the action.

use std::time::Duration;

use runstow_catalog::{Choice, ClaimLimits, Claimed, NewBatch, NewJob, Told, times::now_us};
use runstow_lifecycle::{Category, JobAction, Priority, Role, State};
use runstow_testkit::on_both_databases;
use serde_json::Value;

use crate::support::{Answer, Server};

/// Local output files of some reports, oldest first.
async fn local(server: &Server, count: usize) -> Vec<i64> {
    let reports = server.catalog.all_reports().await.unwrap().into_iter();
    let local = |category: Option<&runstow_catalog::registry::CategoryState>| {
        category.is_some_and(|c| c.state == State::Local)
    };
    let mut ids = Vec::new();
    for report in reports.filter(|report| local(report.category(Category::Output))) {
        if server.catalog.report_entry(report.id).await.unwrap().is_some() {
            ids.push(report.id);
        }
    }
    ids.truncate(count);
    assert_eq!(ids.len(), count);
    ids
}

async fn ask(server: &Server, action: JobAction, reports: &[i64]) -> Vec<i64> {
    let batch =
        NewBatch { action, comment: "to make room".into(), user: "ion".into(), priority: Priority::Manual };
    let jobs = reports.iter().map(|report| NewJob::new(*report, Category::Output)).collect();
    let asked = server.catalog.enqueue_jobs(batch, jobs, now_us()).await.unwrap();
    asked.jobs.into_iter().map(Result::unwrap).collect()
}

/// Has a worker take the next job and ask people about it.
async fn ask_people(server: &Server) -> i64 {
    let claimed = server
        .catalog
        .claim_job("w", Duration::from_secs(60), ClaimLimits::default(), now_us())
        .await
        .unwrap();
    let Claimed::Job(job) = claimed else { panic!("{claimed:?}") };
    let choices = [Choice { id: "overwrite".into(), label: "Overwrite the copy".into() }];
    server
        .catalog
        .ask_decision(job.ticket(), &Told::new("exists", "another copy lies there"), &choices)
        .await
        .unwrap();
    job.id
}

async fn post(server: &Server, role: Role, path: &str, tag: &str, body: &str) -> Answer {
    let headers = [("If-Match", tag)];
    server.send(role, "POST", path, if tag.is_empty() { &[] } else { &headers }, body).await
}

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

on_both_databases! {
    async fn jobs_are_listed_filtered_and_paged(database: &TestDatabase) {
        let server = Server::start(database).await;
        let reports = local(&server, 5).await;
        let mut jobs = ask(&server, JobAction::Archive, &reports[..4]).await;
        jobs.extend(ask(&server, JobAction::Delete, &reports[4..]).await);
        let newest_first: Vec<i64> = jobs.iter().rev().copied().collect();
        assert_eq!(ids(&server.get("/api/v1/jobs").await), newest_first);
        let page = server.get("/api/v1/jobs?action=archive,export&limit=3").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = server.get(&format!("/api/v1/jobs?action=archive,export&limit=3&cursor={cursor}")).await;
        assert_eq!((ids(&page), ids(&rest)), (newest_first[1..4].to_vec(), newest_first[4..].to_vec()));
        assert!(rest["next_cursor"].is_null());
        let other = server.send(Role::Viewer, "GET", &format!("/api/v1/jobs?cursor={cursor}"), &[], "").await;
        other.is_problem(404, "no-such-page");
        assert_eq!(ids(&server.get(&format!("/api/v1/jobs?report={}&status=queued&user=ion", reports[4])).await), [jobs[4]]);
        assert_eq!(ids(&server.get("/api/v1/jobs?user=nobody").await), [0_i64; 0]);
        for bad in ["status=late", "action=erase", "report=0", "user=%00", "limit=501", "colour=red"] {
            server.send(Role::Viewer, "GET", &format!("/api/v1/jobs?{bad}"), &[], "").await.is_problem(400, "bad-request");
        }
        let job = server.get(&format!("/api/v1/jobs/{}", jobs[0])).await;
        assert_eq!((job["status"].as_str(), job["action"].as_str(), job["category"].as_str(), job["user"].as_str()),
            (Some("queued"), Some("archive"), Some("output"), Some("ion")));
        assert_eq!((job["report"].as_i64(), job["previous_state"].as_str(), job["progress"]["phase"].as_str()),
            (Some(reports[0]), Some("L"), Some("plan")));
        server.send(Role::Viewer, "GET", "/api/v1/jobs/999", &[], "").await.is_problem(404, "not-found");
        let history = server.get(&format!("/api/v1/reports/{}/history", reports[0])).await;
        assert_eq!(history["items"][0]["text"], "Archive of Output Files asked for: to make room", "{history}");
        let seen = server.catalog.list::<runstow_catalog::query::Events>(&Default::default()).await.unwrap();
        let events = seen.rows.iter().filter(|event| event.username == "ion" && event.text.contains("asked for")).count();
        assert_eq!(events, 5, "the compatible history lists them");
    }

    async fn a_job_is_cancelled_once(database: &TestDatabase) {
        let server = Server::start(database).await;
        let report = local(&server, 1).await[0];
        let id = ask(&server, JobAction::Delete, &[report]).await[0];
        let path = format!("/api/v1/jobs/{id}/cancel");
        post(&server, Role::Viewer, &path, "", "").await.is_problem(403, "not-allowed");
        let cancelled = post(&server, Role::Operator, &path, "", "").await;
        assert_eq!((cancelled.status, cancelled.json()["status"].as_str(), cancelled.json()["cancel_by"].as_str()),
            (200, Some("cancelled"), Some("the-operator")));
        let again = post(&server, Role::Operator, &path, "", "").await.is_problem(409, "conflict");
        assert_eq!(again["detail"], format!("Job {id} has ended already: it is cancelled."));
        let state = server.get(&format!("/api/v1/reports/{report}/categories/output")).await;
        assert_eq!(state["state"], "L", "{state}");
        post(&server, Role::Operator, "/api/v1/jobs/999/cancel", "", "").await.is_problem(404, "not-found");
    }

    async fn a_decision_is_about_what_was_seen(database: &TestDatabase) {
        let server = Server::start(database).await;
        let report = local(&server, 1).await[0];
        ask(&server, JobAction::Archive, &[report]).await;
        let id = ask_people(&server).await;
        let (job, decision) = (format!("/api/v1/jobs/{id}"), format!("/api/v1/jobs/{id}/decision"));
        let seen = server.send(Role::Viewer, "GET", &job, &[], "").await;
        let tag = seen.header("etag").unwrap();
        assert_eq!((seen.json()["status"].as_str(), seen.json()["choices"][0]["id"].as_str(), seen.json()["reason"]["kind"].as_str()),
            (Some("needs_decision"), Some("overwrite"), Some("exists")));
        let body = r#"{"choice": "overwrite"}"#;
        post(&server, Role::Operator, &decision, "", body).await.is_problem(428, "condition-missing");
        post(&server, Role::Operator, &decision, "\"other\"", body).await.is_problem(412, "changed");
        post(&server, Role::Operator, &decision, tag, r#"{"choice": "erase"}"#).await.is_problem(409, "conflict");
        post(&server, Role::Operator, &decision, tag, "{}").await.is_problem(400, "bad-request");
        let decided = post(&server, Role::Operator, &decision, tag, body).await;
        assert_eq!((decided.status, decided.json()["status"].as_str(), decided.json()["decision"].as_str()), (200, Some("queued"), Some("overwrite")));
        post(&server, Role::Admin, &decision, tag, body).await.is_problem(412, "changed");
        post(&server, Role::Admin, &decision, "*", body).await.is_problem(409, "conflict");
    }

    async fn a_delete_goes_on_only_when_an_admin_says_so(database: &TestDatabase) {
        let server = Server::start(database).await;
        let report = local(&server, 1).await[0];
        ask(&server, JobAction::Delete, &[report]).await;
        let id = ask_people(&server).await;
        let (retry, decision) = (format!("/api/v1/jobs/{id}/retry"), format!("/api/v1/jobs/{id}/decision"));
        post(&server, Role::Operator, &retry, "", "").await.is_problem(403, "not-allowed");
        post(&server, Role::Operator, &decision, "*", r#"{"choice": "overwrite"}"#).await.is_problem(403, "not-allowed");
        assert_eq!(post(&server, Role::Admin, &retry, "", "").await.json()["status"], "queued");
        post(&server, Role::Admin, &retry, "", "").await.is_problem(409, "conflict");
        assert_eq!(post(&server, Role::Operator, &format!("/api/v1/jobs/{id}/cancel"), "", "").await.status, 200);
    }
}
