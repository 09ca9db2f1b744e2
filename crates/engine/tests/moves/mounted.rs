//! Archives on real mounts, each test in a mount namespace of its own; only root may mount.

use std::path::Path;
use std::process::Command;

use runstow_engine::catalog::{ClaimLimits, Claimed, Edit, Progress, Told, VolumeKind, times};
use runstow_engine::moves::{Confirmation, Destination, GateName, Request, Verdict, Wish, ask, outline};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, State};
use runstow_testkit::TestDatabase;

use crate::site::{REPORT, Site};

const LEASE: std::time::Duration = std::time::Duration::from_secs(60);
const CHILD: &str = "RUNSTOW_OWN_MOUNTS";

/// Runs the test of this name, which is `story`, in a process with mounts of its own.
pub(crate) fn with_own_mounts<F: Future<Output = ()>>(name: &str, story: fn() -> F) {
    in_a_process_of_its_own(name, &["unshare", "--mount", "--propagation", "private"], story);
}

/// The same by way of a program that changes what the process may do.
fn in_a_process_of_its_own<F: Future<Output = ()>>(name: &str, by_way_of: &[&str], story: fn() -> F) {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(story());
    }
    let user = Command::new("id").arg("-u").output().unwrap();
    if user.stdout != b"0\n" {
        return;
    }
    let output = Command::new(by_way_of[0])
        .args(&by_way_of[1..])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

pub(crate) fn sh(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn mount(place: &Path) {
    std::fs::create_dir_all(place).unwrap();
    sh("mount", &["-t", "tmpfs", "none", place.to_str().unwrap()]);
}

pub(crate) fn unmount(place: &Path) {
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

#[test]
fn a_destination_of_another_user_is_refused_when_it_is_asked_for_and_not_waited_for() {
    // Root without the right to ignore permissions is as good as anybody.
    in_a_process_of_its_own(
        "mounted::a_destination_of_another_user_is_refused_when_it_is_asked_for_and_not_waited_for",
        &["setpriv", "--bounding-set", "-dac_override,-dac_read_search"],
        another_users,
    );
}

async fn another_users() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let gate = async || {
        let plan = site.plan(site.request(Category::Misc)).await;
        let mut gates = plan.gates.into_iter().filter(|gate| gate.name == GateName::Destination);
        gates.find(|gate| gate.verdict == Verdict::Failed).map(|gate| gate.reason)
    };
    assert_eq!(gate().await, None);
    for (folder, owner) in [
        (".", "65534"),
        (".", "0"),
        (".runstow-incoming", "65534"),
        (".runstow-incoming", "0"),
        ("archivedReports", "65534"),
    ] {
        let folder = site.archive().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        sh("chown", &[owner, folder.to_str().unwrap()]);
        let told = gate().await;
        match owner {
            "0" => assert_eq!(told, None, "{folder:?}"),
            _ => assert!(told.is_some_and(|why| why.contains("can not be written")), "{folder:?}"),
        }
    }
}

#[test]
fn the_room_of_a_job_that_copies_and_proves_at_once_stays_promised() {
    with_own_mounts("mounted::the_room_of_a_job_that_copies_and_proves_at_once_stays_promised", promised);
}

async fn promised() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let size = site.plan(site.request(Category::Sigproc)).await.totals.bytes;
    let other = site.plan(site.request(Category::Output)).await.totals.bytes;
    let room = (size.max(other) + size.min(other) / 2).div_ceil(4096) * 4096;
    sh("mount", &["-t", "tmpfs", "-o", &format!("size={room}"), "none", site.archive().to_str().unwrap()]);
    let id = site.ask_for(to(&site.archive(), Category::Sigproc)).await;
    let claimed = site.catalog.claim_job("busy", LEASE, ClaimLimits::default(), times::now_us()).await;
    let Claimed::Job(job) = claimed.unwrap() else { panic!("there is a job") };
    let fits = async |copied: u64| {
        let bytes_copied = i64::try_from(copied).unwrap();
        let progress = Progress { bytes_copied, ..Progress::start(Phase::Prove) };
        site.catalog.renew_job(job.ticket(), LEASE, &progress, times::now_us()).await.unwrap();
        let plan = site.plan(to(&site.archive(), Category::Output)).await;
        let gate = plan.gates.into_iter().find(|gate| gate.name == GateName::Room).unwrap();
        gate.verdict == Verdict::Passed
    };
    assert!(!fits(0).await, "nothing of it is there yet");
    assert!(fits(size).await, "all of it is there");
    // The worker counts what it has copied, whatever phase it shows.
    site.catalog.wait_job(job.ticket(), &Told::new("x", "y"), 0).await.unwrap();
    let done = site.work(id).await;
    assert_eq!(
        (done.status, done.progress.bytes_copied),
        (JobStatus::Done, i64::try_from(size).unwrap()),
        "{done:?}"
    );
}

#[test]
fn an_archive_whose_journal_is_lost_while_its_sources_are_removed_is_not_called_local() {
    with_own_mounts(
        "mounted::an_archive_whose_journal_is_lost_while_its_sources_are_removed_is_not_called_local",
        journal_lost,
    );
}

async fn journal_lost() {
    for looked_at in [true, false] {
        lose_the_journal(looked_at).await;
    }
}

/// A job that was planned with or without a look at the files: without one, what is left might be taken for the plan.
async fn lose_the_journal(looked_at: bool) {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
    let run = found.run.exp_dir.to_path();
    let request = site.request(Category::Sigproc);
    let plan = match looked_at {
        true => site.plan(request).await,
        false => outline(&site.catalog, &site.classifiers, request).await.unwrap().unwrap(),
    };
    let asked = ask(&site.catalog, &[plan], JobAction::Archive, Wish::default()).await.unwrap();
    let id = *asked.jobs[0].as_ref().unwrap();
    // One source that nobody can remove stops the worker in the middle of the removal.
    let stuck = run.join("acq_0001.dat");
    sh("mount", &["--bind", stuck.to_str().unwrap(), stuck.to_str().unwrap()]);
    let job = site.work(id).await;
    assert!(job.status == JobStatus::Waiting && job.published(), "{job:?}");
    let place = || async {
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        found.report.category(Category::Sigproc).unwrap().archive_path.clone()
    };
    let archive = place().await.expect("known before anything was removed");
    unmount(&stuck);
    // What that worker may not have come to.
    let gone = run.join("acq_0000.dat");
    if gone.exists() {
        std::fs::remove_file(&gone).unwrap();
    }
    std::fs::remove_dir_all(site.archive().join(".runstow-incoming")).unwrap();

    for attempt in 0..2 {
        match attempt {
            0 => site.retry(id).await,
            // Giving up leads nowhere else.
            _ => assert!(matches!(site.catalog.cancel_job(id, "eve", 1).await.unwrap(), Edit::Done(_))),
        }
        let job = site.work(id).await;
        assert_eq!(
            (job.status, site.state(Category::Sigproc).await),
            (JobStatus::NeedsDecision, State::Error),
            "{job:?}"
        );
        let told = job.reason.unwrap().text;
        assert!(
            !told.to_lowercase().contains("nothing was") && told.contains(&archive.text().to_string()),
            "{told}"
        );
        assert_eq!(place().await.as_ref(), Some(&archive));
    }
    assert!(matches!(
        site.catalog.decide_job(id, "cancel", "eve", |_| true).await.unwrap(),
        Edit::Refused(_)
    ));
    assert!(matches!(site.catalog.decide_job(id, "archived", "eve", |_| true).await.unwrap(), Edit::Done(_)));
    let job = site.work(id).await;
    assert_eq!(
        (job.status, site.state(Category::Sigproc).await),
        (JobStatus::Done, State::Archived),
        "{job:?}"
    );
    assert_eq!((place().await, site.journals()), (Some(archive), 0));
    site.nothing_is_lost();
    let id = site.ask_for(Request::new(JobAction::Restore, REPORT, Category::Sigproc)).await;
    let job = site.work(id).await;
    assert_eq!(job.status, JobStatus::Done, "{job:?}");
    assert!(gone.exists() && stuck.exists());
    site.nothing_is_lost();
}
