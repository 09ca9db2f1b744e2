//! Delete of the archived copy of a category, from the request to the end: only when that is confirmed, and it comes back.

use runstow_engine::catalog::{Edit, TrashFilter, times};
use runstow_engine::moves::verify::{VerifyWish, ask_verify};
use runstow_engine::moves::{Confirmation, GateName, Plan, Request, Verdict, Wish, ask, purge};
use runstow_lifecycle::{Category, JobAction, JobStatus, Priority, State};
use runstow_testkit::on_both_databases;

use crate::site::{REPORT, Site};

const CATEGORY: Category = Category::Sigproc;

fn delete() -> Request {
    let confirmed = vec![Confirmation::Archived];
    Request { confirmed, ..Request::new(JobAction::Delete, REPORT, CATEGORY) }
}

fn verdict(plan: &Plan, name: GateName) -> Verdict {
    plan.gates.iter().find(|gate| gate.name == name).unwrap().verdict
}

impl Site {
    async fn is_archived(&self) {
        let id = self.ask(CATEGORY).await;
        assert_eq!(self.work(id).await.status, JobStatus::Done);
    }

    async fn archive_path(&self) -> Option<std::path::PathBuf> {
        let found = self.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        found.report.category(CATEGORY).unwrap().archive_path.as_ref().map(|path| path.to_path())
    }
}

on_both_databases! {
    async fn the_only_copy_is_deleted_only_when_that_is_confirmed(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        let plan = site.plan(Request { confirmed: Vec::new(), ..delete() }).await;
        assert!(!plan.is_possible());
        assert_eq!(verdict(&plan, GateName::State), Verdict::Confirm);
        assert!(plan.objections.iter().any(|why| why.contains("only copy")), "{:?}", plan.objections);
        let plan = site.plan(delete()).await;
        assert!(plan.is_possible(), "{:?}", plan.objections);
        assert!(plan.totals.bytes > 0 && plan.exact && plan.digest.is_some());
        assert_eq!(site.state(CATEGORY).await, State::Archived);
    }

    async fn a_deleted_archive_is_in_the_trash_of_the_archive_and_comes_back_proven(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        let folder = site.archive_path().await.unwrap();
        let job = site.work(site.ask_for(delete()).await).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        assert_eq!((site.state(CATEGORY).await, site.archive_path().await), (State::Deleted, None));
        assert!(!folder.exists() && site.archive().join(".runstow-trash").exists());
        site.nothing_is_lost();
        let restore = Request::new(JobAction::Restore, REPORT, CATEGORY);
        let plan = site.plan(restore.clone()).await;
        assert!(plan.warnings.iter().any(|text| text.contains("trash of the archive")), "{:?}", plan.warnings);
        let job = site.work(site.ask_for(restore).await).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        assert!(job.result.unwrap().contains("\"compared_with_archive_list\":true"));
        assert_eq!(site.state(CATEGORY).await, State::Local);
        assert!(site.before.is_subset(&site.contents()));
    }

    async fn what_is_purged_from_the_trash_of_an_archive_is_gone_and_no_archive_is_known(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        site.work(site.ask_for(delete()).await).await;
        let entries = site.catalog.trash(TrashFilter::default()).await.unwrap();
        assert_eq!(entries.len(), 1);
        let asked = purge::ask(&site.catalog, &entries, "", "eve", Priority::Manual).await.unwrap();
        let job = site.work(*asked.jobs[0].as_ref().unwrap()).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        assert!(!site.archive().join(".runstow-trash").exists());
        assert_eq!(site.state(CATEGORY).await, State::Deleted);
        let plan = site.plan(Request::new(JobAction::Restore, REPORT, CATEGORY)).await;
        assert!(!plan.is_possible());
        assert!(plan.objections[0].contains("no archive of it is known"), "{:?}", plan.objections);
    }

    async fn a_delete_of_an_archive_that_is_cancelled_after_its_worker_died_leaves_it_archived(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        let folder = site.archive_path().await.unwrap();
        let id = site.ask_for(delete()).await;
        site.dies_after_begin().await;
        assert!(matches!(site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Cancelled, "{job:?}");
        assert_eq!((site.state(CATEGORY).await, site.archive_path().await), (State::Archived, Some(folder)));
        assert!(!site.archive().join(".runstow-trash").exists());
        site.nothing_is_lost();
    }

    async fn a_plan_of_another_state_is_refused_when_it_is_asked_for(database: &TestDatabase) {
        let site = Site::new(database).await;
        let of_local = site.plan(Request { confirmed: Vec::new(), ..delete() }).await;
        site.is_archived().await;
        let of_archive = site.plan(delete()).await;
        let wish = || Wish { user: "eve", ..Wish::default() };
        let asked = ask(&site.catalog, &[of_local], JobAction::Delete, wish()).await.unwrap();
        let refused = asked.jobs[0].as_ref().unwrap_err().to_string();
        assert!(refused.contains("became Archived"), "{refused}");
        site.work(site.ask_for(Request::new(JobAction::Restore, REPORT, CATEGORY)).await).await;
        let asked = ask(&site.catalog, &[of_archive], JobAction::Delete, wish()).await.unwrap();
        let refused = asked.jobs[0].as_ref().unwrap_err().to_string();
        assert!(refused.contains("became Local"), "{refused}");
        assert!(site.before.is_subset(&site.contents()));
    }

    async fn what_is_damaged_in_an_archive_is_shown_before_it_is_deleted(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        let folder = site.archive_path().await.unwrap();
        std::fs::write(folder.join("acq_0000.dat"), b"cut").unwrap();
        std::fs::remove_file(folder.join("acq_0001.dat")).unwrap();
        let plan = site.plan(delete()).await;
        assert!(plan.is_possible(), "{:?}", plan.objections);
        let damage = plan.warnings.iter().find(|text| text.contains("2 of its files are missing"));
        let damage = damage.unwrap_or_else(|| panic!("{:?}", plan.warnings));
        assert!(damage.contains("acq_0000.dat") && damage.contains("acq_0001.dat"), "{damage}");
        let job = site.work(site.ask_for(delete()).await).await;
        let result: serde_json::Value = serde_json::from_str(&job.result.unwrap()).unwrap();
        let told = result["not_as_listed"].as_array().unwrap();
        assert_eq!((told.len(), &result["left_alone"]), (2, &serde_json::json!([])), "{result}");
    }

    async fn an_archive_that_was_deleted_is_not_looked_for_when_archives_are_read_again(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        site.work(site.ask_for(delete()).await).await;
        site.work(site.ask_for(Request::new(JobAction::Restore, REPORT, CATEGORY)).await).await;
        let wish = VerifyWish { sample: None, comment: "", user: "eve", priority: Priority::Manual };
        let asked = ask_verify(&site.catalog, &[(REPORT, CATEGORY)], wish).await.unwrap();
        let refused = asked[0].job.as_ref().unwrap_err();
        assert!(refused.contains("no archive or export"), "{refused}");
    }

    async fn an_archive_whose_disk_is_away_is_not_deleted_and_says_so(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.is_archived().await;
        let away = site.dir.path().join("away");
        std::fs::rename(site.archive(), &away).unwrap();
        std::fs::create_dir(site.archive()).unwrap();
        let plan = site.plan(delete()).await;
        assert!(!plan.is_possible());
        assert_eq!(verdict(&plan, GateName::Files), Verdict::Failed);
        std::fs::remove_dir(site.archive()).unwrap();
        std::fs::rename(&away, site.archive()).unwrap();
        let id = site.ask_for(delete()).await;
        // It goes away after it was asked for.
        std::fs::rename(site.archive(), &away).unwrap();
        std::fs::create_dir(site.archive()).unwrap();
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Waiting, "{job:?}");
        std::fs::remove_dir(site.archive()).unwrap();
        std::fs::rename(&away, site.archive()).unwrap();
        site.retry(id).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        site.nothing_is_lost();
    }
}
