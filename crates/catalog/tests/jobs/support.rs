//! A catalog with runs of two reports each, and the steps of a worker.

use std::time::Duration;

use runstow_catalog::{
    ArchivePlace, Catalog, ClaimLimits, Claimed, Done, Enqueued, Job, JobFilter, NewBatch, NewJob, Outcome,
    Replace, Start, Ticket, TrashChange,
};
use runstow_lifecycle::{Category, JobAction, JobStatus, Priority, State};
use runstow_testkit::TestDatabase;

/// How long every lease in these stories lasts.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// A time for stories to begin at.
pub(crate) const T0: i64 = 1_800_000_000_000_000;
/// After every lease that began at [`T0`].
pub(crate) const LATER: i64 = T0 + 61_000_000;

pub(crate) async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

/// Runs 1 to `runs`; run N has the reports 2N-1 and 2N. Everything is Local and has 10 MB.
pub(crate) async fn with_runs(database: &TestDatabase, runs: i64) -> Catalog {
    let catalog = open(database).await;
    catalog.load(document(runs, "L"), Replace::No).await.unwrap();
    catalog
}

pub(crate) fn document(runs: i64, state: &str) -> String {
    let (mut experiments, mut results) = (Vec::new(), Vec::new());
    let entry = |prefix| format!(r#""{prefix}": {{"state": "{state}", "keep": false, "diskspace": 10.0}}"#);
    let categories = Category::ALL.map(|category| entry(category.api_prefix())).join(", ");
    for run in 1..=runs {
        experiments.push(format!(
            r#"{{"id": {run}, "expName": "run{run}", "expDir": "/results/run{run}", "date": "2020-01-01T00:00:00Z", "storage_options": "A", "finished": true}}"#
        ));
        for id in [2 * run - 1, 2 * run] {
            results.push(format!(
                r#"{{"id": {id}, "experiment": {run}, "resultsName": "report{id}", "timeStamp": "2020-01-02T00:00:00Z", "categories": {{{categories}}}}}"#
            ));
        }
    }
    format!(r#"{{"experiments": [{}], "results": [{}]}}"#, experiments.join(","), results.join(","))
}

pub(crate) fn batch(action: JobAction, user: &str) -> NewBatch {
    NewBatch { action, comment: "to make room".into(), user: user.into(), priority: Priority::Manual }
}

pub(crate) async fn ask(catalog: &Catalog, action: JobAction, jobs: Vec<NewJob>) -> Enqueued {
    catalog.enqueue_jobs(batch(action, "ion"), jobs, T0).await.unwrap()
}

/// One accepted job.
pub(crate) async fn one(catalog: &Catalog, action: JobAction, report: i64, category: Category) -> i64 {
    ask(catalog, action, vec![NewJob::new(report, category)]).await.jobs.remove(0).unwrap()
}

pub(crate) async fn claim(catalog: &Catalog, worker: &str, now_us: i64) -> Option<Job> {
    match catalog.claim_job(worker, LEASE, ClaimLimits::default(), now_us).await.unwrap() {
        Claimed::Job(job) => Some(*job),
        Claimed::Nothing => None,
        Claimed::Maintenance => panic!("no maintenance in this story"),
    }
}

/// Claims what must be there, and begins it.
pub(crate) async fn begin(catalog: &Catalog, now_us: i64) -> Ticket {
    let job = claim(catalog, "w", now_us).await.expect("a job to claim");
    let start = catalog.begin_job(job.ticket(), now_us).await.unwrap();
    assert!(matches!(start, Start::Begun { .. }), "{start:?}");
    job.ticket()
}

pub(crate) fn done(action: JobAction) -> Outcome {
    let archive = if action == JobAction::Archive {
        ArchivePlace::At("/archive/x".into())
    } else {
        ArchivePlace::Unchanged
    };
    Outcome::Done(Done {
        archive,
        trash: TrashChange::Unchanged,
        measures: Vec::new(),
        result: Some("{}".into()),
        summary: "3 files".into(),
    })
}

pub(crate) async fn state(catalog: &Catalog, report: i64, category: Category) -> State {
    catalog.report_with_run(report).await.unwrap().unwrap().report.category(category).unwrap().state
}

pub(crate) async fn status(catalog: &Catalog, job: i64) -> JobStatus {
    catalog.job(job).await.unwrap().unwrap().status
}

/// Every category shows what its job's status demands, and nothing in process is without a job.
pub(crate) async fn consistent(catalog: &Catalog) {
    // A client that has just vanished may have sent its commit: what is compared must be of one version.
    loop {
        let version = catalog.version().await.unwrap();
        let faults = faults(catalog).await;
        if catalog.version().await.unwrap() == version {
            assert_eq!(faults, Vec::<String>::new());
            return;
        }
    }
}

async fn faults(catalog: &Catalog) -> Vec<String> {
    let mut faults = Vec::new();
    for report in catalog.all_reports().await.unwrap() {
        for category in Category::ALL {
            let Some(record) = report.category(category) else { continue };
            let job = catalog.live_job_of(report.id, category).await.unwrap();
            let right = match &job {
                Some(job) => job.status.live() && record.state == job.course.shown(job.status, job.begun()),
                None => !record.state.in_process() && record.state != State::Error,
            };
            if !right {
                faults.push(format!("report {} {category} is {} with {job:?}", report.id, record.state));
            }
        }
    }
    faults.extend(catalog.orphaned_states().await.unwrap().iter().map(|orphan| format!("{orphan:?}")));
    faults
}

/// Workers and patient people bring everything to an end; leases that nobody renews run out.
pub(crate) async fn settle_all(catalog: &Catalog, mut now_us: i64) {
    loop {
        now_us += 61_000_000;
        consistent(catalog).await;
        let live = JobFilter {
            statuses: JobStatus::ALL.into_iter().filter(|status| status.live()).collect(),
            ..JobFilter::default()
        };
        let left = catalog.jobs(&live).await.unwrap();
        if left.is_empty() {
            return;
        }
        for job in left.iter().filter(|job| job.status == JobStatus::NeedsDecision) {
            catalog.retry_job(job.id, "a person").await.unwrap();
        }
        let Some(job) = claim(catalog, "the next worker", now_us).await else { continue };
        let outcome = match catalog.begin_job(job.ticket(), now_us).await.unwrap() {
            Start::Begun { .. } => done(job.action),
            Start::CancelAsked => Outcome::Cancelled { result: None },
            other => panic!("{other:?}"),
        };
        assert!(catalog.finish_job(job.ticket(), outcome, now_us).await.unwrap());
    }
}
