//! What people do between the beginning of a job and its first removal. A tester's find: an archive that found a Keep when its
//! copies were complete could not be cancelled, and carried out later what was cancelled; holds and Keep of that time did nothing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use runstow_engine::catalog::{Edit, HoldOn, Job, KeepWish, NewHold, times};
use runstow_engine::moves::{Bandwidth, Confirmation, Destinations, NamedDestination, Request, Worked};
use runstow_engine::progress::Silent;
use runstow_engine::scan::scan;
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::{TestDatabase, on_both_databases};

use crate::site::{REPORT, Site};

/// With signal files that take some seconds to be copied.
async fn slow_site(database: &TestDatabase) -> Site {
    let mut site = Site::new(database).await;
    let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
    std::fs::write(found.run.exp_dir.to_path().join("acq_0099.dat"), vec![5; 3 << 20]).unwrap();
    site.scan_again().await;
    site
}

/// Nothing proves that a run is finished to which a file was just written.
async fn ask(site: &Site) -> i64 {
    let confirmed = vec![Confirmation::Unfinished];
    site.ask_for(Request { confirmed, ..site.request(Category::Sigproc) }).await
}

/// One turn of a worker that copies 1 MB in a second. When it copies, something happens; the job as it is then.
async fn work_while(site: &Site, id: i64, meanwhile: impl Future<Output = ()>) -> Job {
    let slow = NamedDestination {
        name: "slow".into(),
        path: site.archive(),
        not_mounted: true,
        max_mb_per_second: NonZeroU32::new(1),
    };
    let worker = site.worker().with_bandwidth(Arc::new(Bandwidth::new(&Destinations::new(vec![slow]))));
    let (worked, ()) = tokio::join!(worker.work(), async {
        while !copies(site) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        meanwhile.await;
    });
    assert_eq!(worked.unwrap(), Worked::On(id));
    site.catalog.job(id).await.unwrap().unwrap()
}

fn copies(site: &Site) -> bool {
    let Ok(journals) = std::fs::read_dir(site.archive().join(".runstow-incoming")) else { return false };
    journals
        .flatten()
        .flat_map(|journal| std::fs::read_dir(journal.path()))
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("staged-"))
}

async fn hold(site: &Site) -> i64 {
    let new = NewHold {
        on: HoldOn::Report(REPORT),
        who: "pipeline 7".into(),
        reason: "calls variants".into(),
        expires_us: None,
    };
    site.catalog.add_hold(new, "eve").await.unwrap().unwrap().id
}

/// It waits with all its copies in their place, and names the hold.
async fn waits_for_the_hold(site: &Site, job: &Job) {
    let told = job.reason.clone().unwrap();
    assert_eq!((job.status, told.kind.as_str()), (JobStatus::Waiting, "in-use"), "{told:?}");
    assert!(told.text.contains("pipeline 7 (calls variants)"), "{told:?}");
    assert!(!job.published() && site.journals() == 1 && !site.archived().is_empty());
    site.nothing_is_lost();
}

on_both_databases! {
    async fn a_hold_that_came_while_it_copied_is_waited_for_before_anything_is_removed(database: &TestDatabase) {
        let site = slow_site(database).await;
        let id = ask(&site).await;
        let job = work_while(&site, id, async { _ = hold(&site).await }).await;
        waits_for_the_hold(&site, &job).await;
        site.retry(id).await;
        let job = site.work(id).await;
        waits_for_the_hold(&site, &job).await;
        let [held] = &site.catalog.holds(Default::default(), 0, 9).await.unwrap()[..] else { panic!("one hold") };
        assert!(site.catalog.release_hold(held.id, "eve").await.unwrap());
        site.retry(id).await;
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Done, State::Archived), "{job:?}");
        site.nothing_is_lost();
    }

    async fn a_complete_archive_that_was_not_published_is_cancelled_and_stays_cancelled(database: &TestDatabase) {
        let site = slow_site(database).await;
        let id = ask(&site).await;
        let job = work_while(&site, id, async { _ = hold(&site).await }).await;
        waits_for_the_hold(&site, &job).await;
        for _ in 0..2 {
            let cancelled = site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap();
            assert!(matches!(cancelled, Edit::Done(_)), "{cancelled:?}");
        }
        let job = site.work(id).await;
        site.is_as_before(&job, JobStatus::Cancelled, Category::Sigproc).await;
        // And it can be asked for again.
        let [held] = &site.catalog.holds(Default::default(), 0, 9).await.unwrap()[..] else { panic!("one hold") };
        assert!(site.catalog.release_hold(held.id, "eve").await.unwrap());
        let id = ask(&site).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        site.nothing_is_lost();
    }

    async fn a_keep_file_that_came_while_it_copied_refuses_the_archive_and_leaves_nothing(database: &TestDatabase) {
        let mut site = slow_site(database).await;
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let file = found.run.exp_dir.to_path().join(".runstow-keep");
        let id = ask(&site).await;
        let job = work_while(&site, id, async { std::fs::write(&file, "of the trial").unwrap() }).await;
        site.before = site.contents();
        let told = job.reason.clone().unwrap();
        assert!(told.kind == "kept" && told.text.contains(".runstow-keep"), "{told:?}");
        assert_eq!(told.text.matches("nothing was removed").count(), 1, "{told:?}");
        assert!(!told.text.contains("could not record"), "{told:?}");
        site.is_as_before(&job, JobStatus::Failed, Category::Sigproc).await;
        let refused = site.catalog.retry_job(id, "eve").await.unwrap();
        assert!(matches!(refused, Edit::Refused(_)), "{refused:?}");
    }

    async fn a_keep_that_came_while_it_copied_refuses_the_archive_and_leaves_nothing(database: &TestDatabase) {
        let site = slow_site(database).await;
        let id = ask(&site).await;
        let wish = KeepWish { owner: "eve".into(), reason: "the trial".into(), expires_us: None };
        let job = work_while(&site, id, async {
            site.catalog.change_keep(REPORT, Category::Sigproc, Some(wish), "eve", |_| true).await.unwrap();
        }).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "kept", "{job:?}");
        site.is_as_before(&job, JobStatus::Failed, Category::Sigproc).await;
    }

    async fn much_that_vanished_while_it_copied_is_told_in_its_own_words(database: &TestDatabase) {
        let site = slow_site(database).await;
        let mut reports = site.catalog.all_reports().await.unwrap();
        let at = reports.iter().position(|report| report.id == REPORT).unwrap();
        let home = reports.swap_remove(at).report_dir.to_path().parent().unwrap().to_owned();
        let others = reports.iter().map(|report| report.report_dir.to_path());
        let dirs: Vec<_> = others.filter(|dir| dir.parent() == Some(&home)).collect();
        assert!(dirs.len() > 1, "{dirs:?}");
        let aside = site.dir.path().join("aside");
        std::fs::create_dir(&aside).unwrap();
        let id = ask(&site).await;
        let job = work_while(&site, id, async {
            for dir in &dirs {
                std::fs::rename(dir, aside.join(dir.file_name().unwrap())).unwrap();
            }
            scan(&site.catalog, &site.settings, Arc::new(Silent)).await.unwrap();
        }).await;
        let told = job.reason.clone().unwrap();
        assert_eq!((job.status, told.kind.as_str()), (JobStatus::Waiting, "vanished"), "{told:?}");
        assert!(told.text.contains("runstow missing --acknowledge") && !told.text.contains("could not record"), "{told:?}");
        for dir in &dirs {
            std::fs::rename(aside.join(dir.file_name().unwrap()), dir).unwrap();
        }
        scan(&site.catalog, &site.settings, Arc::new(Silent)).await.unwrap();
        site.retry(id).await;
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        site.nothing_is_lost();
    }
}

/// In the transaction that begins the delete, so that it comes as early as any hold that is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_came_after_a_delete_had_begun_is_waited_for_before_anything_is_removed() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let id = site.ask_for(Request::new(JobAction::Delete, REPORT, Category::Sigproc)).await;
    let hold = format!(
        "INSERT INTO holds (id, result_id, who, reason, since_us) VALUES (77, {REPORT}, 'p', 'reads', 1)"
    );
    database.sql(&format!("CREATE TRIGGER late AFTER UPDATE OF begun_us ON jobs BEGIN {hold}; END"));
    let run = site.catalog.report_with_run(REPORT).await.unwrap().unwrap().run.exp_dir.to_path();
    let job = site.work(id).await;
    let told = job.reason.clone().unwrap();
    assert_eq!((job.status, told.kind.as_str()), (JobStatus::Waiting, "in-use"), "{job:?}");
    assert!(told.text.contains("in use by p (reads)") && run.join("acq_0000.dat").exists(), "{told:?}");
    database.sql("DROP TRIGGER late");
    assert!(site.catalog.release_hold(77, "eve").await.unwrap());
    site.retry(id).await;
    let job = site.work(id).await;
    assert_eq!(
        (job.status, site.state(Category::Sigproc).await),
        (JobStatus::Done, State::Deleted),
        "{job:?}"
    );
    assert!(!run.join("acq_0000.dat").exists());
}

/// The same of a Keep: nothing is in the trash, and nothing is left of the job.
#[tokio::test(flavor = "multi_thread")]
async fn a_keep_that_came_after_a_delete_had_begun_refuses_it() {
    let database = TestDatabase::sqlite();
    let site = Site::new(&database).await;
    let id = site.ask_for(Request::new(JobAction::Delete, REPORT, Category::Misc)).await;
    let index = Category::Misc.index();
    let keep =
        format!("UPDATE category_states SET keep = TRUE WHERE result_id = {REPORT} AND category = {index}");
    database.sql(&format!("CREATE TRIGGER late AFTER UPDATE OF begun_us ON jobs BEGIN {keep}; END"));
    let job = site.work(id).await;
    let told = job.reason.clone().unwrap();
    assert!(told.kind == "kept" && told.text.contains("Keep is set"), "{told:?}");
    site.is_as_before(&job, JobStatus::Failed, Category::Misc).await;
}
