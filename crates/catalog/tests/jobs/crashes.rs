//! A worker or a whole server vanishes between any two steps, or within one: the next one goes on, and nothing is stuck.

use std::time::{Duration, Instant};

use runstow_catalog::{Catalog, Choice, NewJob, Outcome, Progress, Start, Ticket, Told};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, State};
use runstow_testkit::on_both_databases;

use crate::support::{LEASE, T0, batch, claim, consistent, done, open, settle_all, state, with_runs};

/// What the clients of one job do one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Ask,
    Claim,
    Begin,
    Renew,
    Wait,
    AskPeople,
    Decide,
    Retry,
    Cancel,
    Fail,
    Stop,
    Finish,
}
use Step::{AskPeople, Begin, Cancel, Claim, Decide, Fail, Finish, Renew, Retry, Stop, Wait};

const STORIES: [&[Step]; 6] = [
    &[Step::Ask, Claim, Begin, Renew, Finish],
    &[Step::Ask, Claim, Wait, Claim, Begin, Renew, Wait, Claim, Begin, Finish],
    &[Step::Ask, Claim, Begin, AskPeople, Decide, Claim, Begin, AskPeople, Retry, Claim, Begin, Finish],
    &[Step::Ask, Claim, AskPeople, Retry, Claim, Fail],
    &[Step::Ask, Claim, Begin, Cancel, Renew, Stop],
    &[Step::Ask, Claim, Begin, Wait, Cancel, Claim, Stop],
];

/// Does one step with a connection of its own, which then is gone.
async fn step(catalog: &Catalog, step: Step, action: JobAction, job: &mut Option<Ticket>) {
    let told = Told::new("x", "x");
    let ticket = job.unwrap_or(Ticket { job: 0, fence: 0 });
    match step {
        Step::Ask => {
            let asked = catalog
                .enqueue_jobs(batch(action, "ion"), vec![NewJob::new(1, Category::Sigproc)], T0)
                .await
                .unwrap();
            *job = Some(Ticket { job: *asked.jobs[0].as_ref().unwrap(), fence: 0 });
        }
        Claim => *job = Some(claim(catalog, "w", T0).await.expect("it is free").ticket()),
        Begin => assert!(matches!(catalog.begin_job(ticket, T0).await.unwrap(), Start::Begun { .. })),
        Renew => drop(catalog.renew_job(ticket, LEASE, &Progress::start(Phase::Copy), T0).await.unwrap()),
        Wait => drop(catalog.wait_job(ticket, &told, T0).await.unwrap()),
        AskPeople => {
            let choices = [Choice { id: "go".into(), label: "Go on".into() }];
            catalog.ask_decision(ticket, &told, &choices).await.unwrap();
        }
        Decide => drop(catalog.decide_job(ticket.job, "go", "eve", |_| true).await.unwrap()),
        Retry => drop(catalog.retry_job(ticket.job, "eve").await.unwrap()),
        Cancel => drop(catalog.cancel_job(ticket.job, "eve", T0).await.unwrap()),
        Fail => assert!(catalog.fail_job(ticket, told, T0).await.unwrap()),
        Stop => assert!(catalog.finish_job(ticket, Outcome::Cancelled { result: None }, T0).await.unwrap()),
        Finish => assert!(catalog.finish_job(ticket, done(action), T0).await.unwrap()),
    }
}

on_both_databases! {
    async fn after_any_step_another_worker_brings_the_job_to_an_end(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for (action, before, after) in [
            (JobAction::Archive, State::Local, State::Archived),
            (JobAction::Export, State::Local, State::Local),
            (JobAction::Delete, State::Acknowledged, State::Deleted),
            (JobAction::Restore, State::Archived, State::Local),
        ] {
            for story in STORIES {
                for last in 1..=story.len() {
                    for report in [1, 2] {
                        catalog.set_states(report, &[(Category::Sigproc, before, None)]).await.unwrap();
                    }
                    let mut job = None;
                    for one in &story[..last] {
                        let client = catalog.clone();
                        step(&client, *one, action, &mut job).await;
                        consistent(&catalog).await;
                    }
                    settle_all(&catalog, T0).await;
                    let id = job.unwrap().job;
                    let status = catalog.job(id).await.unwrap().unwrap().status;
                    for report in [1, 2] {
                        let now = state(&catalog, report, Category::Sigproc).await;
                        // Given up after it had begun, an announcement of a delete is void.
                        let expected = if status == JobStatus::Done { [after; 2] } else { [before, before.place()] };
                        assert!(expected.contains(&now), "{action} {:?}: {status}, {now}", &story[..last]);
                    }
                }
            }
        }
        assert_eq!(database.sql("SELECT count(*) FROM job_marks"), "0");
    }

    async fn giving_up_while_a_transaction_begins_leaves_none_open(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for micros in (0..600_u64).step_by(2) {
            let client = catalog.clone();
            let given_up = tokio::spawn(async move { client.set_states(1, &[(Category::Output, State::Local, None)]).await });
            // Timers are too coarse for what lasts some hundred microseconds.
            let began = Instant::now();
            while began.elapsed() < Duration::from_micros(micros) {
                tokio::task::yield_now().await;
            }
            given_up.abort();
            let _ = given_up.await;
            // Each connection of the pool: a query, which a transaction that was left open would take in, then a snapshot.
            for _ in 0..4 {
                catalog.version().await.unwrap();
            }
            for _ in 0..4 {
                consistent(&catalog).await;
            }
        }
    }

    async fn whenever_workers_vanish_everything_comes_to_an_end_once(database: &TestDatabase) {
        let catalog = with_runs(database, 6).await;
        let jobs = (1..=12).flat_map(|report| Category::ALL.into_iter().map(move |category| NewJob::new(report, category)));
        let asked = catalog.enqueue_jobs(batch(JobAction::Archive, "ion"), jobs.collect(), T0).await.unwrap();
        let accepted = asked.jobs.iter().filter(|verdict| verdict.is_ok()).count();
        assert_eq!(accepted, 6 + 3 * 12);
        let mut now_us = T0;
        for round in 0..25_u64 {
            now_us += 61_000_000;
            let mut workers = tokio::task::JoinSet::new();
            for number in 0..3 {
                let catalog = if round % 5 == 0 { open(database).await } else { catalog.clone() };
                workers.spawn(async move {
                    while let Some(job) = claim(&catalog, &format!("{number}"), now_us).await {
                        let start = catalog.begin_job(job.ticket(), now_us).await.unwrap();
                        assert!(matches!(start, Start::Begun { .. }), "{start:?}");
                        catalog.renew_job(job.ticket(), LEASE, &Progress::start(Phase::Copy), now_us).await.unwrap();
                        if job.id % 3 == 0 && job.attempts < 3 {
                            catalog.wait_job(job.ticket(), &Told::new("x", "x"), now_us).await.unwrap();
                            continue;
                        }
                        catalog.finish_job(job.ticket(), done(job.action), now_us).await.unwrap();
                    }
                });
            }
            // Somewhere in the middle of whatever they are at.
            tokio::time::sleep(Duration::from_micros(700 * (round + 1))).await;
            workers.abort_all();
            while workers.join_next().await.is_some_and(|end| end.is_ok() || end.is_err_and(|error| error.is_cancelled())) {}
            consistent(&catalog).await;
        }
        settle_all(&catalog, now_us).await;
        assert_eq!(database.sql("SELECT count(*) FROM jobs WHERE status = 'done'"), accepted.to_string());
        assert_eq!(database.sql("SELECT count(*) FROM category_states WHERE state = 'AD'"), "48");
        let told = database.sql("SELECT count(*) FROM events WHERE text LIKE '%archived to%'");
        assert_eq!(told, "48", "each end was written once");
    }
}
