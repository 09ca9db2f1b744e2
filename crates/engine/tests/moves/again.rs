//! What has changed between the request and the beginning, as the disks tell it.

use runstow_engine::catalog::{ClaimLimits, Claimed, times};
use runstow_engine::moves::{Confirmation, GateName, Request, Verdict};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::site::{REPORT, Site};

on_both_databases! {
    async fn a_keep_file_that_no_scan_has_seen_keeps_the_signal_files(database: &TestDatabase) {
        let mut site = Site::new(database).await;
        let run = site.catalog.report_with_run(REPORT).await.unwrap().unwrap().run;
        assert!(!run.is_kept());
        let file = run.exp_dir.to_path().join(".runstow-keep");
        let delete = Request::new(JobAction::Delete, REPORT, Category::Sigproc);
        let archive = site.request(Category::Sigproc);
        for request in [&delete, &archive] {
            let id = site.ask_for(request.clone()).await;
            std::fs::write(&file, "").unwrap();
            let plan = site.plan(request.clone()).await;
            let gate = plan.gates.iter().find(|gate| gate.name == GateName::Keep).unwrap();
            assert!(gate.verdict.objects() && gate.reason.contains(".runstow-keep"), "{gate:?}");
            let job = site.work(id).await;
            let told = job.reason.clone().unwrap();
            assert!(told.kind == "kept" && told.text.contains(".runstow-keep"), "{told:?}");
            site.is_as_before(&job, JobStatus::Failed, Category::Sigproc).await;
            std::fs::remove_file(&file).unwrap();
        }
        // It goes with the archive where that is confirmed, and other categories are not kept by it.
        std::fs::write(&file, "").unwrap();
        site.before = site.contents();
        let other = site.plan(Request::new(JobAction::Delete, REPORT, Category::Misc)).await;
        assert!(other.is_possible(), "{:?}", other.objections);
        let confirmed = Request { confirmed: vec![Confirmation::Kept], ..archive };
        let plan = site.plan(confirmed.clone()).await;
        assert!(plan.gates.iter().any(|gate| gate.name == GateName::Keep && gate.verdict == Verdict::Confirmed));
        let id = site.ask_for(confirmed).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        assert_eq!(site.state(Category::Sigproc).await, State::Archived);
        site.nothing_is_lost();
    }

    async fn no_more_jobs_write_to_one_archive_than_may_work_on_a_volume(database: &TestDatabase) {
        let site = Site::new(database).await;
        let own = site.catalog.report_with_run(REPORT).await.unwrap().unwrap().run.id;
        let reports = site.catalog.all_reports().await.unwrap();
        let other = reports.iter().find(|report| report.experiment_id != own).unwrap().id;
        // From the root of the runs, and from that of the reports.
        site.ask(Category::Sigproc).await;
        let confirmed = vec![Confirmation::Unfinished];
        site.ask_for(Request { report: other, confirmed, ..site.request(Category::Output) }).await;
        let lease = std::time::Duration::from_secs(60);
        let claim = async |per_volume| {
            site.catalog.claim_job("w", lease, ClaimLimits { per_volume: Some(per_volume) }, times::now_us()).await.unwrap()
        };
        assert!(matches!(claim(1).await, Claimed::Job(_)));
        assert_eq!(claim(1).await, Claimed::Nothing);
        assert!(matches!(claim(2).await, Claimed::Job(_)));
    }
}
