//! Asking for jobs: gate 1, and what the reports show from then on.

use runstow_catalog::{About, NewJob, Refusal, Replace};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::support::{T0, ask, batch, consistent, document, one, open, state, with_runs};

on_both_databases! {
    async fn what_is_asked_for_shows_as_pending_with_an_event_of_the_user(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let version = catalog.version().await.unwrap();
        let mut new = NewJob::new(1, Category::Output);
        let target = runstow_catalog::StoredPath::from_bytes(b"/archive/caf\xe9".to_vec());
        (new.target, new.volume_id, new.options) = (Some(target.clone()), Some(7), r#"{"a": 1}"#.into());
        let asked = ask(&catalog, JobAction::Archive, vec![new]).await;
        let id = *asked.jobs[0].as_ref().unwrap();
        let job = catalog.job(id).await.unwrap().unwrap();
        assert_eq!((job.status, job.course.from(), job.fence, job.attempts), (JobStatus::Queued, State::Local, 0, 0));
        assert_eq!((job.target, job.volume_id, job.lock_key.as_str()), (Some(target), Some(7), "run:1"));
        assert_eq!((job.user.as_str(), job.comment.as_str(), job.report_name.as_deref()), ("ion", "to make room", Some("report1")));
        assert_eq!(state(&catalog, 1, Category::Output).await, State::ArchivePending);
        assert_eq!(state(&catalog, 2, Category::Output).await, State::Local);
        assert!(catalog.version().await.unwrap() > version, "what lists show has changed");
        let events = database.sql("SELECT about, object_pk, username, text FROM events");
        assert_eq!(events, format!("{}|1|ion|Archive of Output Files asked for: to make room", About::Result.name()));
        consistent(&catalog).await;
    }

    async fn signal_files_are_asked_for_once_and_show_on_all_reports_of_the_run(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let asked = ask(&catalog, JobAction::Archive, vec![NewJob::new(2, Category::Sigproc), NewJob::new(1, Category::Sigproc)]).await;
        let id = *asked.jobs[0].as_ref().unwrap();
        assert_eq!(asked.jobs[1], Err(Refusal::Taken { job: id }), "the same files");
        for (report, expected) in [(1, State::ArchivePending), (2, State::ArchivePending), (3, State::Local)] {
            assert_eq!(state(&catalog, report, Category::Sigproc).await, expected, "report {report}");
        }
        assert_eq!(catalog.live_job_of(1, Category::Sigproc).await.unwrap().unwrap().id, id);
        let again = ask(&catalog, JobAction::Delete, vec![NewJob::new(1, Category::Sigproc)]).await;
        assert_eq!((again.batch_id, &again.jobs[0]), (None, &Err(Refusal::Taken { job: id })));
        assert_eq!(database.sql("SELECT count(*) FROM job_batches"), "1", "a request without jobs leaves nothing");
        let other = ask(&catalog, JobAction::Archive, vec![NewJob::new(1, Category::Basecall)]).await;
        assert!(other.jobs[0].is_ok(), "another category of the same report is free");
    }

    async fn linked_reports_show_what_becomes_of_the_owners_files(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        let mut new = NewJob::new(1, Category::Basecall);
        new.also_marks = vec![2, 4];
        ask(&catalog, JobAction::Archive, vec![new]).await.jobs[0].as_ref().unwrap();
        for report in [1, 2, 4] {
            assert_eq!(state(&catalog, report, Category::Basecall).await, State::ArchivePending);
        }
        let other = ask(&catalog, JobAction::Delete, vec![NewJob::new(4, Category::Basecall)]).await;
        assert!(matches!(other.jobs[0], Err(Refusal::Taken { .. })));
        consistent(&catalog).await;
    }

    async fn what_can_not_begin_is_left_out_with_its_reason(database: &TestDatabase) {
        let catalog = with_runs(database, 2).await;
        database.sql("UPDATE category_states SET state = 'AD' WHERE result_id = 1 AND category IN (0, 2)");
        database.sql("DELETE FROM category_states WHERE result_id = 3 AND category = 3");
        let asked = ask(&catalog, JobAction::Archive, vec![
            NewJob::new(99, Category::Output),
            NewJob::new(3, Category::Misc),
            NewJob::new(1, Category::Output),
            NewJob::new(2, Category::Sigproc),
            NewJob::new(3, Category::Output),
        ]).await;
        let texts: Vec<String> = asked.jobs.iter().map(|verdict| verdict.as_ref().err().map(ToString::to_string).unwrap_or_default()).collect();
        assert_eq!(texts[0], "there is no report 99");
        assert_eq!(texts[1], "report 3 has no Intermediate Files");
        assert!(texts[2].starts_with("report 1: what is Archived (AD) can not be archived"), "{}", texts[2]);
        assert!(texts[3].contains("report 1"), "the run's other report says the files are archived: {}", texts[3]);
        assert!(asked.jobs[4].is_ok());
        let asked = ask(&catalog, JobAction::Export, vec![NewJob::new(2, Category::Sigproc)]).await;
        assert_eq!(asked.jobs[0], Err(Refusal::Contradiction { report: 1, state: State::Archived }));
        consistent(&catalog).await;
    }

    async fn of_two_who_ask_at_once_one_gets_the_files(database: &TestDatabase) {
        let catalogs = [with_runs(database, 12).await, open(database).await];
        for report in 1..=24 {
            let requests = catalogs.iter().zip([JobAction::Archive, JobAction::Delete]).map(|(catalog, action)| {
                let jobs = vec![NewJob::new(report, Category::Sigproc), NewJob::new(report, Category::Misc)];
                let catalog = catalog.clone();
                tokio::spawn(async move { catalog.enqueue_jobs(batch(action, "ion"), jobs, T0).await.unwrap() })
            });
            let mut accepted = [0, 0];
            for request in requests.collect::<Vec<_>>() {
                for (count, verdict) in accepted.iter_mut().zip(request.await.unwrap().jobs) {
                    *count += usize::from(verdict.is_ok());
                }
            }
            let signal = usize::from(report % 2 == 1);
            assert_eq!(accepted, [signal, 1], "report {report}: its run's signal files are taken with the first report");
        }
        consistent(&catalogs[0]).await;
    }

    async fn several_hundred_jobs_take_few_statements(database: &TestDatabase) {
        let catalog = with_runs(database, 200).await;
        let before = catalog.statements();
        let jobs = (1..=400).flat_map(|report| [NewJob::new(report, Category::Output), NewJob::new(report, Category::Misc)]);
        let asked = ask(&catalog, JobAction::Archive, jobs.collect()).await;
        assert!(asked.jobs.iter().all(Result::is_ok));
        let statements = catalog.statements() - before;
        assert!(statements < 40, "{statements} statements for 800 jobs");
    }

    async fn a_report_that_joins_the_run_later_shares_what_becomes_of_its_signal_files(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let mut editor = catalog.edit_records("ion").await.unwrap();
        let new = runstow_catalog::NewReport {
            results_name: "late".into(), exp_dir: "/results/run1".into(), exp_name: None, time_stamp_us: None, diskusage: None, report_dir: None,
        };
        let late = editor.register_report(None, new, "registered".into()).await.unwrap();
        editor.commit().await.unwrap();
        assert_eq!(state(&catalog, late, Category::Sigproc).await, State::ArchivePending, "as its siblings");
        catalog.cancel_job(id, "ion", T0).await.unwrap();
        assert_eq!(state(&catalog, late, Category::Sigproc).await, State::Local);
        consistent(&catalog).await;
    }

    async fn a_restore_shows_where_the_files_are_until_it_begins(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(document(1, "AD"), Replace::No).await.unwrap();
        one(&catalog, JobAction::Restore, 1, Category::Output).await;
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Archived);
        let export = ask(&catalog, JobAction::Export, vec![NewJob::new(1, Category::Output)]).await;
        assert!(matches!(export.jobs[0], Err(Refusal::Taken { .. })));
        let ticket = crate::support::begin(&catalog, T0).await;
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Importing);
        assert!(catalog.finish_job(ticket, crate::support::done(JobAction::Restore), T0).await.unwrap());
        assert_eq!(state(&catalog, 1, Category::Output).await, State::Local);
        consistent(&catalog).await;
    }
}
