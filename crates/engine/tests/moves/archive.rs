//! Archives from the request to the end.

use runstow_engine::catalog::{Edit, HoldOn, KeepWish, NewHold, times};
use runstow_engine::moves::{Destination, Request};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::site::{REPORT, Site};

on_both_databases! {
    async fn what_is_archived_is_exported_from_its_archive_and_stays_archived(database: &TestDatabase) {
        let site = Site::new(database).await;
        for category in [Category::Sigproc, Category::Output] {
            let id = site.ask(category).await;
            site.work(id).await;
            let before = site.contents();
            let other = site.dir.path().join(format!("collaborator-{category}"));
            std::fs::create_dir(&other).unwrap();
            let request = Request {
                destination: Some(Destination::look_at(&other, true).unwrap()),
                ..Request::new(JobAction::Export, REPORT, category)
            };
            let plan = site.plan(request.clone()).await;
            assert!(plan.exact && plan.totals.files > 0, "{plan:?}");
            let id = site.ask_for(request).await;
            assert_eq!(site.state(category).await, State::ExportPending);
            let job = site.work(id).await;
            assert_eq!((job.status, site.state(category).await), (JobStatus::Done, State::Archived), "{job:?}");
            let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
            let place = found.report.category(category).unwrap().archive_path.clone().unwrap();
            assert!(place.to_path().starts_with(site.archive()), "{place:?}");
            assert_eq!(site.contents().intersection(&before).count(), before.len());
            let exported = runstow_storage::ArchiveFolder::find(&other).unwrap().records;
            let [(_, record)] = &exported[..] else { panic!("{exported:?}") };
            assert_eq!((record.categories[&category].action.as_str(), record.categories[&category].files), ("export", plan.totals.files));
        }
    }

    async fn a_worker_that_is_told_to_end_does_not_rest(database: &TestDatabase) {
        let site = Site::new(database).await;
        let hour = std::time::Duration::from_secs(3600);
        let soon = std::time::Duration::from_secs(60);
        let worker = std::sync::Arc::new(site.worker());
        let resting = std::sync::Arc::clone(&worker);
        let rest = tokio::spawn(async move { resting.rest(hour).await });
        tokio::task::yield_now().await;
        worker.end();
        tokio::time::timeout(soon, rest).await.expect("it was woken").unwrap();
        // Told before it rests.
        let worker = site.worker();
        worker.end();
        tokio::time::timeout(soon, worker.rest(hour)).await.expect("it does not begin to rest");
    }

    async fn an_archive_ends_archived_with_its_place_and_leaves_no_journal(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Sigproc).await;
        assert_eq!(site.state(Category::Sigproc).await, State::ArchivePending);
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        assert_eq!(site.state(Category::Sigproc).await, State::Archived);
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let place = found.report.category(Category::Sigproc).unwrap().archive_path.clone().unwrap();
        assert!(place.to_path().join("acq_0000.dat").exists() && place.to_path().starts_with(site.archive()));
        assert!(!found.run.exp_dir.to_path().join("acq_0000.dat").exists());
        assert_eq!(site.journals(), 0);
        site.nothing_is_lost();
    }

    async fn a_job_whose_worker_died_is_taken_over_and_ended(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        site.dies_after_begin().await;
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Output).await), (JobStatus::Done, State::Archived));
        site.nothing_is_lost();
    }

    async fn a_job_that_is_cancelled_after_its_worker_died_leaves_everything_as_it_was(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        site.dies_after_begin().await;
        assert!(matches!(site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        site.is_as_before(&job, JobStatus::Cancelled, Category::Output).await;
    }

    async fn a_keep_that_is_set_after_the_plan_stops_the_archive(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        let wish = KeepWish { owner: "eve".into(), reason: "the trial".into(), expires_us: None };
        let kept = site.catalog.change_keep(REPORT, Category::Output, Some(wish), "eve", |_| true).await.unwrap();
        assert!(matches!(kept, Edit::Done(_)));
        let job = site.work(id).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "kept");
        site.is_as_before(&job, JobStatus::Failed, Category::Output).await;
        let again = site.plan(site.request(Category::Output)).await;
        assert!(again.objections.iter().any(|why| why.contains("kept")), "{:?}", again.objections);
    }

    async fn files_in_use_are_waited_for(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        let hold = NewHold {
            on: HoldOn::Report(REPORT),
            who: "pipeline".into(),
            reason: "reads it".into(),
            expires_us: None,
        };
        let hold = site.catalog.add_hold(hold, "eve").await.unwrap().unwrap();
        let job = site.work(id).await;
        assert_eq!((job.status, job.reason.unwrap().kind.as_str()), (JobStatus::Waiting, "in-use"));
        assert!(site.catalog.release_hold(hold.id, "eve").await.unwrap());
        site.retry(id).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
    }

    async fn an_empty_mount_point_is_not_taken_for_the_archive_and_the_job_goes_on_later(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Misc).await;
        let elsewhere = site.dir.path().join("unplugged");
        std::fs::rename(site.archive(), &elsewhere).unwrap();
        std::fs::create_dir(site.archive()).unwrap();
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Waiting);
        let told = job.reason.unwrap().text;
        assert!(told.contains("marker") && told.contains("archive"), "{told}");
        assert!(site.archived().is_empty(), "written to the wrong disk");
        std::fs::remove_dir_all(site.archive()).unwrap();
        std::fs::rename(&elsewhere, site.archive()).unwrap();
        site.retry(id).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        site.nothing_is_lost();
    }

    async fn a_file_that_came_after_the_plan_refuses_the_job_and_leaves_nothing(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Misc).await;
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        std::fs::write(found.report.report_dir.to_path().join("late.txt"), b"came later").unwrap();
        let job = site.work(id).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "plan-changed");
        site.is_as_before(&job, JobStatus::Failed, Category::Misc).await;
    }

    async fn what_is_in_the_way_needs_a_decision_and_giving_up_leaves_it_untouched(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Sigproc).await;
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let place = site.archive().join(found.run.exp_dir.to_path().file_name().unwrap());
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("acq_0000.dat"), b"somebody else's").unwrap();
        let job = site.work(id).await;
        let state = site.state(Category::Sigproc).await;
        assert_eq!((job.status, state), (JobStatus::NeedsDecision, State::Error), "{job:?}");
        assert!(job.reason.unwrap().text.contains("acq_0000.dat"));
        assert!(matches!(site.catalog.decide_job(id, "cancel", "eve", |_| true).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        let state = site.state(Category::Sigproc).await;
        assert_eq!((job.status, state), (JobStatus::Cancelled, State::Local), "{job:?}");
        let left: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["acq_0000.dat"]);
        assert_eq!(std::fs::read(place.join("acq_0000.dat")).unwrap(), b"somebody else's");
        site.nothing_is_lost();
    }
}
