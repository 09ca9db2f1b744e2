//! Reports, their categories, figures.

use runstow_catalog::{VolumeFacts, VolumeKind, VolumeStatus};
use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;

use crate::support::Server;

on_both_databases! {
    async fn a_report_shows_all_that_is_known_of_it(database: &TestDatabase) {
        let server = Server::start(database).await;
        let report = server.get("/api/v1/reports/1").await;
        assert_eq!(report["name"], "Auto_R_2011_02_11_10_38_39_user_PGM1-1-run_001");
        assert_eq!(report["date"], "2012-12-31T23:59:59.999999Z");
        assert_eq!(report["run"]["directory"], "/rawdata/R_2011_02_11_10_38_39_user_PGM1-1-run");
        let sigproc = &report["categories"]["sigproc"];
        assert_eq!((sigproc["state"].as_str(), sigproc["state_label"].as_str()), (Some("S"), Some("Selected")));
        assert_eq!(report["categories"]["output"]["keep"]["kept"], true);
        assert_eq!(report["categories"]["output"]["keep"]["owner"], serde_json::Value::Null);
        let category = server.get("/api/v1/reports/1/categories/sigproc").await;
        assert_eq!(&category, sigproc);

        let answer = server.send(Role::Viewer, "GET", "/api/v1/reports/1", &[], "").await;
        let tag = answer.header("etag").unwrap().to_owned();
        let again = server.send(Role::Viewer, "GET", "/api/v1/reports/1", &[("If-None-Match", &tag)], "").await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        server.send(Role::Viewer, "GET", "/api/v1/reports/999999", &[], "").await.is_problem(404, "not-found");
        server.send(Role::Viewer, "GET", "/api/v1/reports/one", &[], "").await.is_problem(404, "not-found");
        server.send(Role::Viewer, "GET", "/api/v1/reports/1/categories/raw", &[], "").await.is_problem(404, "not-found");
    }

    async fn figures_and_volumes_tell_how_much_is_kept(database: &TestDatabase) {
        let server = Server::start(database).await;
        let facts = |name: &str, path: &str| VolumeFacts {
            name: name.into(), kind: VolumeKind::Runs, path: path.into(), marker: None, filesystem: None,
            total_bytes: Some(1 << 50), available_bytes: Some(1 << 49), status: VolumeStatus::Ready,
            status_reason: String::new(),
        };
        server.catalog.upsert_volume(facts("Results", "/results")).await.unwrap();
        let raw = server.catalog.upsert_volume(facts("Raw", "/rawdata")).await.unwrap();
        let volumes = server.get("/api/v1/volumes").await;
        assert_eq!(volumes["items"].as_array().unwrap().len(), 2);
        let one = server.get(&format!("/api/v1/volumes/{}", raw.id)).await;
        assert_eq!((one["name"].as_str(), one["used_percent"].as_f64()), (Some("Raw"), Some(50.0)));
        assert!(one["kept_mb"].as_f64().unwrap() > 0.0, "{one}");
        let before = one["kept_mb"].as_f64().unwrap();
        let keep = server.send(Role::Operator, "PUT", "/api/v1/reports/1/categories/sigproc/keep",
            &[("If-Match", "*")], r#"{"reason": "x"}"#).await;
        assert_eq!(keep.status, 200, "{keep:?}");
        let one = server.get(&format!("/api/v1/volumes/{}", raw.id)).await;
        assert!(one["kept_mb"].as_f64().unwrap() > before, "{one}");

        let figures = server.get("/api/v1/statistics").await;
        assert_eq!(figures["categories"].as_array().unwrap().len(), 4);
        let counted: i64 = figures["categories"][0]["states"].as_array().unwrap().iter().map(|s| s["reports"].as_i64().unwrap()).sum();
        assert!(counted > 0 && counted <= figures["reports"].as_i64().unwrap(), "{figures}");
    }

    async fn scans_show_what_they_warned_of(database: &TestDatabase) {
        let server = Server::start(database).await;
        assert_eq!(server.get("/api/v1/scans").await["items"].as_array().unwrap().len(), 0);
        let id = server.catalog.start_scan().await.unwrap();
        let warning = runstow_catalog::ScanWarning { path: "/results/x".into(), message: "no explog.txt".into() };
        server.catalog.finish_scan(id, runstow_catalog::ScanOutcome::Partial, r#"{"runs": 3}"#, &[warning]).await.unwrap();
        let scans = server.get("/api/v1/scans?limit=1").await;
        assert_eq!(scans["items"][0]["outcome"], "partial");
        let scan = server.get(&format!("/api/v1/scans/{id}")).await;
        assert_eq!((scan["scan"]["summary"]["runs"].as_i64(), scan["warnings"][0]["path"].as_str()), (Some(3), Some("/results/x")));
        server.send(Role::Viewer, "GET", "/api/v1/scans/77", &[], "").await.is_problem(404, "not-found");
    }
}
