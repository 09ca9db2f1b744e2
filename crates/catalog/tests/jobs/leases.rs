//! Leases and fences.

use runstow_catalog::{Choice, Lease, Outcome, Progress, Start, Ticket, Told};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, State};
use runstow_testkit::on_both_databases;

use crate::support::{LATER, LEASE, T0, begin, claim, consistent, done, one, state, status, with_runs};

async fn nothing_can_be_done_with(catalog: &runstow_catalog::Catalog, old: Ticket) {
    let progress = Progress::start(Phase::Remove);
    let choices = [Choice { id: "x".into(), label: "x".into() }];
    let told = Told::new("x", "x");
    assert_eq!(catalog.holds_job(old, LATER).await.unwrap(), Lease::Lost);
    assert_eq!(catalog.renew_job(old, LEASE, &progress, LATER).await.unwrap(), Lease::Lost);
    assert_eq!(catalog.begin_job(old, LATER).await.unwrap(), Start::Lost);
    assert_eq!(catalog.wait_job(old, &told, LATER).await.unwrap(), Lease::Lost);
    assert_eq!(catalog.ask_decision(old, &told, &choices).await.unwrap(), Lease::Lost);
    assert!(!catalog.finish_job(old, done(JobAction::Archive), LATER).await.unwrap());
    assert!(!catalog.finish_job(old, Outcome::Cancelled { result: None }, LATER).await.unwrap());
    assert!(!catalog.fail_job(old, told, LATER).await.unwrap());
}

on_both_databases! {
    async fn a_job_whose_worker_is_gone_is_taken_over_and_the_old_fence_can_do_nothing(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let old = begin(&catalog, T0).await;
        assert_eq!(claim(&catalog, "other", T0 + 59_000_000).await, None, "the lease lasts");
        assert_eq!(catalog.holds_job(old, T0 + 59_000_000).await.unwrap(), Lease::Held);
        assert_eq!(catalog.holds_job(old, LATER).await.unwrap(), Lease::Lost, "no destructive step without a lease");
        let job = claim(&catalog, "other", LATER).await.unwrap();
        assert_eq!((job.id, job.fence, job.attempts, job.worker.as_deref()), (id, 2, 2, Some("other")));
        assert!(job.begun(), "the journal must be looked at");
        nothing_can_be_done_with(&catalog, old).await;
        assert_eq!(status(&catalog, id).await, JobStatus::Running);
        assert_eq!(catalog.begin_job(job.ticket(), LATER).await.unwrap(), Start::Begun { resumed: true });
        assert!(catalog.finish_job(job.ticket(), done(JobAction::Archive), LATER).await.unwrap());
        nothing_can_be_done_with(&catalog, old).await;
        nothing_can_be_done_with(&catalog, job.ticket()).await;
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Archived);
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE text LIKE '%begun%'"), "1");
        consistent(&catalog).await;
    }

    async fn a_lease_that_nobody_has_taken_can_be_renewed_and_tells_how_far_it_is(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        let version = catalog.version().await.unwrap();
        let progress = Progress { phase: Phase::Prove, bytes_done: 7, bytes_total: Some(9), files_done: 1, files_total: None, ..Progress::start(Phase::Prove) };
        assert_eq!(catalog.renew_job(ticket, LEASE, &progress, LATER).await.unwrap(), Lease::Held);
        let job = catalog.job(id).await.unwrap().unwrap();
        assert_eq!((job.progress, job.progress_us), (progress, Some(LATER)));
        assert_eq!(claim(&catalog, "other", LATER).await, None);
        assert_eq!(catalog.version().await.unwrap(), version, "progress makes no answer stale");
    }

    async fn numbers_and_fences_are_never_used_again(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let old = begin(&catalog, T0).await;
        let other = claim(&catalog, "other", LATER).await.unwrap().ticket();
        catalog.begin_job(other, LATER).await.unwrap();
        assert!(catalog.finish_job(other, done(JobAction::Archive), LATER).await.unwrap());
        catalog.load(crate::support::document(1, "L"), runstow_catalog::Replace::Yes).await.unwrap();
        let new = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        assert_ne!(new, old.job, "a worker that wakes up late must not take it for its own");
        begin(&catalog, T0).await;
        assert_eq!(catalog.holds_job(old, T0).await.unwrap(), Lease::Lost);
    }
}
