//! Files of a category, from a real tree.

use runstow_catalog::StoredPath;
use runstow_catalog::registry::{Change, ReportFacts, RunFacts, RunRef};
use runstow_lifecycle::{Category, Role, State};
use runstow_testkit::on_both_databases;

use crate::support::Server;

#[expect(clippy::disallowed_methods, reason = "a test makes the tree that is looked at")]
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("run")).unwrap();
    std::fs::create_dir_all(dir.path().join("report")).unwrap();
    for n in 0..25 {
        std::fs::write(dir.path().join(format!("run/acq_{n:04}.dat")), [0; 1000]).unwrap();
    }
    dir
}

on_both_databases! {
    async fn files_come_in_pages_and_each_once(database: &TestDatabase) {
        let server = Server::start(database).await;
        let tree = tree();
        let run_dir = StoredPath::from(tree.path().join("run"));
        let run = RunFacts { exp_dir: run_dir.clone(), exp_name: "files".into(), ..RunFacts::default() };
        let report = ReportFacts {
            report_dir: StoredPath::from(tree.path().join("report")), moved_from: None, wanted_id: None, run: RunRef::Dir(run_dir),
            results_name: "files".into(), time_stamp_us: 0, thumbnail: false, parent_dir: None, ts_version: None, fingerprint: None,
        };
        let made = server.catalog.apply(&[Change::Run(run), Change::Report(report)]).await.unwrap();
        let below = format!("/api/v1/reports/{}/categories/sigproc/files", made[1].id);
        let mut path = format!("{below}?action=archive&limit=10");
        let mut seen = Vec::new();
        loop {
            let page = server.get(&path).await;
            assert_eq!(page["total"], 25, "{page}");
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("{below}?action=archive&limit=10&cursor={cursor}");
        }
        assert_eq!(seen.len(), 25);
        assert!(seen.is_sorted() && seen[0].ends_with("/run/acq_0000.dat"), "{seen:?}");
        let other = path.replace("archive", "delete");
        server.send(Role::Viewer, "GET", &other, &[], "").await.is_problem(404, "no-such-page");
        server.send(Role::Viewer, "GET", &format!("{below}?action=burn"), &[], "").await.is_problem(400, "bad-request");
        server.catalog.set_states(made[1].id, &[(Category::Sigproc, State::Deleted, None)]).await.unwrap();
        let gone = server.send(Role::Viewer, "GET", &format!("{below}?action=archive"), &[], "").await;
        gone.is_problem(409, "action-refused");
    }
}
