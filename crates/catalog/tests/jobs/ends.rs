//! Beginning with the catalog's gates, and the end with all that it writes.

use runstow_catalog::registry::Measure;
use runstow_catalog::{
    ArchivePlace, Catalog, Done, HoldOn, KeepWish, NewHold, NewJob, Outcome, Start, StoredPath, Told,
    TrashChange,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::support::{T0, ask, begin, claim, consistent, done, one, state, status, with_runs};

async fn start(catalog: &Catalog) -> (runstow_catalog::Ticket, Start) {
    let job = claim(catalog, "w", T0).await.unwrap();
    (job.ticket(), catalog.begin_job(job.ticket(), T0).await.unwrap())
}

async fn keep(catalog: &Catalog, report: i64, category: Category) {
    let wish = KeepWish { owner: "ion".into(), reason: "paper".into(), expires_us: None };
    catalog.change_keep(report, category, Some(wish), "ion", |_| true).await.unwrap();
}

on_both_databases! {
    async fn an_archive_writes_place_size_and_events_on_all_reports_that_share_it(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 2, Category::Sigproc).await;
        let ticket = begin(&catalog, T0).await;
        for report in [1, 2] {
            assert_eq!(state(&catalog, report, Category::Sigproc).await, State::Archiving);
        }
        let place = StoredPath::from_bytes(b"/archive/run\xff".to_vec());
        let measure = |report_id| Measure { report_id, category: Category::Sigproc, report_mb: 0.0, run_mb: 12.5, linked_mb: 0.0, files: 4 };
        let outcome = Outcome::Done(Done {
            archive: ArchivePlace::At(place.clone()),
            trash: TrashChange::Unchanged,
            measures: vec![measure(1), measure(2)],
            result: Some(r#"{"left": []}"#.into()),
            summary: "4 files, 12.5 MB".into(),
        });
        let version = catalog.version().await.unwrap();
        assert!(catalog.finish_job(ticket, outcome, T0 + 1).await.unwrap());
        assert!(catalog.version().await.unwrap() > version);
        for report in catalog.reports_of_run(1).await.unwrap() {
            let signal = report.category(Category::Sigproc).unwrap();
            assert_eq!((signal.state, &signal.archive_path), (State::Archived, &Some(place.clone())));
            assert_eq!((signal.diskspace, signal.files, signal.measured_us), (Some(12.5), Some(4), Some(T0 + 1)));
        }
        assert_eq!(catalog.run(1).await.unwrap().unwrap().diskusage, Some(0), "nothing is left in its place");
        let job = catalog.job(id).await.unwrap().unwrap();
        assert_eq!((job.status, job.ended_us, job.result.as_deref()), (JobStatus::Done, Some(T0 + 1), Some(r#"{"left": []}"#)));
        let told = database.sql("SELECT count(*) FROM events WHERE about = 'result' AND username = 'ion' AND text LIKE 'Signal Processing Input archived to /archive/run%: 4 files, 12.5 MB'");
        assert_eq!(told, "2");
        // A dump keeps the path byte for byte.
        let text = catalog.dump().await.unwrap();
        catalog.load(text, runstow_catalog::Replace::Yes).await.unwrap();
        assert_eq!(catalog.reports_of_run(1).await.unwrap()[0].category(Category::Sigproc).unwrap().archive_path, Some(place));
    }

    async fn a_report_shows_what_is_left_of_it(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for (category, left) in [(Category::Output, 20), (Category::Misc, 10), (Category::Basecall, 0)] {
            one(&catalog, JobAction::Delete, 1, category).await;
            let ticket = begin(&catalog, T0).await;
            assert!(catalog.finish_job(ticket, done(JobAction::Delete), T0).await.unwrap());
            assert_eq!(catalog.report_with_run(1).await.unwrap().unwrap().report.diskusage, Some(left), "after {category}");
        }
    }

    async fn an_archive_that_does_not_tell_where_it_is_can_not_end(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let ticket = begin(&catalog, T0).await;
        let error = catalog.finish_job(ticket, done(JobAction::Delete), T0).await.unwrap_err();
        assert!(error.to_string().contains("must tell where"), "{error}");
        assert_eq!(status(&catalog, id).await, JobStatus::Running);
        consistent(&catalog).await;
    }

    async fn kept_files_are_not_deleted_and_archived_only_when_that_was_confirmed(database: &TestDatabase) {
        let catalog = with_runs(database, 3).await;
        one(&catalog, JobAction::Delete, 1, Category::Sigproc).await;
        one(&catalog, JobAction::Archive, 3, Category::Output).await;
        let confirmed = NewJob { kept_confirmed: true, ..NewJob::new(5, Category::Output) };
        ask(&catalog, JobAction::Archive, vec![confirmed]).await;
        // Keep comes after the request, on the other report of the run.
        keep(&catalog, 2, Category::Sigproc).await;
        keep(&catalog, 3, Category::Output).await;
        keep(&catalog, 5, Category::Output).await;
        for (report, category) in [(1, Category::Sigproc), (3, Category::Output)] {
            let (ticket, begun) = start(&catalog).await;
            let Start::Refused(told) = begun else { panic!("{begun:?}") };
            assert_eq!(told.kind, "kept", "{}", told.text);
            assert!(catalog.fail_job(ticket, told.clone(), T0).await.unwrap());
            assert_eq!(state(&catalog, report, category).await, State::Local);
            let job = catalog.job(ticket.job).await.unwrap().unwrap();
            assert_eq!((job.status, job.reason), (JobStatus::Failed, Some(told)));
        }
        assert!(matches!(start(&catalog).await.1, Start::Begun { resumed: false }));
        consistent(&catalog).await;
    }

    async fn files_in_use_are_waited_for(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let hold = |on| NewHold { on, who: "pipeline 7".into(), reason: "variant calling".into(), expires_us: None };
        let on_sibling = catalog.add_hold(hold(HoldOn::Report(2)), "ion").await.unwrap().unwrap();
        one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let (ticket, begun) = start(&catalog).await;
        let Start::Wait(told) = begun else { panic!("{begun:?}") };
        assert!(told.kind == "in-use" && told.text.contains("pipeline 7"), "{told:?}");
        catalog.wait_job(ticket, &told, T0).await.unwrap();
        catalog.release_hold(on_sibling.id, "ion").await.unwrap();
        assert!(matches!(start(&catalog).await.1, Start::Begun { .. }));
        // A hold on another report does not concern a report's own files, nor any a restore or a verification.
        catalog.add_hold(hold(HoldOn::Report(4)), "ion").await.unwrap().unwrap();
        one(&catalog, JobAction::Archive, 3, Category::Output).await;
        assert!(matches!(start(&catalog).await.1, Start::Begun { .. }));
        consistent(&catalog).await;
    }

    async fn a_category_that_somebody_else_has_changed_is_left_alone(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        catalog.set_states(1, &[(Category::Output, State::Deleted, None)]).await.unwrap();
        let (_, begun) = start(&catalog).await;
        let Start::Refused(told) = begun else { panic!("{begun:?}") };
        assert!(told.kind == "changed" && told.text.contains("Deleted (DD)"), "{told:?}");
        one(&catalog, JobAction::Archive, 2, Category::Misc).await;
        let mut editor = catalog.edit_records("ion").await.unwrap();
        editor.delete::<runstow_catalog::query::Reports>(vec![(2, "gone".into())]).await.unwrap();
        editor.commit().await.unwrap();
        database.sql("UPDATE jobs SET status = 'done' WHERE status = 'running'");
        let (ticket, begun) = start(&catalog).await;
        let Start::Refused(told) = begun else { panic!("{begun:?}") };
        assert_eq!(told.kind, "gone");
        assert!(catalog.fail_job(ticket, told, T0).await.unwrap());
        assert_eq!(status(&catalog, ticket.job).await, JobStatus::Failed);
    }

    async fn verifying_and_purging_change_no_state(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        for action in [JobAction::Verify, JobAction::Purge] {
            let id = one(&catalog, action, 1, Category::Sigproc).await;
            assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Local);
            let ticket = begin(&catalog, T0).await;
            assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Local);
            let choices = [runstow_catalog::Choice { id: "again".into(), label: "Read it again".into() }];
            catalog.ask_decision(ticket, &Told::new("damaged", "2 files differ"), &choices).await.unwrap();
            assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Local);
            catalog.retry_job(id, "ion").await.unwrap();
            let ticket = begin(&catalog, T0).await;
            assert!(catalog.finish_job(ticket, done(action), T0).await.unwrap());
            assert_eq!((state(&catalog, 1, Category::Sigproc).await, status(&catalog, id).await), (State::Local, JobStatus::Done));
        }
    }
}
