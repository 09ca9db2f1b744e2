//! What has changed between the request and the beginning, and the point from which there is no way back.

use runstow_catalog::{Catalog, NewJob, Outcome, Published, Sources, Start, StoredPath, Ticket, Told};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::support::{LATER, T0, ask, begin, claim, consistent, done, one, state, status, with_runs};

async fn start(catalog: &Catalog) -> (Ticket, Start) {
    let job = claim(catalog, "w", T0).await.unwrap();
    (job.ticket(), catalog.begin_job(job.ticket(), T0).await.unwrap())
}

async fn is_refused(catalog: &Catalog, id: i64, kind: &str, because: &str) {
    let (ticket, begun) = start(catalog).await;
    let Start::Refused(told) = begun else { panic!("{begun:?}") };
    assert!(told.kind == kind && told.text.contains(because) && told.text.contains("plan again"), "{told:?}");
    assert!(catalog.fail_job(ticket, told, T0).await.unwrap());
    assert_eq!((ticket.job, status(catalog, id).await), (id, JobStatus::Failed));
}

on_both_databases! {
    async fn a_report_that_came_to_use_basecalls_after_the_request_keeps_them_from_being_deleted(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Delete, 1, Category::Basecall).await;
        database.sql("UPDATE results SET parent_id = 1 WHERE id = 2");
        // What people do meanwhile does not count as a confirmation.
        let job = claim(&catalog, "w", T0).await.unwrap();
        catalog.wait_job(job.ticket(), &Told::new("x", "y"), T0).await.unwrap();
        catalog.retry_job(id, "ann").await.unwrap();
        is_refused(&catalog, id, "linked", "report 2 ").await;
        for report in [1, 2] {
            assert_eq!(state(&catalog, report, Category::Basecall).await, State::Local);
        }
        // One that was there when it was asked for was confirmed.
        let confirmed = NewJob { also_marks: vec![2], ..NewJob::new(1, Category::Basecall) };
        ask(&catalog, JobAction::Delete, vec![confirmed]).await;
        assert!(matches!(start(&catalog).await.1, Start::Begun { .. }));
        consistent(&catalog).await;
    }

    async fn a_report_that_came_to_use_basecalls_shows_what_becomes_of_them(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        one(&catalog, JobAction::Archive, 1, Category::Basecall).await;
        database.sql("UPDATE results SET parent_id = 1 WHERE id = 2");
        let ticket = begin(&catalog, T0).await;
        assert_eq!(state(&catalog, 2, Category::Basecall).await, State::Archiving);
        assert!(catalog.finish_job(ticket, done(JobAction::Archive), T0).await.unwrap());
        let report = catalog.report_with_run(2).await.unwrap().unwrap().report;
        let basecall = report.category(Category::Basecall).unwrap();
        assert_eq!((basecall.state, &basecall.archive_path), (State::Archived, &Some("/archive/x".into())));
    }

    async fn a_run_that_is_written_to_again_after_the_request_is_left_alone(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let unfinished = || database.sql("UPDATE experiments SET finished = FALSE, finished_reason = 'a flow is missing'");
        for action in [JobAction::Archive, JobAction::Export, JobAction::Delete] {
            let id = one(&catalog, action, 1, Category::Sigproc).await;
            unfinished();
            is_refused(&catalog, id, "unfinished", "a flow is missing").await;
            database.sql("UPDATE experiments SET finished = TRUE");
        }
        // Confirmed; or the signal files, and with them what says it, are gone.
        let confirmed = NewJob { unfinished_confirmed: true, ..NewJob::new(1, Category::Sigproc) };
        ask(&catalog, JobAction::Archive, vec![confirmed]).await;
        one(&catalog, JobAction::Delete, 2, Category::Output).await;
        unfinished();
        let (ticket, begun) = start(&catalog).await;
        assert_eq!(begun, Start::Begun { resumed: false });
        assert!(catalog.finish_job(ticket, done(JobAction::Archive), T0).await.unwrap());
        assert_eq!(start(&catalog).await.1, Start::Begun { resumed: false });
    }

    async fn an_archive_is_known_before_its_sources_are_removed_and_never_forgotten_again(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let place = StoredPath::from_bytes(b"/archive/run\xff".to_vec());
        let ticket = begin(&catalog, T0).await;
        assert_eq!(catalog.publish_job(ticket, &place, Sources::Untouched, T0).await.unwrap(), Published::Recorded);
        let known = || async {
            for report in catalog.reports_of_run(1).await.unwrap() {
                assert_eq!(report.category(Category::Sigproc).unwrap().archive_path, Some(place.clone()));
            }
        };
        known().await;
        // Whoever has lost the job publishes nothing.
        let next = begin(&catalog, LATER).await;
        assert_eq!(catalog.publish_job(ticket, &"/elsewhere".into(), Sources::Untouched, LATER).await.unwrap(), Published::Lost);
        assert_eq!(catalog.publish_job(next, &place, Sources::Untouched, LATER).await.unwrap(), Published::Recorded);
        assert_eq!(catalog.job(id).await.unwrap().unwrap().published_us, Some(T0));
        for outcome in [
            Outcome::Failed { reason: Told::new("plan-changed", "nothing was removed"), result: None },
            Outcome::Cancelled { result: None },
        ] {
            let error = catalog.finish_job(next, outcome, LATER).await.unwrap_err();
            assert!(error.to_string().contains("may be removed"), "{error}");
        }
        assert_eq!(state(&catalog, 1, Category::Sigproc).await, State::Archiving);
        assert!(catalog.finish_job(next, done(JobAction::Archive), LATER).await.unwrap());
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Archived);
        consistent(&catalog).await;
    }
}
