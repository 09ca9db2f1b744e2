//! Archives on real mounts, each test in a mount namespace of its own; only root may mount.

use std::path::Path;
use std::process::Command;

use runstow_engine::catalog::VolumeKind;
use runstow_engine::moves::{Confirmation, Destination, GateName, Request, Verdict, Wish, ask};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::TestDatabase;

use crate::site::{REPORT, Site};

const CHILD: &str = "RUNSTOW_OWN_MOUNTS";

/// Runs the test of this name, which is `story`, in a process with mounts of its own.
fn with_own_mounts<F: Future<Output = ()>>(name: &str, story: fn() -> F) {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(story());
    }
    let user = Command::new("id").arg("-u").output().unwrap();
    if user.stdout != b"0\n" {
        return;
    }
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn sh(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn mount(place: &Path) {
    std::fs::create_dir_all(place).unwrap();
    sh("mount", &["-t", "tmpfs", "none", place.to_str().unwrap()]);
}

fn unmount(place: &Path) {
    sh("umount", &[place.to_str().unwrap()]);
}

fn to(place: &Path, category: Category) -> Request {
    let destination = Some(Destination::look_at(place, false).unwrap());
    Request { destination, ..Request::new(JobAction::Archive, REPORT, category) }
}

/// It can not be asked for, and says that the archive is not there. Nothing is written where it was.
async fn is_refused(site: &Site, place: &Path, because: &str) {
    let before = std::fs::read_dir(place).unwrap().count();
    let plan = site.plan(to(place, Category::Output)).await;
    let gate = plan.gates.iter().find(|gate| gate.name == GateName::Destination).unwrap();
    assert_eq!((gate.verdict, gate.wants()), (Verdict::Confirm, Some(Confirmation::NewArchive)), "{gate:?}");
    assert!(gate.reason.contains("is not mounted") && gate.reason.contains(because), "{}", gate.reason);
    let asked = ask(&site.catalog, &[plan], JobAction::Archive, Wish::default()).await.unwrap();
    assert_eq!(asked.jobs.len(), 0);
    assert_eq!(std::fs::read_dir(place).unwrap().count(), before);
    assert_eq!(site.state(Category::Output).await, State::Local);
}

#[test]
fn an_unmounted_archive_is_not_replaced_by_what_lies_below_it_by_the_next_request() {
    with_own_mounts(
        "mounted::an_unmounted_archive_is_not_replaced_by_what_lies_below_it_by_the_next_request",
        unmounted,
    );
}

async fn unmounted() {
    let database = TestDatabase::sqlite();
    let mut site = Site::new(&database).await;
    let place = site.archive().join("arch");
    mount(&site.archive());
    mount(&place);
    let id = site.ask_for(to(&place, Category::Misc)).await;
    assert_eq!(site.work(id).await.status, JobStatus::Done);
    // A disk that is swapped for another, or is not there, or is named by way of a link.
    let aside = site.dir.path().join("aside");
    std::os::unix::fs::symlink(&place, &aside).unwrap();
    mount(&place);
    is_refused(&site, &place, "is missing").await;
    std::fs::write(place.join(".runstow-volume"), "6f0c2a56-7a3e-4b43-9c3a-8b8a8cbb1e11\n").unwrap();
    is_refused(&site, &place, "says 6f0c2a56").await;
    unmount(&place);
    let id = site.ask_for(to(&place, Category::Output)).await;
    assert!(site.catalog.cancel_job(id, "eve", 1).await.is_ok());
    unmount(&place);
    is_refused(&site, &place, "is missing").await;
    is_refused(&site, &aside, "is missing").await;

    // A scan leaves what is known of the archive as it is.
    site.scan_again().await;
    is_refused(&site, &place, "is missing").await;
    let archives = || async {
        let all = site.catalog.volumes().await.unwrap();
        all.into_iter().filter(|volume| volume.facts.kind == VolumeKind::Archive).collect::<Vec<_>>()
    };
    let before = archives().await;
    assert_eq!((before.len(), before[0].facts.path.as_str()), (1, place.to_str().unwrap()));

    // It is a new one, if an admin says so, and known from then on.
    let new = Request { confirmed: vec![Confirmation::NewArchive], ..to(&place, Category::Output) };
    let id = site.ask_for(new).await;
    assert_eq!(site.work(id).await.status, JobStatus::Done);
    let after = archives().await;
    assert_eq!(after.len(), 1);
    assert_ne!(after[0].facts.marker, before[0].facts.marker);
    let id = site.ask_for(to(&place, Category::Basecall)).await;
    assert_eq!(site.work(id).await.status, JobStatus::Done);
}
