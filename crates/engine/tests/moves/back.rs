//! Delete, restore and purge from the request to the end.

use std::path::PathBuf;

use runstow_engine::catalog::registry::{Report, ReportWithRun};
use runstow_engine::catalog::{Edit, KeepWish, TrashFilter, times};
use runstow_engine::moves::{Confirmation, GateName, Request, Wish, ask, purge};
use runstow_lifecycle::{Category, JobAction, JobStatus, Priority, State};
use runstow_testkit::on_both_databases;
use runstow_testkit::trees::picture;

use crate::site::{REPORT, Site};

fn delete(category: Category) -> Request {
    Request::new(JobAction::Delete, REPORT, category)
}

fn restore(category: Category) -> Request {
    Request::new(JobAction::Restore, REPORT, category)
}

impl Site {
    async fn ask_delete(&self, category: Category, stays_in_trash: bool) -> i64 {
        self.ask_for(Request { stays_in_trash, ..delete(category) }).await
    }

    async fn ask_restore(&self, category: Category) -> i64 {
        self.ask_for(restore(category)).await
    }

    async fn in_trash(&self) -> usize {
        self.catalog.trash(TrashFilter::default()).await.unwrap().len()
    }

    /// Has the demo's re-analysis use the signal processing results of the report before it, as Torrent Suite does.
    async fn link_the_reanalysis(&mut self) -> Report {
        let mut reports = Vec::new();
        for report in 1..=300 {
            reports.extend(self.catalog.report_with_run(report).await.unwrap());
        }
        let is_again = |name: &str| name.contains("_reanalysis");
        let again = reports.iter().find(|found| is_again(&found.report.results_name)).unwrap();
        let of_run = |found: &&ReportWithRun| {
            found.run.id == again.run.id && !found.report.thumbnail && !is_again(&found.report.results_name)
        };
        let (first, again) = (&reports.iter().find(of_run).unwrap().report, &again.report);
        let results = |report: &Report| report.report_dir.to_path().join("sigproc_results");
        // Both use the instrument's results in the demo.
        std::fs::remove_file(results(first)).unwrap();
        std::fs::create_dir(results(first)).unwrap();
        std::fs::write(results(first).join("1.wells"), "wells").unwrap();
        std::fs::remove_file(results(again)).unwrap();
        std::os::unix::fs::symlink(results(first), results(again)).unwrap();
        self.scan_again().await;
        let linked = self.catalog.report_with_run(again.id).await.unwrap().unwrap().report;
        assert_eq!(linked.parent_id, Some(first.id));
        linked
    }

    /// The demo's storage root.
    fn results(&self) -> PathBuf {
        self.dir.path().join("demo/results")
    }

    async fn home(&self, category: Category) -> PathBuf {
        let found = self.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        match category {
            Category::Sigproc => found.run.exp_dir.to_path(),
            _ => found.report.report_dir.to_path(),
        }
    }
}

on_both_databases! {
    async fn what_is_deleted_is_in_the_trash_and_one_command_brings_it_back(database: &TestDatabase) {
        let site = Site::new(database).await;
        let signal = site.home(Category::Sigproc).await.join("acq_0000.dat");
        let id = site.ask_delete(Category::Sigproc, true).await;
        assert_eq!(site.state(Category::Sigproc).await, State::DeletePending);
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Done, State::Deleted), "{job:?}");
        assert!(!signal.exists());
        site.nothing_is_lost();
        let trash = site.catalog.trash(TrashFilter::default()).await.unwrap();
        assert_eq!((trash.len(), trash[0].job, trash[0].report_id), (1, id, REPORT));
        assert!(trash[0].bytes > 0 && trash[0].folder.to_path().is_dir());
        let back = site.ask_restore(Category::Sigproc).await;
        let job = site.work(back).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Done, State::Local), "{job:?}");
        assert!(signal.exists());
        assert_eq!(site.in_trash().await, 0);
        assert!(!site.results().join(".runstow-trash").exists());
        site.nothing_is_lost();
    }

    async fn a_purge_frees_the_room_and_nothing_brings_it_back(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask_delete(Category::Output, true).await;
        site.work(id).await;
        let trash = site.catalog.trash(TrashFilter::default()).await.unwrap();
        let asked = purge::ask(&site.catalog, &trash, "", "ann", Priority::Manual).await.unwrap();
        let job = site.work(*asked.jobs[0].as_ref().unwrap()).await;
        assert_eq!((job.status, site.state(Category::Output).await), (JobStatus::Done, State::Deleted), "{job:?}");
        assert_eq!(site.in_trash().await, 0);
        assert!(!trash[0].folder.to_path().exists());
        let plan = site.plan(restore(Category::Output)).await;
        assert!(plan.objections[0].contains("trash does not hold it"), "{:?}", plan.objections);
    }

    async fn a_file_that_was_changed_in_the_trash_stays_listed_there_and_is_no_way_back(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask_delete(Category::Output, true).await;
        site.work(id).await;
        let trash = site.catalog.trash(TrashFilter::default()).await.unwrap();
        let folder = trash[0].folder.to_path();
        let bam = picture(&folder).into_keys().find(|path| path.to_string_lossy().ends_with("rawlib.bam"));
        let changed = folder.join(bam.unwrap());
        std::fs::write(&changed, "somebody has written here").unwrap();
        let asked = purge::ask(&site.catalog, &trash, "", "ann", Priority::Manual).await.unwrap();
        let job = site.work(*asked.jobs[0].as_ref().unwrap()).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        let left = site.catalog.trash(TrashFilter::default()).await.unwrap();
        assert_eq!((left.len(), left[0].files, left[0].job), (1, 1, trash[0].job), "{left:?}");
        assert!(left[0].deleted_us > trash[0].deleted_us, "it is not tried again at once");
        assert_eq!(std::fs::read_to_string(&changed).unwrap(), "somebody has written here");
        let plan = site.plan(restore(Category::Output)).await;
        assert!(plan.objections[0].contains("trash does not hold it"), "{:?}", plan.objections);
        // It is gone when somebody has looked at it and taken it away.
        std::fs::remove_file(&changed).unwrap();
        let asked = purge::ask(&site.catalog, &left, "", "ann", Priority::Manual).await.unwrap();
        site.work(*asked.jobs[0].as_ref().unwrap()).await;
        assert_eq!(site.in_trash().await, 0);
        assert!(!trash[0].folder.to_path().exists());
    }

    async fn what_does_not_stay_in_the_trash_is_gone_by_itself(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask_delete(Category::Misc, false).await;
        site.work(id).await;
        let trash = site.catalog.trash(TrashFilter::default()).await.unwrap();
        assert_eq!(trash.len(), 1);
        // The next job empties it.
        let job = site.work(id + 1).await;
        assert_eq!((job.action.name(), job.status), ("purge", JobStatus::Done), "{job:?}");
        assert_eq!(site.in_trash().await, 0);
        assert!(!trash[0].folder.to_path().exists());
    }

    async fn what_has_lain_in_the_trash_for_its_time_is_purged(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.work(site.ask_delete(Category::Misc, true).await).await;
        let now = times::now_us();
        assert_eq!(purge::purge_old(&site.catalog, 30, now).await.unwrap(), 0);
        let later = now + 31 * 24 * 3600 * 1_000_000;
        assert_eq!(purge::purge_old(&site.catalog, 30, later).await.unwrap(), 1);
        assert_eq!(purge::purge_old(&site.catalog, 30, later).await.unwrap(), 0, "asked for twice");
    }

    async fn a_delete_that_is_cancelled_after_its_worker_died_gives_everything_back(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask_delete(Category::Output, true).await;
        site.dies_after_begin().await;
        assert!(matches!(site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        site.is_as_before(&job, JobStatus::Cancelled, Category::Output).await;
        assert_eq!(site.in_trash().await, 0);
        assert!(!site.results().join(".runstow-trash").exists());
    }

    async fn what_other_reports_link_to_is_deleted_only_when_that_is_confirmed(database: &TestDatabase) {
        let mut site = Site::new(database).await;
        let linked = site.link_the_reanalysis().await;
        let request = Request { report: linked.id, ..delete(Category::Basecall) };
        let plan = site.plan(request.clone()).await;
        let gate = plan.gates.iter().find(|gate| gate.name == GateName::Linked).unwrap();
        assert_eq!((gate.wants(), plan.is_possible()), (Some(Confirmation::Linked), false), "{gate:?}");
        assert!(gate.reason.contains(&linked.id.to_string()), "{gate:?}");
        let id = site.ask_for(Request { confirmed: vec![Confirmation::Linked], ..request }).await;
        let job = site.work(id).await;
        assert_eq!((job.status, job.report_id), (JobStatus::Done, linked.parent_id.unwrap()), "{job:?}");
        for report in [linked.id, linked.parent_id.unwrap()] {
            let found = site.catalog.report_with_run(report).await.unwrap().unwrap();
            assert_eq!(found.report.category(Category::Basecall).unwrap().state, State::Deleted);
        }
        site.nothing_is_lost();
    }

    async fn a_file_that_was_replaced_is_not_deleted_even_where_plans_have_files_in_common(database: &TestDatabase) {
        let site = Site::new(database).await;
        let plans = [site.plan(delete(Category::Misc)).await, site.plan(delete(Category::Output)).await];
        let asked = ask(&site.catalog, &plans, JobAction::Delete, Wish::default()).await.unwrap();
        let jobs: Vec<i64> = asked.jobs.into_iter().map(|job| job.unwrap()).collect();
        let home = site.home(Category::Output).await;
        let bam = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
        let mut bams = bam.filter(|path| path.extension().is_some_and(|ending| ending == "bam"));
        let (gone, replaced) = (bams.next().unwrap(), bams.next().unwrap());
        // Fewer files and bytes than were shown; but one of them nobody has seen.
        std::fs::remove_file(&gone).unwrap();
        std::fs::write(&replaced, b"never shown").unwrap();
        for job in &jobs {
            site.work(*job).await;
        }
        let job = site.catalog.job(jobs[1]).await.unwrap().unwrap();
        assert_eq!((job.status, &*job.reason.unwrap().kind), (JobStatus::Failed, "plan-changed"));
        assert_eq!(std::fs::read(&replaced).unwrap(), b"never shown");
        assert_eq!(site.state(Category::Output).await, State::Local);
        assert_eq!(site.state(Category::Misc).await, State::Deleted, "the other is as it was shown");
    }

    async fn what_is_kept_is_never_deleted(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask_delete(Category::Output, true).await;
        let wish = KeepWish { owner: "eve".into(), reason: "the trial".into(), expires_us: None };
        site.catalog.change_keep(REPORT, Category::Output, Some(wish), "eve", |_| true).await.unwrap();
        let job = site.work(id).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "kept");
        site.is_as_before(&job, JobStatus::Failed, Category::Output).await;
        let plan = site.plan(delete(Category::Output)).await;
        assert!(plan.objections.iter().any(|why| why.contains("kept")), "{:?}", plan.objections);
    }

    async fn what_is_archived_comes_back_and_the_archive_stays(database: &TestDatabase) {
        let site = Site::new(database).await;
        for category in Category::ALL {
            let id = site.ask(category).await;
            site.work(id).await;
        }
        for category in Category::ALL {
            let id = site.ask_restore(category).await;
            let job = site.work(id).await;
            assert_eq!((job.status, site.state(category).await), (JobStatus::Done, State::Local), "{job:?}");
            assert!(job.result.as_ref().unwrap().contains("\"compared_with_archive_list\":true"), "{job:?}");
        }
        assert!(site.home(Category::Sigproc).await.join("acq_0000.dat").exists());
        assert_eq!(site.archived().len(), 2, "the archive was changed");
        site.nothing_is_lost();
    }

    async fn an_archive_that_is_away_is_waited_for_and_a_damaged_one_needs_a_decision(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.work(site.ask(Category::Sigproc).await).await;
        let id = site.ask_restore(Category::Sigproc).await;
        let away = site.dir.path().join("away");
        std::fs::rename(site.archive(), &away).unwrap();
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Waiting, "{job:?}");
        assert!(job.reason.unwrap().text.contains("archive"));
        std::fs::rename(&away, site.archive()).unwrap();
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let place = found.report.category(Category::Sigproc).unwrap().archive_path.clone().unwrap().to_path();
        let whole = std::fs::read(place.join("acq_0000.dat")).unwrap();
        std::fs::write(place.join("acq_0000.dat"), b"short").unwrap();
        site.retry(id).await;
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::NeedsDecision, "{job:?}");
        assert!(job.reason.as_ref().unwrap().text.contains("acq_0000.dat"), "{job:?}");
        std::fs::write(place.join("acq_0000.dat"), whole).unwrap();
        assert!(matches!(site.catalog.decide_job(id, "retry", "eve", |_| true).await.unwrap(), Edit::Done(_)));
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        site.nothing_is_lost();
    }

    async fn a_restore_that_is_given_up_takes_back_what_it_has_brought(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.work(site.ask(Category::Sigproc).await).await;
        let home = site.home(Category::Sigproc).await;
        std::fs::write(home.join("acq_0000.dat"), b"somebody else's").unwrap();
        let id = site.ask_restore(Category::Sigproc).await;
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::NeedsDecision, "{job:?}");
        assert!(matches!(site.catalog.decide_job(id, "cancel", "eve", |_| true).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Sigproc).await), (JobStatus::Cancelled, State::Archived), "{job:?}");
        assert_eq!(std::fs::read(home.join("acq_0000.dat")).unwrap(), b"somebody else's");
        assert!(!home.join("acq_0001.dat").exists());
        site.nothing_is_lost();
    }
}
