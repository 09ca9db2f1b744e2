//! What people do while an archive copies counts when its copies are complete. A tester's find: holds and Keep of that time were
//! accepted, and the files were removed all the same; a cancel had no effect.

use runstow_catalog::{
    Catalog, HoldOn, JobFilter, KeepWish, NewHold, NewJob, Published, Sources, Start, StoredPath, Ticket,
    Told,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::support::{LATER, T0, ask, begin, claim, consistent, one, state, status, with_runs};

async fn publish(catalog: &Catalog, ticket: Ticket, sources: Sources) -> Published {
    catalog.publish_job(ticket, &StoredPath::from("/archive/x"), sources, T0).await.unwrap()
}

async fn is_not_recorded(catalog: &Catalog, report: i64, category: Category) {
    let job = catalog.live_job_of(report, category).await.unwrap().unwrap();
    let known = catalog.report_with_run(report).await.unwrap().unwrap().report;
    assert_eq!((job.published(), &known.category(category).unwrap().archive_path), (false, &None));
}

async fn hold(catalog: &Catalog, on: HoldOn) -> i64 {
    let new = NewHold { on, who: "pipeline 7".into(), reason: "calls variants".into(), expires_us: None };
    catalog.add_hold(new, "eve").await.unwrap().unwrap().id
}

async fn keep(catalog: &Catalog, category: Category) {
    let wish = KeepWish { owner: "eve".into(), reason: "the trial".into(), expires_us: None };
    catalog.change_keep(1, category, Some(wish), "eve", |_| true).await.unwrap();
}

on_both_databases! {
    async fn a_hold_that_came_while_it_copied_keeps_an_archive_waiting_until_it_is_released(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        // Signal files are in use as long as any report of the run is.
        for (category, on) in [
            (Category::Output, HoldOn::Report(1)),
            (Category::Misc, HoldOn::Run(1)),
            (Category::Sigproc, HoldOn::Report(2)),
        ] {
            let id = one(&catalog, JobAction::Archive, 1, category).await;
            let ticket = begin(&catalog, T0).await;
            let hold = hold(&catalog, on).await;
            let said = publish(&catalog, ticket, Sources::Untouched).await;
            let Published::Wait(told) = said else { panic!("{said:?}") };
            assert!(told.kind == "in-use" && told.text.contains("pipeline 7 (calls variants)"), "{told:?}");
            is_not_recorded(&catalog, 1, category).await;
            catalog.wait_job(ticket, &told, T0).await.unwrap();
            let again = claim(&catalog, "w", T0).await.unwrap();
            assert_eq!(again.id, id);
            assert!(matches!(catalog.begin_job(again.ticket(), T0).await.unwrap(), Start::Wait(_)));
            assert!(catalog.release_hold(hold, "eve").await.unwrap());
            assert_eq!(catalog.begin_job(again.ticket(), T0).await.unwrap(), Start::Begun { resumed: true });
            assert_eq!(publish(&catalog, again.ticket(), Sources::Untouched).await, Published::Recorded);
            // From here on nothing is asked any more.
            self::hold(&catalog, on).await;
            assert_eq!(publish(&catalog, again.ticket(), Sources::Untouched).await, Published::Recorded);
            let done = crate::support::done(JobAction::Archive);
            assert!(catalog.finish_job(again.ticket(), done, T0).await.unwrap());
            for left in catalog.holds(Default::default(), 0, 9).await.unwrap() {
                catalog.release_hold(left.id, "eve").await.unwrap();
            }
        }
        consistent(&catalog).await;
    }

    async fn a_hold_on_another_report_does_not_keep_an_archive_waiting(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        hold(&catalog, HoldOn::Report(2)).await;
        assert_eq!(publish(&catalog, ticket, Sources::Untouched).await, Published::Recorded);
    }

    async fn a_keep_that_came_while_it_copied_refuses_an_archive(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for category in [Category::Output, Category::Sigproc] {
            let id = one(&catalog, JobAction::Archive, 1, category).await;
            let ticket = begin(&catalog, T0).await;
            keep(&catalog, category).await;
            let said = publish(&catalog, ticket, Sources::Untouched).await;
            let Published::Refused(told) = said else { panic!("{said:?}") };
            assert!(told.kind == "kept" && told.text.contains("Keep is set"), "{told:?}");
            is_not_recorded(&catalog, 1, category).await;
            assert!(catalog.fail_job(ticket, told, T0).await.unwrap());
            assert_eq!((status(&catalog, id).await, state(&catalog, 1, category).await), (JobStatus::Failed, State::Local));
            // Confirmed, it passes.
            ask(&catalog, JobAction::Archive, vec![NewJob { kept_confirmed: true, ..NewJob::new(1, category) }]).await;
            let ticket = begin(&catalog, T0).await;
            assert_eq!(publish(&catalog, ticket, Sources::Untouched).await, Published::Recorded);
            assert!(catalog.finish_job(ticket, crate::support::done(JobAction::Archive), T0).await.unwrap());
        }
        consistent(&catalog).await;
    }

    async fn a_cancel_that_came_while_it_copied_is_heeded_before_the_archive_is_recorded(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        catalog.cancel_job(id, "eve", T0).await.unwrap();
        assert_eq!(publish(&catalog, ticket, Sources::Untouched).await, Published::CancelAsked);
        is_not_recorded(&catalog, 1, Category::Output).await;
        // Where sources may be gone already, the only way is forward, whoever wants what.
        hold(&catalog, HoldOn::Report(1)).await;
        keep(&catalog, Category::Output).await;
        assert_eq!(publish(&catalog, ticket, Sources::MayBeGone).await, Published::Recorded);
        assert!(catalog.job(id).await.unwrap().unwrap().published());
    }

    async fn a_lease_of_a_clock_that_was_weeks_ahead_is_not_waited_for(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        one(&catalog, JobAction::Archive, 3, Category::Output).await;
        let ahead = T0 + 40 * 86_400_000_000;
        let old = begin(&catalog, ahead).await;
        let job = catalog.job(id).await.unwrap().unwrap();
        assert!(job.is_abandoned(T0) && !job.is_abandoned(ahead), "{job:?}");
        // Whose clock that was may be at work: it has as long as any worker to say so.
        let beside = claim(&catalog, "other", T0).await.expect("that of another run");
        assert_ne!(beside.id, id);
        assert_eq!(claim(&catalog, "other", T0 + 59_000_000).await, None);
        let job = claim(&catalog, "other", LATER).await.unwrap();
        assert_eq!((job.id, job.fence), (id, 2));
        let progress = runstow_catalog::Progress::start(runstow_lifecycle::Phase::Remove);
        let renewed = catalog.renew_job(old, crate::support::LEASE, &progress, ahead).await.unwrap();
        assert_eq!(renewed, runstow_catalog::Lease::Lost);
        assert_eq!(publish(&catalog, old, Sources::Untouched).await, Published::Lost);
    }

    async fn a_worker_whose_clock_is_weeks_ahead_keeps_its_job_while_it_is_heard_of(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ahead = T0 + 40 * 86_400_000_000;
        let ticket = begin(&catalog, ahead).await;
        let progress = runstow_catalog::Progress::start(runstow_lifecycle::Phase::Remove);
        for seconds in (0..300).step_by(30) {
            let us = seconds * 1_000_000;
            assert_eq!(claim(&catalog, "other", T0 + us).await, None);
            let held = catalog.renew_job(ticket, crate::support::LEASE, &progress, ahead + us).await.unwrap();
            assert_eq!(held, runstow_catalog::Lease::Held);
        }
        assert_eq!(catalog.job(id).await.unwrap().unwrap().fence, ticket.fence);
    }

    async fn a_pause_of_a_clock_that_was_weeks_ahead_is_over(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        let told = Told::new("waits", "the target is full");
        let hour = 3_600_000_000;
        catalog.wait_job(ticket, &told, T0 + hour).await.unwrap();
        assert_eq!(claim(&catalog, "w", T0).await, None, "a pause is a pause");
        let job = claim(&catalog, "w", T0 + hour).await.unwrap();
        catalog.wait_job(job.ticket(), &told, T0 + 40 * 24 * hour).await.unwrap();
        assert_eq!(claim(&catalog, "w", T0).await.unwrap().id, id);
        // Who asks for a job may want it begun much later.
        let later = NewJob { not_before_us: Some(T0 + 40 * 24 * hour), ..NewJob::new(1, Category::Misc) };
        ask(&catalog, JobAction::Archive, vec![later]).await;
        assert_eq!(claim(&catalog, "w", T0).await, None);
        assert_eq!(catalog.jobs(&JobFilter { statuses: vec![JobStatus::Queued], ..JobFilter::default() }).await.unwrap().len(), 1);
    }

    async fn a_retry_of_a_job_that_runs_names_its_worker_and_how_long_it_has_it(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        begin(&catalog, T0).await;
        let said = catalog.retry_job(id, "eve").await.unwrap();
        let runstow_catalog::Edit::Refused(why) = said else { panic!("{said:?}") };
        assert!(why.contains("running, w has it until 2027-01-15 08:01:00 UTC"), "{why}");
    }
}
