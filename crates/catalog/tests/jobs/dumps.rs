//! Dumps hold the trash and the jobs that have not ended, and loads bring both back.

use runstow_catalog::{
    Catalog, CatalogError, Choice, Claimed, Done, Enqueued, Job, JobFilter, Lease, NewBatch, NewJob,
    NewTrash, Outcome, Progress, Refusal, Replace, Start, StoredPath, Ticket, Told, TrashChange, TrashFilter,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, Priority, State};
use runstow_testkit::{TestDatabase, on_both_databases};
use serde_json::{Value, json};

use crate::support::{
    LATER, LEASE, T0, ask, batch, begin, claim, consistent, document, done, one, open, settle_all, state,
    with_runs,
};

/// A database of the other kind.
fn other(database: &TestDatabase) -> TestDatabase {
    if database.is_postgres() { TestDatabase::sqlite() } else { TestDatabase::postgres() }
}

async fn live(catalog: &Catalog) -> Vec<Job> {
    let statuses = JobStatus::ALL.into_iter().filter(|status| status.live()).collect();
    catalog.jobs(&JobFilter { statuses, ..JobFilter::default() }).await.unwrap()
}

/// Deletes a category into the trash.
async fn delete(catalog: &Catalog, report: i64, category: Category) {
    one(catalog, JobAction::Delete, report, category).await;
    let ticket = begin(catalog, T0).await;
    let put = NewTrash {
        folder: StoredPath::from_bytes(
            [b"/results/caf\xe9/.runstow-trash/".as_slice(), &report.to_le_bytes()[..1]].concat(),
        ),
        options: r#"{"journal": "1", "b":  [1, 2.50]}"#.into(),
        files: 12,
        bytes: 3 << 20,
        due_us: Some(LATER),
    };
    let Outcome::Done(end) = done(JobAction::Delete) else { unreachable!() };
    let end = Outcome::Done(Done { trash: TrashChange::Put(put), ..end });
    assert!(catalog.finish_job(ticket, end, T0).await.unwrap());
}

/// Claims the job of this number, which is next.
async fn claim_this(catalog: &Catalog, id: i64) -> Ticket {
    let job = claim(catalog, "w", T0).await.expect("a job to claim");
    assert_eq!(job.id, id);
    job.ticket()
}

async fn begin_this(catalog: &Catalog, id: i64) -> Ticket {
    let ticket = claim_this(catalog, id).await;
    assert!(matches!(catalog.begin_job(ticket, T0).await.unwrap(), Start::Begun { resumed: false }));
    ticket
}

/// Something in the trash, and a job in each status that is no end.
async fn busy(catalog: &Catalog) {
    delete(catalog, 1, Category::Output).await;
    let told = Told::new("destination", "/archive is not mounted");

    // Waits, with all that can be asked for.
    let job = NewJob {
        lock_key: Some("run:1 and its links".into()),
        volume_id: Some(7),
        target: Some(StoredPath::from_bytes(b"/archive/caf\xe9".to_vec())),
        options: r#"{ "order":1 }"#.into(),
        plan: Some("blake3:00".into()),
        kept_confirmed: true,
        also_marks: vec![2],
        ..NewJob::new(1, Category::Basecall)
    };
    let waits = ask(catalog, JobAction::Archive, vec![job]).await.jobs.remove(0).unwrap();
    let ticket = claim_this(catalog, waits).await;
    assert_eq!(catalog.wait_job(ticket, &told, LATER).await.unwrap(), Lease::Held);

    // Needs a decision; it has begun.
    let asks = one(catalog, JobAction::Delete, 3, Category::Misc).await;
    let ticket = begin_this(catalog, asks).await;
    let choices = [("go", "Go on"), ("stop", "Give up")]
        .map(|(id, label)| Choice { id: id.into(), label: label.into() });
    catalog.ask_decision(ticket, &Told::new("in-the-way", "what now?"), &choices).await.unwrap();

    // Has begun and is to be taken back by the next worker.
    let stops = one(catalog, JobAction::Export, 5, Category::Output).await;
    let ticket = begin_this(catalog, stops).await;
    assert_eq!(catalog.wait_job(ticket, &told, LATER).await.unwrap(), Lease::Held);
    catalog.cancel_job(stops, "eve", T0).await.unwrap();
    let ticket = claim(catalog, "w", T0).await.unwrap().ticket();
    assert_eq!(catalog.wait_job(ticket, &told, LATER).await.unwrap(), Lease::CancelAsked);

    // Runs, on the signal files of two reports.
    let runs = one(catalog, JobAction::Archive, 7, Category::Sigproc).await;
    let ticket = begin_this(catalog, runs).await;
    let progress = Progress {
        bytes_done: 5,
        bytes_total: Some(9),
        files_done: 1,
        files_total: Some(2),
        phase: Phase::Copy,
        bytes_copied: 700,
        files_copied: 3,
    };
    assert_eq!(catalog.renew_job(ticket, LEASE, &progress, T0).await.unwrap(), Lease::Held);

    // Queued: two of one request of a rule, one that moves nothing.
    let rule = NewBatch { priority: Priority::Automatic, ..batch(JobAction::Archive, "a rule") };
    let jobs = [Category::Output, Category::Misc].map(|category| NewJob::new(8, category));
    catalog.enqueue_jobs(rule, jobs.into(), T0).await.unwrap();
    one(catalog, JobAction::Purge, 1, Category::Output).await;
}

/// The text of a catalog with one queued job.
async fn with_one_job(catalog: &Catalog) -> String {
    catalog.load(document(1, "L"), Replace::No).await.unwrap();
    one(catalog, JobAction::Archive, 1, Category::Output).await;
    catalog.dump().await.unwrap()
}

on_both_databases! {
    async fn the_trash_and_live_jobs_come_back_in_the_other_kind_of_database(database: &TestDatabase) {
        let catalog = with_runs(database, 4).await;
        busy(&catalog).await;
        let statuses: Vec<_> = live(&catalog).await.iter().rev().map(|job| job.status).collect();
        use JobStatus::{NeedsDecision, Queued, Running, Waiting};
        assert_eq!(statuses, [Waiting, NeedsDecision, Waiting, Running, Queued, Queued, Queued]);
        let text = catalog.dump().await.unwrap();

        let elsewhere = other(database);
        let loaded = open(&elsewhere).await;
        let summary = loaded.load(text.as_str(), Replace::No).await.unwrap();
        assert!(summary.to_string().ends_with("7 jobs that have not ended, 1 entries of the trash"), "{summary}");
        assert_eq!(loaded.dump().await.unwrap(), text);
        let all = TrashFilter::default();
        assert_eq!(loaded.trash(all).await.unwrap(), catalog.trash(all).await.unwrap());
        for (before, after) in live(&catalog).await.into_iter().zip(live(&loaded).await) {
            let laid_down = if before.status == Running {
                Job { status: Queued, lease_until_us: None, worker: None, ..before }
            } else {
                before
            };
            assert_eq!(after, laid_down);
            let mark = loaded.live_job_of(after.report_id, after.category).await.unwrap();
            assert_eq!(mark.as_ref(), Some(&after), "it holds its category");
        }
        for report in [1, 2] {
            assert!(loaded.live_job_of(report, Category::Basecall).await.unwrap().is_some());
        }
        consistent(&loaded).await;

        // Everything goes on to its end, and its number is not used again.
        let newest = catalog.jobs(&JobFilter::default()).await.unwrap()[0].id;
        settle_all(&loaded, LATER).await;
        let jobs = loaded.jobs(&JobFilter::default()).await.unwrap();
        let cancelled = jobs.iter().filter(|job| job.status == JobStatus::Cancelled);
        assert_eq!(cancelled.map(|job| job.cancel_by.as_deref()).collect::<Vec<_>>(), [Some("eve")]);
        assert!(jobs.iter().all(|job| matches!(job.status, JobStatus::Done | JobStatus::Cancelled)));
        assert_eq!(state(&loaded, 8, Category::Sigproc).await, State::Archived);
        assert_eq!(one(&loaded, JobAction::Export, 3, Category::Output).await, newest + 1);
    }

    async fn a_job_that_ran_is_taken_at_once_and_its_old_worker_has_lost_it(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let id = one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let ticket = begin(&catalog, T0).await;
        let elsewhere = other(database);
        let loaded = open(&elsewhere).await;
        loaded.load(catalog.dump().await.unwrap(), Replace::No).await.unwrap();
        for report in [1, 2] {
            let Enqueued { jobs, .. } = ask(&loaded, JobAction::Delete, vec![NewJob::new(report, Category::Sigproc)]).await;
            assert_eq!(jobs, [Err(Refusal::Taken { job: id })]);
        }
        let job = claim(&loaded, "the next", T0).await.expect("no lease is waited for");
        assert_eq!((job.id, job.fence), (id, ticket.fence + 1));
        assert_eq!(loaded.holds_job(ticket, T0).await.unwrap(), Lease::Lost);
        assert_eq!(loaded.begin_job(job.ticket(), T0).await.unwrap(), Start::Begun { resumed: true });
        assert!(loaded.finish_job(job.ticket(), done(JobAction::Archive), T0).await.unwrap());
        assert_eq!(state(&loaded, 2, Category::Sigproc).await, State::Archived);
        consistent(&loaded).await;
    }

    async fn what_has_ended_here_does_not_begin_again(database: &TestDatabase) {
        let catalog = open(database).await;
        let text = with_one_job(&catalog).await;
        catalog.cancel_job(1, "eve", T0).await.unwrap();
        let before = catalog.dump().await.unwrap();
        let error = catalog.load(text.as_str(), Replace::Yes).await.unwrap_err();
        assert!(matches!(&error, CatalogError::Conflict(text) if text.contains("job 1 (archive of report 1)") && text.contains("cancelled")), "{error}");
        assert_eq!(catalog.dump().await.unwrap(), before);

        // Once that is forgotten the job comes back, and nobody who had it then takes it for his own.
        catalog.load(document(1, "L"), Replace::Yes).await.unwrap();
        catalog.load(text.as_str(), Replace::Yes).await.unwrap();
        let job = claim(&catalog, "w", T0).await.unwrap();
        assert!(job.id == 1 && job.fence > 1000, "{job:?}");
    }

    async fn a_load_does_not_forget_the_trash_unless_told_to(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        let old = catalog.dump().await.unwrap();
        delete(&catalog, 1, Category::Output).await;
        let text = catalog.dump().await.unwrap();
        catalog.load(text.as_str(), Replace::Yes).await.unwrap();
        assert_eq!(catalog.dump().await.unwrap(), text, "the document knows it");
        delete(&catalog, 2, Category::Misc).await;
        let error = catalog.load(text.as_str(), Replace::Yes).await.unwrap_err().to_string();
        assert!(error.starts_with("1 entries of the trash (3.0 MB)") && error.contains("report 2"), "{error}");
        let error = catalog.load(old.as_str(), Replace::Yes).await.unwrap_err().to_string();
        assert!(error.starts_with("2 entries of the trash (6.0 MB)") && error.contains("--forget-trash"), "{error}");
        assert_eq!(catalog.trash(TrashFilter::default()).await.unwrap().len(), 2);
        catalog.load(old.as_str(), Replace::ForgettingTrash).await.unwrap();
        assert_eq!(catalog.trash(TrashFilter::default()).await.unwrap(), []);

        // The trash outlives the reports: a catalog with nothing else is not empty.
        catalog.load(text.as_str(), Replace::Yes).await.unwrap();
        for table in ["category_states", "results", "experiments", "events"] {
            database.sql(&format!("DELETE FROM {table}"));
        }
        let error = catalog.load(text.as_str(), Replace::No).await.unwrap_err().to_string();
        assert!(error.contains("holds 1 entries of the trash"), "{error}");
    }

    async fn a_document_with_a_job_that_nobody_could_carry_out_is_refused(database: &TestDatabase) {
        let catalog = with_runs(database, 1).await;
        delete(&catalog, 2, Category::Misc).await;
        one(&catalog, JobAction::Archive, 1, Category::Output).await;
        one(&catalog, JobAction::Archive, 1, Category::Sigproc).await;
        let text = catalog.dump().await.unwrap();
        let elsewhere = other(database);
        let empty = open(&elsewhere).await;
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut document: Value = serde_json::from_str(&text).unwrap();
            change(&mut document);
            document.to_string()
        };
        let job = |key: &'static str, value: Value| changed(&|d| d["jobs"][1][key] = value.clone());
        let marks = |state: &str, reports: &[i64]| {
            let marks = reports.iter().map(|report| json!({"result": report, "previous_state": state}));
            Value::Array(marks.collect())
        };
        for (document, place, why) in [
            (job("status", json!("done")), "jobs[1].status", "done"),
            (job("status", json!("lazy")), "jobs[1].status", "lazy"),
            (job("previous_state", json!("AD")), "jobs[1].previous_state", "can not be archived"),
            (job("marks", marks("DD", &[1])), "jobs[1].marks[0].previous_state", "can not be archived"),
            (job("marks", marks("L", &[2])), "jobs[1].marks", "own report 1"),
            (job("category", json!("output")), "jobs[1].marks[0]", "jobs[0]"),
            (job("id", json!(2)), "jobs[1].id", "jobs[0]"),
            (job("id", json!(1)), "trash[0].job", "jobs[1]"),
            (job("batch", json!(2)), "jobs[1].batch", "jobs[0]"),
            (job("lease", json!(1)), "jobs[1].lease", "unknown field"),
            (changed(&|d| d["trash"][0]["bytes"] = json!(-1)), "trash[0].bytes", "-1"),
        ] {
            // What differs within a request must differ in something.
            let document = if place == "jobs[1].batch" {
                document.replace(r#""comment":"to make room""#, r#""comment":"x""#).replacen(r#""comment":"x""#, r#""comment":"y""#, 1)
            } else {
                document
            };
            let error = empty.load(document, Replace::No).await.unwrap_err();
            let said = error.to_string();
            assert!(matches!(error, CatalogError::Invalid(_)), "{said}");
            assert!(said.starts_with(place) && said.contains(why), "{place} and {why}: {said}");
        }
        empty.load(text, Replace::No).await.unwrap();
        assert!(matches!(empty.claim_job("w", LEASE, Default::default(), T0).await.unwrap(), Claimed::Job(_)));
    }
}
