//! A server with runs and reports on disk, a destination, and somebody who asks for moves.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runstow_catalog::registry::{Change, ReportFacts, RunFacts, RunRef};
use runstow_catalog::{StoredPath, VolumeFacts, VolumeKind};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Limits, Settings, Worker};
use runstow_lifecycle::{FileSets, Role};
use runstow_server::ServerConfig;
use runstow_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::support::{Answer, Server, tape_at};

/// A server with real files and a destination named `tape`.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Server,
    /// Reports, each with a run of its own and 25 signal files (1, where there are many).
    pub(crate) reports: Vec<i64>,
}

impl Site {
    pub(crate) async fn new(database: &TestDatabase, reports: usize) -> Self {
        Self::limited(database, reports, Limits::default()).await
    }

    pub(crate) async fn limited(database: &TestDatabase, reports: usize, limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("tape")).unwrap();
        let settings = Settings { limits, ..tape_at(&dir.path().join("tape")) };
        let server = Server::moving(database, ServerConfig::default(), settings).await;
        let files = if reports < 100 { 25 } else { 1 };
        let mut changes = Vec::new();
        for number in 0..reports {
            let (run, report) =
                (dir.path().join(format!("run{number}")), dir.path().join(format!("report{number}")));
            std::fs::create_dir(&run).unwrap();
            std::fs::create_dir(&report).unwrap();
            for file in 0..files {
                std::fs::write(run.join(format!("acq_{file:04}.dat")), [7; 1000]).unwrap();
            }
            changes.push(Change::Run(run_facts(&run)));
            changes.push(Change::Report(report_facts(&report, &run)));
        }
        // Moves take files from below storage roots only.
        let root = VolumeFacts::new("rawdata", VolumeKind::Runs, dir.path().to_string_lossy());
        server.catalog.upsert_volume(root).await.unwrap();
        let made = server.catalog.apply(&changes).await.unwrap();
        Self { dir, server, reports: made.iter().skip(1).step_by(2).map(|made| made.id).collect() }
    }

    pub(crate) fn tape(&self) -> PathBuf {
        self.dir.path().join("tape")
    }

    pub(crate) async fn post(&self, role: Role, body: &Value) -> Answer {
        self.server.send(role, "POST", "/api/v1/jobs", &[], &body.to_string()).await
    }

    /// An answer of an operator's request that must succeed.
    pub(crate) async fn asked(&self, status: u16, body: &Value) -> Value {
        let answer = self.post(Role::Operator, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        answer.json()
    }

    /// The archive of signal files of all reports, with these changes.
    pub(crate) fn body(&self, changes: Value) -> Value {
        let mut body = json!({"action": "archive", "reports": self.reports, "categories": ["sigproc"], "destination": "tape"});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    }

    pub(crate) async fn work(&self) {
        let classifiers = Arc::new(Classifiers::new(&Arc::new(FileSets::built_in().clone())).unwrap());
        Worker::new(self.server.catalog.clone(), classifiers, "test").work().await.unwrap();
    }

    pub(crate) async fn jobs(&self) -> usize {
        self.server.get("/api/v1/jobs").await["items"].as_array().unwrap().len()
    }
}

pub(crate) fn run_facts(dir: &Path) -> RunFacts {
    let exp_name = dir.file_name().unwrap().to_string_lossy().into_owned();
    RunFacts { exp_dir: StoredPath::from(dir), exp_name, finished: true, ..RunFacts::default() }
}

pub(crate) fn report_facts(dir: &Path, run: &Path) -> ReportFacts {
    ReportFacts {
        report_dir: StoredPath::from(dir),
        moved_from: None,
        wanted_id: None,
        run: RunRef::Dir(StoredPath::from(run)),
        results_name: dir.file_name().unwrap().to_string_lossy().into_owned(),
        time_stamp_us: 0,
        thumbnail: false,
        parent_dir: None,
        ts_version: None,
        fingerprint: None,
    }
}
