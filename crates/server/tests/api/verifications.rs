//! What is known of archives that were read again.

use std::time::Duration;

use runstow_catalog::{ClaimLimits, Claimed, NewBatch, NewJob, VerificationFound, times::now_us};
use runstow_lifecycle::{Category, JobAction, Priority, Role, Wholeness};
use runstow_testkit::on_both_databases;
use serde_json::json;

use crate::support::Server;

on_both_databases! {
    async fn a_verification_shows_on_its_report(database: &TestDatabase) {
        let server = Server::start(database).await;
        let reports = server.catalog.all_reports().await.unwrap();
        let report = reports.iter().find(|report| {
            report.category(Category::Output).is_some_and(|known| known.state.code() == "AD")
        });
        let report = report.unwrap().id;
        let path = format!("/api/v1/reports/{report}/verifications");
        assert_eq!(server.get(&path).await, json!({"items": []}));
        let (comment, user) = (String::new(), "ion".to_owned());
        let batch = NewBatch { action: JobAction::Verify, comment, user, priority: Priority::Manual };
        let jobs = vec![NewJob::new(report, Category::Output)];
        server.catalog.enqueue_jobs(batch, jobs, now_us()).await.unwrap();
        let lease = Duration::from_secs(60);
        let claimed = server.catalog.claim_job("w", lease, ClaimLimits::default(), now_us()).await.unwrap();
        let Claimed::Job(job) = claimed else { panic!("{claimed:?}") };
        server.catalog.begin_job(job.ticket(), now_us()).await.unwrap();
        let (outcome, complete) = (Wholeness::Damaged, true);
        let folder = "/archive/report".into();
        let found = VerificationFound { folder, outcome, complete, findings: 3, files: 12, bytes: 3400 };
        let told = server.catalog.finish_verification(job.ticket(), found, "{}".into(), "so".into(), 1_700_000_000_000_000);
        assert!(told.await.unwrap());
        let shown = server.get(&path).await;
        let time = "2023-11-14T22:13:20Z";
        assert_eq!(shown["items"], json!([{"category": "output", "folder": "/archive/report", "outcome": "damaged",
            "verified": time, "all_read": time, "findings": 3, "files": 12, "bytes": 3400, "job": job.id}]));
        let nowhere = "/api/v1/reports/999999/verifications";
        server.send(Role::Viewer, "GET", nowhere, &[], "").await.is_problem(404, "not-found");
    }
}
