//! Many workers at once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use runstow_catalog::{Lease, NewJob, Progress, Start};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, State};
use runstow_testkit::on_both_databases;

use crate::support::{LEASE, T0, ask, claim, consistent, done, open, with_runs};

on_both_databases! {
    async fn four_workers_do_four_hundred_jobs_once_each_and_one_at_a_time_for_each_run(database: &TestDatabase) {
        let catalog = with_runs(database, 67).await;
        let jobs = (1..=134).flat_map(|report| Category::ALL[1..].iter().map(move |category| NewJob::new(report, *category)));
        let asked = ask(&catalog, JobAction::Archive, jobs.take(400).collect()).await;
        assert_eq!(asked.jobs.iter().filter(|verdict| verdict.is_ok()).count(), 400);
        let busy: Arc<Mutex<HashSet<String>>> = Arc::default();
        let mut workers = tokio::task::JoinSet::new();
        for number in 0..4 {
            let (catalog, busy) = (open(database).await, busy.clone());
            workers.spawn(async move {
                let mut finished = Vec::new();
                loop {
                    let Some(job) = claim(&catalog, &format!("worker {number}"), T0).await else {
                        // The runs of what is left may all be busy.
                        if catalog.job_counts(T0).await.unwrap().of(JobStatus::Queued) == 0 {
                            return finished;
                        }
                        continue;
                    };
                    assert!(busy.lock().unwrap().insert(job.lock_key.clone()), "two jobs of {}", job.lock_key);
                    assert_eq!(catalog.begin_job(job.ticket(), T0).await.unwrap(), Start::Begun { resumed: false });
                    let progress = Progress { bytes_done: 5, ..Progress::start(Phase::Copy) };
                    assert_eq!(catalog.renew_job(job.ticket(), LEASE, &progress, T0).await.unwrap(), Lease::Held);
                    assert_eq!(catalog.holds_job(job.ticket(), T0).await.unwrap(), Lease::Held);
                    busy.lock().unwrap().remove(&job.lock_key);
                    assert!(catalog.finish_job(job.ticket(), done(job.action), T0).await.unwrap());
                    finished.push(job.id);
                }
            });
        }
        let mut all: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, asked.jobs.into_iter().map(Result::unwrap).collect::<Vec<_>>());
        assert_eq!(database.sql("SELECT count(*) FROM jobs WHERE status = 'done' AND fence = 1 AND attempts = 1"), "400");
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE text LIKE '%archived to /archive/x%'"), "400");
        assert_eq!(database.sql("SELECT count(*) FROM category_states WHERE state = 'AD'"), "400");
        assert_eq!(database.sql("SELECT count(*) FROM job_marks"), "0");
        consistent(&catalog).await;
    }

    async fn a_run_is_never_given_out_twice_however_many_ask(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let jobs = [1, 2].into_iter().flat_map(|report| Category::ALL[1..].iter().map(move |category| NewJob::new(report, *category)));
        ask(&catalog, JobAction::Delete, jobs.collect()).await;
        let mut claims = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let catalog = open(database).await;
            claims.spawn(async move { claim(&catalog, "w", T0).await });
        }
        let given = claims.join_all().await.into_iter().flatten().count();
        assert_eq!(given, 1);
        assert_eq!(database.sql("SELECT count(*) FROM jobs WHERE status = 'running'"), "1");
        assert_eq!(crate::support::state(&catalog, 1, Category::Basecall).await, State::DeletePending, "not begun");
    }
}
