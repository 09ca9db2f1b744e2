//! Health, readiness, metrics.

use crate::support::Server;
use runstow_catalog::{NewBatch, NewJob, VolumeFacts, VolumeKind, VolumeStatus, times};
use runstow_lifecycle::{Category, JobAction, Priority, State};
use runstow_server::ServerConfig;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_alive_and_ready_for_everybody() {
    let server = Server::start(ServerConfig::default()).await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{path}");
    }
    assert_eq!(server.send("HEAD", "/healthz", &[], "").await.body, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_catalog_is_gone_is_alive_and_not_ready() {
    let server = Server::start(ServerConfig::default()).await;
    server.catalog.close().await;
    assert_eq!(server.get("/healthz").await.status, 200);
    let answer = server.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("the catalog does not answer"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_what_the_catalog_holds_and_what_was_served() {
    let server = Server::with_dataset(ServerConfig::default()).await;
    let volume = VolumeFacts {
        name: "results".into(),
        kind: VolumeKind::Runs,
        path: "/results".into(),
        marker: None,
        filesystem: None,
        total_bytes: Some(1 << 40),
        available_bytes: Some(1 << 39),
        status: VolumeStatus::Ready,
        status_reason: String::new(),
    };
    server.catalog.upsert_volume(volume).await.unwrap();
    let batch = NewBatch {
        action: JobAction::Verify,
        comment: String::new(),
        user: "ion".into(),
        priority: Priority::Manual,
    };
    let since_us = times::now_us() - 90_000_000;
    let local =
        server.catalog.all_reports().await.unwrap().into_iter().find(|report| {
            report.category(Category::Output).is_some_and(|output| output.state == State::Local)
        });
    let job = NewJob::new(local.unwrap().id, Category::Output);
    assert!(server.catalog.enqueue_jobs(batch, vec![job], since_us).await.unwrap().jobs[0].is_ok());
    server.get("/no/such/page?api_key=secret").await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        "runstow_reports 98",
        "runstow_volume_size_bytes{volume=\"results\",kind=\"runs\"} 1099511627776",
        "runstow_volume_ready{volume=\"results\",kind=\"runs\"} 1",
        "runstow_http_requests_total{face=\"other\",method=\"GET\",status=\"404\"}",
        "runstow_http_request_duration_seconds_bucket{face=\"other\",le=\"0.001\"}",
        "runstow_http_requests_in_flight",
        "runstow_catalog_statements_total",
        "runstow_build_info{version=\"0.1.0\"} 1",
        "runstow_category_reports{category=\"sigproc\",state=\"AD\"}",
        "runstow_jobs{status=\"queued\"} 1",
        "runstow_jobs{status=\"needs_decision\"} 0",
    ] {
        assert!(metrics.body.lines().any(|known| known.starts_with(line)), "no {line} in {}", metrics.body);
    }
    let oldest =
        metrics.body.lines().find_map(|line| line.strip_prefix("runstow_jobs_oldest_queued_seconds "));
    assert!(oldest.unwrap().parse::<f64>().unwrap() >= 90.0, "{oldest:?}");
    assert!(!metrics.body.contains("secret") && !metrics.body.contains("/no/such"));
    // In the same test, because the process has one set of figures.
    server.catalog.close().await;
    assert!(server.get("/metrics").await.body.contains("runstow_catalog_up 0"));
}
