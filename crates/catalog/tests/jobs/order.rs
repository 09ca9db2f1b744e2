//! Which job comes next.

use runstow_catalog::{Catalog, ClaimLimits, Claimed, Maintenance, NewBatch, NewJob, Told};
use runstow_lifecycle::{Category, JobAction, Priority, State};
use runstow_testkit::on_both_databases;

use crate::support::{LATER, LEASE, T0, batch, begin, claim, consistent, done, one, state, with_runs};

/// Jobs of a user on reports of different runs.
async fn of_user(catalog: &Catalog, user: &str, runs: std::ops::RangeInclusive<i64>, priority: Priority) {
    let jobs = runs.map(|run| NewJob { volume_id: Some(run % 2), ..NewJob::new(2 * run, Category::Output) });
    let new = NewBatch { priority, ..batch(JobAction::Export, user) };
    let asked = catalog.enqueue_jobs(new, jobs.collect(), T0).await.unwrap();
    assert!(asked.jobs.iter().all(Result::is_ok));
}

on_both_databases! {
    async fn users_take_turns_and_rules_come_last(database: &TestDatabase) {
        let catalog = with_runs(database, 12).await;
        of_user(&catalog, "policy", 1..=3, Priority::Automatic).await;
        of_user(&catalog, "ann", 4..=7, Priority::Manual).await;
        of_user(&catalog, "bob", 8..=9, Priority::Manual).await;
        of_user(&catalog, "cy", 10..=10, Priority::Manual).await;
        let mut users = Vec::new();
        while let Some(job) = claim(&catalog, "w", T0).await {
            users.push(job.user);
        }
        assert_eq!(users, ["ann", "bob", "cy", "ann", "bob", "ann", "ann", "policy", "policy", "policy"]);
    }

    async fn one_worker_serves_users_in_turn_though_nobody_runs_when_it_asks(database: &TestDatabase) {
        let catalog = with_runs(database, 8).await;
        of_user(&catalog, "ann", 1..=4, Priority::Manual).await;
        of_user(&catalog, "bob", 5..=6, Priority::Manual).await;
        let turn = async || {
            let ticket = begin(&catalog, T0).await;
            assert!(catalog.finish_job(ticket, done(JobAction::Export), T0).await.unwrap());
            catalog.job(ticket.job).await.unwrap().unwrap().user
        };
        let mut users = vec![turn().await, turn().await, turn().await];
        // Who comes now was never served.
        of_user(&catalog, "cy", 7..=7, Priority::Manual).await;
        of_user(&catalog, "policy", 8..=8, Priority::Automatic).await;
        for _ in 0..5 {
            users.push(turn().await);
        }
        assert_eq!(users, ["ann", "bob", "ann", "cy", "bob", "ann", "ann", "policy"]);
    }

    async fn no_destination_has_more_writers_than_it_may(database: &TestDatabase) {
        let catalog = with_runs(database, 4).await;
        let to = |run: i64, target| NewJob { volume_id: Some(run), target_volume_id: Some(target), ..NewJob::new(2 * run, Category::Output) };
        // Each from a root of its own; the last reads what the others write.
        let last = NewJob { target_volume_id: None, volume_id: Some(9), ..to(4, 9) };
        catalog.enqueue_jobs(batch(JobAction::Export, "ann"), vec![to(1, 9), to(2, 9), to(3, 8), last], T0).await.unwrap();
        let limits = ClaimLimits { per_volume: Some(1) };
        let claim = async || match catalog.claim_job("w", LEASE, limits, T0).await.unwrap() {
            Claimed::Job(job) => Some(*job),
            _ => None,
        };
        let (first, second) = (claim().await.unwrap(), claim().await.unwrap());
        assert_eq!((first.report_id, second.report_id), (2, 6));
        assert_eq!(claim().await, None, "one writes there already");
        catalog.begin_job(first.ticket(), T0).await.unwrap();
        assert!(catalog.finish_job(first.ticket(), done(JobAction::Export), T0).await.unwrap());
        assert_eq!(claim().await.unwrap().report_id, 4);
        assert_eq!(claim().await, None);
    }

    async fn no_storage_root_has_more_running_jobs_than_it_may(database: &TestDatabase) {
        let catalog = with_runs(database, 8).await;
        of_user(&catalog, "ann", 1..=8, Priority::Manual).await;
        let limits = ClaimLimits { per_volume: Some(2) };
        let mut given = Vec::new();
        while let Claimed::Job(job) = catalog.claim_job("w", LEASE, limits, T0).await.unwrap() {
            given.push(*job);
        }
        let on = |volume| given.iter().filter(|job| job.volume_id == Some(volume)).count();
        assert_eq!((on(0), on(1)), (2, 2));
        let first = given[0].ticket();
        catalog.begin_job(first, T0).await.unwrap();
        assert!(catalog.finish_job(first, done(JobAction::Export), T0).await.unwrap());
        let Claimed::Job(next) = catalog.claim_job("w", LEASE, limits, T0).await.unwrap() else { panic!("a place is free") };
        assert_eq!(next.volume_id, given[0].volume_id);
        let taken_over = catalog.claim_job("w", LEASE, limits, LATER).await.unwrap();
        assert!(matches!(taken_over, Claimed::Job(job) if job.fence == 2), "an abandoned job keeps its place");
        let none = ClaimLimits { per_volume: Some(0) };
        assert_eq!(catalog.claim_job("w", LEASE, none, T0).await.unwrap(), Claimed::Nothing);
    }

    async fn two_workers_at_once_keep_to_the_limit(database: &TestDatabase) {
        let catalog = with_runs(database, 20).await;
        of_user(&catalog, "ann", 1..=20, Priority::Manual).await;
        let mut claims = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let catalog = crate::support::open(database).await;
            claims.spawn(async move { catalog.claim_job("w", LEASE, ClaimLimits { per_volume: Some(1) }, T0).await.unwrap() });
        }
        let given = claims.join_all().await.into_iter().filter(|claimed| matches!(claimed, Claimed::Job(_))).count();
        assert_eq!(given, 2, "one on each of two storage roots");
    }

    async fn maintenance_hands_nothing_out_and_lets_running_jobs_end(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        one(&catalog, JobAction::Archive, 3, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        let maintenance = Maintenance { by: "ion".into(), reason: "new disks".into(), since_us: T0 };
        assert_eq!(catalog.maintenance().await.unwrap(), None);
        catalog.set_maintenance(Some(&maintenance)).await.unwrap();
        assert_eq!(catalog.maintenance().await.unwrap(), Some(maintenance));
        for now_us in [T0, LATER] {
            let claimed = catalog.claim_job("w", LEASE, ClaimLimits::default(), now_us).await.unwrap();
            assert_eq!(claimed, Claimed::Maintenance, "neither a new one nor one whose worker is gone");
        }
        assert!(catalog.finish_job(ticket, done(JobAction::Archive), T0).await.unwrap());
        catalog.set_maintenance(None).await.unwrap();
        assert!(claim(&catalog, "w", T0).await.is_some());
    }

    async fn what_waits_comes_back_by_itself_when_its_time_has_come(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let job = claim(&catalog, "w", T0).await.unwrap();
        let told = Told::new("destination", "/archive is not mounted");
        catalog.wait_job(job.ticket(), &told, T0 + 1000).await.unwrap();
        assert_eq!(state(&catalog, 1, Category::Output).await, State::ArchivePending, "nothing was done yet");
        let waiting = catalog.job(id).await.unwrap().unwrap();
        assert_eq!((waiting.reason, waiting.not_before_us, waiting.worker), (Some(told.clone()), Some(T0 + 1000), None));
        assert_eq!(claim(&catalog, "w", T0 + 999).await, None);
        let ticket = begin(&catalog, T0 + 1000).await;
        catalog.wait_job(ticket, &told, T0 + 2000).await.unwrap();
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Archiving, "something was done");
        let job = claim(&catalog, "w", T0 + 2000).await.unwrap();
        assert_eq!((job.attempts, job.begun()), (3, true));
        consistent(&catalog).await;
    }

    async fn a_job_can_be_asked_for_later(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let new = NewJob { not_before_us: Some(T0 + 5), ..NewJob::new(1, Category::Output) };
        catalog.enqueue_jobs(batch(JobAction::Archive, "ion"), vec![new], T0).await.unwrap();
        assert_eq!(claim(&catalog, "w", T0).await, None);
        assert!(claim(&catalog, "w", T0 + 5).await.is_some());
    }

    async fn who_works_for_one_request_is_given_no_other_job(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let other = one(&catalog, JobAction::Export, 1, Category::Output).await;
        let asked = catalog.enqueue_jobs(batch(JobAction::Export, "ion"), vec![NewJob::new(3, Category::Output)], T0).await.unwrap();
        let (own, id) = (asked.batch_id.unwrap(), *asked.jobs[0].as_ref().unwrap());
        let claim = async |now_us| catalog.claim_job_of_batch(own, "w", LEASE, ClaimLimits::default(), now_us).await.unwrap();
        let Claimed::Job(job) = claim(T0).await else { panic!("there is a job") };
        assert_eq!(job.id, id);
        assert_eq!(claim(T0).await, Claimed::Nothing);
        let Claimed::Job(again) = claim(LATER).await else { panic!("it was abandoned") };
        assert_eq!((again.id, again.fence), (id, job.fence + 1));
        assert_eq!(crate::support::status(&catalog, other).await, runstow_lifecycle::JobStatus::Queued);
    }
}
