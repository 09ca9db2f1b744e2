//! Loads and jobs, and states that came without a job.

use runstow_catalog::{Catalog, Edit, OrphanedState, Replace};
use runstow_lifecycle::{Category, JobAction, State};
use runstow_testkit::on_both_databases;

use crate::support::{T0, begin, consistent, document, done, one, open, state, with_runs};

async fn settled(catalog: &Catalog, report: i64, category: Category, state: State) -> usize {
    match catalog.settle_orphan(report, category, state, "ion").await.unwrap() {
        Edit::Done(reports) => reports,
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn a_load_waits_for_the_end_of_all_jobs(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        let error = catalog.load(document(2, "L"), Replace::Yes).await.unwrap_err().to_string();
        assert!(error.contains("1 jobs have not ended"), "{error}");
        assert_eq!(state(&catalog, 1, Category::Output).await, State::ArchivePending, "nothing was changed");
        let ticket = begin(&catalog, T0).await;
        assert!(catalog.load(document(2, "L"), Replace::Yes).await.is_err());
        assert!(catalog.finish_job(ticket, done(JobAction::Archive), T0).await.unwrap());
        catalog.load(document(2, "L"), Replace::Yes).await.unwrap();
        assert_eq!(catalog.jobs(&Default::default()).await.unwrap(), [], "they were about other records");
        assert_eq!(database.sql("SELECT count(*) FROM job_batches"), "0");
    }

    async fn states_that_came_without_a_job_are_found_and_settled(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(document(1, "AG").replacen(r#""state": "AG""#, r#""state": "L""#, 1), Replace::No).await.unwrap();
        let orphans = catalog.orphaned_states().await.unwrap();
        assert_eq!(orphans.len(), 7);
        assert_eq!(orphans[0], OrphanedState { report_id: 1, run_id: 1, category: Category::Basecall, state: State::Archiving });
        let refused = catalog.settle_orphan(1, Category::Output, State::Archived, "ion").await.unwrap();
        assert!(matches!(refused, Edit::Refused(text) if text.contains("no archive path")));
        assert!(matches!(catalog.settle_orphan(1, Category::Output, State::Error, "ion").await.unwrap(), Edit::Refused(_)));
        assert_eq!(catalog.settle_orphan(9, Category::Output, State::Local, "ion").await.unwrap(), Edit::NotThere);
        assert_eq!(settled(&catalog, 1, Category::Output, State::Local).await, 1);
        assert!(matches!(catalog.settle_orphan(1, Category::Output, State::Deleted, "ion").await.unwrap(), Edit::Refused(_)));
        // Signal files are the run's: both reports are settled, also the one that says something else.
        assert_eq!(settled(&catalog, 2, Category::Sigproc, State::Local).await, 2);
        database.sql("UPDATE category_states SET archive_path = '/archive' WHERE result_id = 1 AND category = 1");
        assert_eq!(settled(&catalog, 1, Category::Basecall, State::Archived).await, 1);
        for (report, category) in [(1, Category::Misc), (2, Category::Basecall), (2, Category::Output), (2, Category::Misc)] {
            settled(&catalog, report, category, State::Deleted).await;
        }
        consistent(&catalog).await;
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE text LIKE '%settled%' AND username = 'ion'"), "8");
    }

    async fn what_a_job_is_at_is_no_orphan(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        assert_eq!(catalog.orphaned_states().await.unwrap(), []);
        let refused = catalog.settle_orphan(2, Category::Sigproc, State::Local, "ion").await.unwrap();
        assert!(matches!(refused, Edit::Refused(text) if text.contains(&format!("job {id}"))));
        // A report that has come to the run since has no mark until the job is looked at again.
        database.sql("DELETE FROM job_marks WHERE result_id = 2");
        assert_eq!(catalog.orphaned_states().await.unwrap(), []);
    }

    async fn reports_that_contradict_each_other_can_be_settled(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        database.sql("UPDATE category_states SET state = 'DD' WHERE category = 0 AND result_id = 2");
        assert_eq!(settled(&catalog, 1, Category::Sigproc, State::Local).await, 2);
        assert_eq!(state(&catalog, 2, Category::Sigproc).await, State::Local);
    }
}
