//! What is noted of verifications, who may take them, and what the schedule gets to see.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use runstow_catalog::{
    Catalog, ClaimLimits, Claimed, NewBatch, NewJob, Replace, Start, Ticket, VerificationFound,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, Priority, Wholeness};
use runstow_testkit::{TestDatabase, on_both_databases};

const LEASE: Duration = Duration::from_secs(60);
const T0: i64 = 1_800_000_000_000_000;
const DAY: i64 = 86_400_000_000;

/// One run with the reports 1 and 2; all is archived.
fn document() -> String {
    let entry = |category: Category| {
        let prefix = category.api_prefix();
        format!(r#""{prefix}": {{"state": "AD", "keep": false, "archivePath": "/archive/{prefix}"}}"#)
    };
    let categories = Category::ALL.map(entry).join(", ");
    let report = |id| {
        let categories =
            if id == 1 { categories.clone() } else { categories.replace("/archive/o", "/archive/2o") };
        format!(
            r#"{{"id": {id}, "experiment": 1, "resultsName": "report{id}", "timeStamp": "2020-01-02T00:00:00Z", "categories": {{{categories}}}}}"#
        )
    };
    let run = r#"{"id": 1, "expName": "run", "expDir": "/results/run", "date": "2020-01-01T00:00:00Z", "storage_options": "A"}"#;
    format!(r#"{{"experiments": [{run}], "results": [{}, {}]}}"#, report(1), report(2))
}

async fn open(database: &TestDatabase) -> Catalog {
    let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
    catalog.load(document(), Replace::No).await.unwrap();
    catalog
}

async fn ask(catalog: &Catalog, priority: Priority, category: Category, now_us: i64) -> i64 {
    let (comment, user) = (String::new(), "ion".to_owned());
    let batch = NewBatch { action: JobAction::Verify, comment, user, priority };
    let asked = catalog.enqueue_jobs(batch, vec![NewJob::new(1, category)], now_us).await.unwrap();
    *asked.jobs[0].as_ref().unwrap()
}

async fn begin(catalog: &Catalog, now_us: i64) -> Ticket {
    let claimed = catalog.claim_job("w", LEASE, ClaimLimits::default(), now_us).await.unwrap();
    let Claimed::Job(job) = claimed else { panic!("{claimed:?}") };
    assert!(matches!(catalog.begin_job(job.ticket(), now_us).await.unwrap(), Start::Begun { .. }));
    job.ticket()
}

fn found(folder: &str, outcome: Wholeness, complete: bool) -> VerificationFound {
    let findings = i64::from(outcome == Wholeness::Damaged) * 3;
    VerificationFound { folder: folder.into(), outcome, complete, findings, files: 12, bytes: 3400 }
}

/// A verification from the question to the end.
async fn verify(catalog: &Catalog, category: Category, outcome: Wholeness, complete: bool, now_us: i64) {
    ask(catalog, Priority::Manual, category, now_us).await;
    let ticket = begin(catalog, now_us).await;
    let found = found(&format!("/archive/{}", category.api_prefix()), outcome, complete);
    assert!(catalog.finish_verification(ticket, found, "{}".into(), "so".into(), now_us).await.unwrap());
}

on_both_databases! {
    async fn what_was_found_shows_on_all_reports_that_share_the_archive(database: &TestDatabase) {
        let catalog = open(database).await;
        verify(&catalog, Category::Sigproc, Wholeness::Whole, true, T0).await;
        verify(&catalog, Category::Misc, Wholeness::Damaged, true, T0 + DAY).await;
        let [first, second] = [1, 2].map(|report| catalog.verifications_of(report));
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        let told = |all: &[runstow_catalog::Verification]| {
            all.iter().map(|one| (one.category, one.outcome, one.findings)).collect::<Vec<_>>()
        };
        let shared = (Category::Sigproc, Wholeness::Whole, 0);
        assert_eq!(told(&first), [shared, (Category::Misc, Wholeness::Damaged, 3)]);
        assert_eq!(told(&second), [shared]);
        assert_eq!((first[0].files, first[0].bytes, first[0].complete_us), (12, 3400, Some(T0)));
        assert_eq!(first[1].folder, "/archive/misc".into());
        let state = catalog.report_with_run(1).await.unwrap().unwrap().report;
        assert_eq!(state.category(Category::Misc).unwrap().state.code(), "AD", "a verification moves nothing");
    }

    async fn a_sample_does_not_take_damage_back_and_does_not_count_as_read(database: &TestDatabase) {
        let catalog = open(database).await;
        verify(&catalog, Category::Misc, Wholeness::Damaged, true, T0).await;
        verify(&catalog, Category::Misc, Wholeness::Whole, false, T0 + DAY).await;
        let known = catalog.verifications_of(1).await.unwrap().remove(0);
        assert_eq!((known.outcome, known.findings), (Wholeness::Damaged, 3));
        assert_eq!((known.verified_us, known.complete_us), (T0 + DAY, Some(T0)));
        verify(&catalog, Category::Misc, Wholeness::Whole, true, T0 + 2 * DAY).await;
        let known = catalog.verifications_of(1).await.unwrap().remove(0);
        assert_eq!((known.outcome, known.findings, known.complete_us), (Wholeness::Whole, 0, Some(T0 + 2 * DAY)));
    }

    async fn a_displaced_worker_notes_nothing(database: &TestDatabase) {
        let catalog = open(database).await;
        let id = ask(&catalog, Priority::Manual, Category::Misc, T0).await;
        let first = begin(&catalog, T0).await;
        let second = begin(&catalog, T0 + DAY).await;
        assert_eq!((first.job, second.job), (id, id));
        let told = |ticket, outcome| {
            let found = found("/archive/misc", outcome, true);
            catalog.finish_verification(ticket, found, "{}".into(), String::new(), T0 + DAY)
        };
        assert!(!told(first, Wholeness::Damaged).await.unwrap());
        assert!(catalog.verifications_of(1).await.unwrap().is_empty());
        assert!(told(second, Wholeness::Whole).await.unwrap());
        assert_eq!(catalog.verifications_of(1).await.unwrap()[0].outcome, Wholeness::Whole);
        assert_eq!(catalog.job(id).await.unwrap().unwrap().status, JobStatus::Done);
    }

    async fn who_asks_for_a_move_never_waits_behind_the_schedule(database: &TestDatabase) {
        let catalog = open(database).await;
        let scheduled = ask(&catalog, Priority::Automatic, Category::Misc, T0).await;
        let claim = || catalog.claim_job("w", LEASE, ClaimLimits::default(), T0);
        assert_eq!(claim().await.unwrap(), Claimed::Nothing);
        let manual = ask(&catalog, Priority::Manual, Category::Output, T0).await;
        assert!(matches!(claim().await.unwrap(), Claimed::Job(job) if job.id == manual));
        // Both are of one run: one at a time.
        let read = || catalog.claim_scheduled_verification("v", LEASE, T0);
        assert_eq!(read().await.unwrap(), Claimed::Nothing);
        let ticket = Ticket { job: manual, fence: 1 };
        let found = found("/archive/output", Wholeness::Whole, true);
        assert!(catalog.finish_verification(ticket, found, "{}".into(), String::new(), T0).await.unwrap());
        assert!(matches!(read().await.unwrap(), Claimed::Job(job) if job.id == scheduled));
        // What its worker has left is taken over by one of its kind.
        let later = T0 + DAY;
        assert_eq!(
            catalog.claim_job("w", LEASE, ClaimLimits::default(), later).await.unwrap(),
            Claimed::Nothing
        );
        let again = catalog.claim_scheduled_verification("v", LEASE, later).await.unwrap();
        assert!(matches!(again, Claimed::Job(job) if job.id == scheduled));
    }

    async fn the_schedule_sees_those_first_that_were_not_read_for_longest(database: &TestDatabase) {
        let catalog = open(database).await;
        let order = || async {
            let all = catalog.archives_by_age(0, 100).await.unwrap();
            all.into_iter().map(|one| (one.report_id, one.category)).collect::<Vec<_>>()
        };
        let progress = catalog.schedule_progress().await.unwrap();
        // Three categories are at one place on both reports, output files are not.
        assert_eq!((progress.archives, progress.under_way, progress.last_asked_us), (5, 0, None));
        assert_eq!(order().await[0], (1, Category::Sigproc));
        verify(&catalog, Category::Basecall, Wholeness::Whole, true, T0).await;
        verify(&catalog, Category::Sigproc, Wholeness::Whole, true, T0 + DAY).await;
        let now = order().await;
        let at = |report, category| now.iter().position(|one| *one == (report, category)).unwrap();
        assert_eq!(now.len(), 8);
        assert!(at(1, Category::Basecall) < at(1, Category::Sigproc) && at(1, Category::Sigproc) < 8);
        assert!(at(1, Category::Output) < at(1, Category::Basecall));
        assert_eq!(catalog.archives_by_age(6, 100).await.unwrap().len(), 2);
        ask(&catalog, Priority::Automatic, Category::Misc, T0 + DAY).await;
        let progress = catalog.schedule_progress().await.unwrap();
        assert_eq!((progress.under_way, progress.last_asked_us), (1, Some(T0 + DAY)));
    }

    async fn a_load_forgets_what_was_verified(database: &TestDatabase) {
        let catalog = open(database).await;
        verify(&catalog, Category::Misc, Wholeness::Whole, true, T0).await;
        catalog.load(document(), Replace::Yes).await.unwrap();
        assert!(catalog.verifications_of(1).await.unwrap().is_empty());
    }
}
