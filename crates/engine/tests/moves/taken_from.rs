//! Where files are taken away from is looked at when that is asked for, and again when it begins.

use std::path::PathBuf;

use runstow_engine::moves::Request;
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::TestDatabase;

use crate::mounted::{sh, unmount, with_own_mounts};
use crate::site::{REPORT, Site};

async fn run_of(site: &Site) -> PathBuf {
    site.catalog.report_with_run(REPORT).await.unwrap().unwrap().run.exp_dir.to_path()
}

/// An archive and a delete.
fn removals(site: &Site) -> [Request; 2] {
    [site.request(Category::Sigproc), Request::new(JobAction::Delete, REPORT, Category::Sigproc)]
}

/// With that disk away, the root around it said that the files were gone: deletes forgot their trash, archives called themselves done.
#[test]
fn nothing_is_taken_from_a_disk_that_is_mounted_below_a_storage_root() {
    with_own_mounts(
        "taken_from::nothing_is_taken_from_a_disk_that_is_mounted_below_a_storage_root",
        below_a_root,
    );
}

async fn below_a_root() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let run = run_of(&site).await;
    let instrument = run.parent().unwrap().to_str().unwrap();
    let mounted = || sh("mount", &["--bind", instrument, instrument]);
    mounted();
    for request in removals(&site) {
        let plan = site.plan(request).await;
        let told = plan.objections.join("; ");
        assert!(told.contains("lies on a disk of its own") && told.contains(instrument), "{told}");
    }
    let export = Request { action: JobAction::Export, ..site.request(Category::Sigproc) };
    assert!(site.plan(export).await.is_possible(), "an export takes nothing away");
    unmount(run.parent().unwrap());

    // Mounted after it was asked for.
    for request in removals(&site) {
        let id = site.ask_for(request).await;
        mounted();
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Failed, State::Local));
        assert!(job.reason.unwrap().text.contains("lies on a disk of its own"));
        site.nothing_is_lost();
        unmount(run.parent().unwrap());
    }
}

/// A run was moved away and a link left in its place after its archive was planned: files outside all storage roots were removed.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_from_outside_when_a_link_came_after_the_plan() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let run = run_of(&site).await;
    for request in removals(&site) {
        let id = site.ask_for(request).await;
        let outside = site.dir.path().join("outside");
        std::fs::rename(&run, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &run).unwrap();
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Failed, State::Local));
        assert!(job.reason.unwrap().text.contains("below no storage root"));
        assert!(outside.join("acq_0000.dat").exists());
        std::fs::remove_file(&run).unwrap();
        std::fs::rename(&outside, &run).unwrap();
        site.nothing_is_lost();
    }
}
