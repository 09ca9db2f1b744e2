//! Cancelling, trying again, deciding.

use runstow_catalog::{
    Catalog, Choice, Edit, Job, JobFilter, Lease, NewJob, Outcome, Progress, Start, Ticket, Told,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, State};
use runstow_testkit::on_both_databases;

use crate::support::{LEASE, T0, ask, begin, claim, consistent, done, one, state, status, with_runs};

fn changed(edit: Edit<Job>) -> Job {
    match edit {
        Edit::Done(job) => job,
        other => panic!("{other:?}"),
    }
}

async fn cancel(catalog: &Catalog, id: i64) -> Job {
    changed(catalog.cancel_job(id, "eve", T0).await.unwrap())
}

fn choices() -> [Choice; 2] {
    [("overwrite", "Overwrite the copy"), ("leave", "Leave it alone")]
        .map(|(id, label)| Choice { id: id.into(), label: label.into() })
}

async fn ask_people(catalog: &Catalog, ticket: Ticket) {
    let told = Told::new("exists", "another copy lies there");
    assert_eq!(catalog.ask_decision(ticket, &told, &choices()).await.unwrap(), Lease::Held);
}

on_both_databases! {
    async fn a_queued_job_is_cancelled_at_once_and_the_state_is_what_it_was(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        database.sql("UPDATE category_states SET state = 'N' WHERE category = 0 AND result_id = 1");
        database.sql("UPDATE category_states SET state = 'S' WHERE category = 0 AND result_id = 2");
        let id = one(&catalog, JobAction::Delete, 1, Category::Sigproc).await;
        let job = cancel(&catalog, id).await;
        assert_eq!((job.status, job.cancel_by.as_deref(), job.ended_us), (JobStatus::Cancelled, Some("eve"), Some(T0)));
        assert_eq!(state(&catalog, 1, Category::Sigproc).await, State::Notified);
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Selected);
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE username = 'eve' AND text = 'Delete of Signal Processing Input cancelled'"), "2");
        assert_eq!(claim(&catalog, "w", T0).await, None);
        assert!(matches!(catalog.cancel_job(id, "eve", T0).await.unwrap(), Edit::Refused(text) if text.contains("cancelled")));
        assert_eq!(catalog.cancel_job(99, "eve", T0).await.unwrap(), Edit::NotThere);
        consistent(&catalog).await;
    }

    async fn what_waits_and_has_not_begun_is_cancelled_at_once(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let job = claim(&catalog, "w", T0).await.unwrap();
        catalog.wait_job(job.ticket(), &Told::new("full", "no room"), T0 + 1_000_000_000).await.unwrap();
        assert_eq!(cancel(&catalog, id).await.status, JobStatus::Cancelled);
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Local);
        consistent(&catalog).await;
    }

    async fn a_running_job_is_told_to_stop_and_keeps_its_lease_to_settle(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        let job = cancel(&catalog, id).await;
        assert_eq!((job.status, job.cancel_by.as_deref()), (JobStatus::Running, Some("eve")));
        assert_eq!(catalog.holds_job(ticket, T0).await.unwrap(), Lease::CancelAsked);
        let renewed = catalog.renew_job(ticket, LEASE, &Progress::start(Phase::Settle), T0 + 50_000_000).await.unwrap();
        assert_eq!(renewed, Lease::CancelAsked);
        assert_eq!(claim(&catalog, "other", T0 + 61_000_000).await, None, "settling takes the time it takes");
        assert!(catalog.finish_job(ticket, Outcome::Cancelled { result: Some("{}".into()) }, T0).await.unwrap());
        assert_eq!((status(&catalog, id).await, state(&catalog, 1, Category::Output).await), (JobStatus::Cancelled, State::Local));
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE username = 'eve'"), "2", "asked for, and done");
        consistent(&catalog).await;
    }

    async fn a_job_that_is_cancelled_too_late_is_done(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        cancel(&catalog, id).await;
        assert!(catalog.finish_job(ticket, done(JobAction::Archive), T0).await.unwrap());
        assert_eq!((status(&catalog, id).await, state(&catalog, 1, Category::Output).await), (JobStatus::Done, State::Archived));
    }

    async fn a_job_cancelled_between_claim_and_begin_does_not_begin(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for waits in [false, true] {
            let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
            let job = claim(&catalog, "w", T0).await.unwrap();
            cancel(&catalog, id).await;
            if waits {
                // It would not have come back for days.
                let waited = catalog.wait_job(job.ticket(), &Told::new("full", "no room"), T0 + 1_000_000_000_000).await.unwrap();
                assert_eq!(waited, Lease::CancelAsked);
            } else {
                assert_eq!(catalog.begin_job(job.ticket(), T0).await.unwrap(), Start::CancelAsked);
                assert!(catalog.finish_job(job.ticket(), Outcome::Cancelled { result: None }, T0).await.unwrap());
            }
            assert_eq!((status(&catalog, id).await, state(&catalog, 1, Category::Output).await), (JobStatus::Cancelled, State::Local));
        }
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let job = claim(&catalog, "w", T0).await.unwrap();
        cancel(&catalog, id).await;
        let asked = catalog.ask_decision(job.ticket(), &Told::new("x", "x"), &choices()).await.unwrap();
        assert_eq!((asked, status(&catalog, id).await), (Lease::CancelAsked, JobStatus::Cancelled));
        consistent(&catalog).await;
    }

    async fn what_has_begun_and_waits_is_settled_by_the_next_worker(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for decision in [false, true] {
            let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
            let ticket = begin(&catalog, T0).await;
            if decision {
                ask_people(&catalog, ticket).await;
                assert_eq!(state(&catalog, 1, Category::Output).await, State::Error);
            } else {
                catalog.wait_job(ticket, &Told::new("full", "no room"), T0 + 1_000_000_000_000).await.unwrap();
            }
            assert_eq!(cancel(&catalog, id).await.status, JobStatus::Queued);
            assert_eq!(state(&catalog, 1, Category::Output).await, State::Archiving, "files may lie in both places");
            consistent(&catalog).await;
            let job = claim(&catalog, "w", T0).await.unwrap();
            assert_eq!((job.id, job.cancel_by.as_deref()), (id, Some("eve")));
            assert_eq!(catalog.begin_job(job.ticket(), T0).await.unwrap(), Start::CancelAsked);
            assert!(catalog.finish_job(job.ticket(), Outcome::Cancelled { result: None }, T0).await.unwrap());
            assert_eq!((status(&catalog, id).await, state(&catalog, 1, Category::Output).await), (JobStatus::Cancelled, State::Local));
        }
    }

    async fn only_a_decision_shows_an_error_and_a_retry_leaves_it(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let running = catalog.retry_job(id, "eve").await.unwrap();
        assert!(matches!(running, Edit::Refused(text) if text.contains("queued")));
        let job = claim(&catalog, "w", T0).await.unwrap();
        ask_people(&catalog, job.ticket()).await;
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Error);
        let job = catalog.job(id).await.unwrap().unwrap();
        assert_eq!((job.status, job.choices.len(), job.reason.unwrap().kind.as_str()), (JobStatus::NeedsDecision, 2, "exists"));
        assert_eq!(claim(&catalog, "w", T0 + 1_000_000_000).await, None, "it waits for people");
        let job = changed(catalog.retry_job(id, "eve").await.unwrap());
        assert_eq!((job.status, job.attempts), (JobStatus::Queued, 0));
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::ArchivePending, "nothing had been done");
        let ticket = begin(&catalog, T0).await;
        ask_people(&catalog, ticket).await;
        changed(catalog.retry_job(id, "eve").await.unwrap());
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Archiving, "something has been done");
        let job = claim(&catalog, "w", T0).await.unwrap();
        assert_eq!(catalog.begin_job(job.ticket(), T0).await.unwrap(), Start::Begun { resumed: true });
        assert!(catalog.finish_job(job.ticket(), done(JobAction::Archive), T0).await.unwrap());
        assert!(matches!(catalog.retry_job(id, "eve").await.unwrap(), Edit::Refused(text) if text.contains("done")));
        consistent(&catalog).await;
    }

    async fn an_undecided_job_that_has_not_begun_is_cancelled_at_once(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Delete, 1, Category::Output).await;
        let job = claim(&catalog, "w", T0).await.unwrap();
        ask_people(&catalog, job.ticket()).await;
        assert_eq!(cancel(&catalog, id).await.status, JobStatus::Cancelled);
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Local);
        consistent(&catalog).await;
    }

    async fn a_decision_is_one_of_the_choices_and_of_what_was_seen(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        assert!(matches!(catalog.decide_job(id, "leave", "eve", |_| true).await.unwrap(), Edit::Refused(_)));
        let ticket = begin(&catalog, T0).await;
        assert!(catalog.ask_decision(ticket, &Told::new("x", "x"), &[]).await.is_err(), "a question without answers");
        ask_people(&catalog, ticket).await;
        let unknown = catalog.decide_job(id, "erase", "eve", |_| true).await.unwrap();
        assert!(matches!(unknown, Edit::Refused(text) if text.contains("overwrite, leave")));
        assert_eq!(catalog.decide_job(id, "leave", "eve", |_| false).await.unwrap(), Edit::Changed);
        let job = changed(catalog.decide_job(id, "leave", "eve", |seen| seen.fence == ticket.fence).await.unwrap());
        assert_eq!((job.status, job.decision.as_deref(), job.choices.len()), (JobStatus::Queued, Some("leave"), 0));
        assert!(matches!(catalog.decide_job(id, "overwrite", "ann", |_| true).await.unwrap(), Edit::Refused(_)), "the first word counts");
        assert_eq!(claim(&catalog, "w", T0).await.unwrap().decision.as_deref(), Some("leave"));
        consistent(&catalog).await;
    }

    async fn a_restore_that_is_given_up_leaves_the_files_deleted(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        database.sql("UPDATE category_states SET state = 'DD' WHERE category = 2");
        let id = one(&catalog, JobAction::Restore, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        ask_people(&catalog, ticket).await;
        cancel(&catalog, id).await;
        let job = claim(&catalog, "w", T0).await.unwrap();
        assert!(catalog.finish_job(job.ticket(), Outcome::Cancelled { result: None }, T0).await.unwrap());
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Deleted);
    }

    async fn jobs_are_found_by_what_people_know_of_them(database: &TestDatabase) {
        let catalog = with_runs(database, 3).await;
        let first = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let asked = ask(&catalog, JobAction::Delete, vec![NewJob::new(2, Category::Output), NewJob::new(5, Category::Output)]).await;
        let (second, third) = (*asked.jobs[0].as_ref().unwrap(), *asked.jobs[1].as_ref().unwrap());
        let found = async |filter: JobFilter| catalog.jobs(&filter).await.unwrap().into_iter().map(|job| job.id).collect::<Vec<_>>();
        let all = JobFilter::default();
        assert_eq!(found(all.clone()).await, [third, second, first]);
        assert_eq!(found(JobFilter { limit: 1, after: Some(third), ..all.clone() }).await, [second]);
        assert_eq!(found(JobFilter { report: Some(2), ..all.clone() }).await, [second, first], "with the run's signal files");
        assert_eq!(found(JobFilter { run: Some(1), ..all.clone() }).await, [second, first]);
        assert_eq!(found(JobFilter { batch: asked.batch_id, ..all.clone() }).await, [third, second]);
        assert_eq!(found(JobFilter { actions: vec![JobAction::Archive], ..all.clone() }).await, [first]);
        assert_eq!(found(JobFilter { user: Some("eve".into()), ..all.clone() }).await.len(), 0);
        cancel(&catalog, third).await;
        assert_eq!(found(JobFilter { statuses: vec![JobStatus::Queued], ..all.clone() }).await, [second, first]);
        let counts = catalog.job_counts(T0).await.unwrap();
        assert_eq!((counts.of(JobStatus::Queued), counts.of(JobStatus::Cancelled), counts.of(JobStatus::Done)), (2, 1, 0));
        assert_eq!(counts.oldest_queued_us, Some(T0));
    }
}
