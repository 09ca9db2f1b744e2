//! Moves from the plan to the end, over a real catalog and real files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests make and move the files they look at")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use runstow_engine::catalog::{
    Catalog, ClaimLimits, Claimed, Edit, HoldOn, Job, KeepWish, NewHold, Start, times,
};
use runstow_engine::demo::make_demo_storage;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Destination, Limits, Plan, Request, Wish, Worked, Worker, ask, plan};
use runstow_engine::progress::Silent;
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_engine::scan::{ScanSettings, scan};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Action, Category, FileSets, JobStatus, State};
use runstow_testkit::{TestDatabase, on_both_databases};

/// The demo's PGM report.
const REPORT: i64 = 118;

/// The demo's storage in a catalog, and a folder for archives.
struct Site {
    dir: tempfile::TempDir,
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
    before: BTreeSet<Vec<u8>>,
}

impl Site {
    async fn new(database: &TestDatabase) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage = make_demo_storage(&dir.path().join("demo"), Timestamp::now()).unwrap();
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let root = |name: &str, path: &Path, kind: RootKind| StorageRoot {
            name: name.to_owned(),
            path: path.to_owned(),
            kind,
            depth: kind.usual_depth(),
            mark: true,
        };
        let settings = ScanSettings::new(vec![
            root("results", &storage.file_server, RootKind::Runs),
            root("Home", &storage.report_storage, RootKind::Reports),
        ]);
        scan(&catalog, &settings, Arc::new(Silent)).await.unwrap();
        let classifiers = Arc::new(Classifiers::new(&Arc::new(FileSets::built_in().clone())).unwrap());
        let mut site = Self { dir, catalog, classifiers, before: BTreeSet::new() };
        std::fs::create_dir(site.archive()).unwrap();
        site.before = site.contents();
        site
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    async fn plan(&self, category: Category) -> Plan {
        let request = Request {
            action: Action::Archive,
            report: REPORT,
            category,
            destination: Some(Destination::look_at(&self.archive(), true).unwrap()),
            kept_confirmed: false,
            unfinished_confirmed: false,
        };
        plan(&self.catalog, &self.classifiers, request, |_| ()).await.unwrap().unwrap()
    }

    /// Asks for the archive of a category; the job's number.
    async fn ask(&self, category: Category) -> i64 {
        let made = self.plan(category).await;
        assert!(made.objections.is_empty(), "{:?}", made.objections);
        let wish = Wish { comment: "", user: "eve", hash: HashKind::Blake3, limits: Limits::default() };
        let asked = ask(&self.catalog, &[made], Action::Archive, wish).await.unwrap();
        *asked.jobs[0].as_ref().unwrap()
    }

    /// One turn of a worker; the job as it is then.
    async fn work(&self, id: i64) -> Job {
        let worker = Worker::new(self.catalog.clone(), Arc::clone(&self.classifiers), "test");
        assert_eq!(worker.work().await.unwrap(), Worked::On(id));
        self.catalog.job(id).await.unwrap().unwrap()
    }

    /// A worker that takes the job, begins it, and is never heard of again.
    async fn dies_after_begin(&self) {
        let now = times::now_us();
        let claimed = self.catalog.claim_job("dead", Duration::ZERO, ClaimLimits::default(), now).await;
        let Claimed::Job(job) = claimed.unwrap() else { panic!("there is a job") };
        let begun = self.catalog.begin_job(job.ticket(), now).await.unwrap();
        assert_eq!(begun, Start::Begun { resumed: false });
    }

    async fn retry(&self, id: i64) {
        assert!(matches!(self.catalog.retry_job(id, "eve").await.unwrap(), Edit::Done(_)));
    }

    async fn state(&self, category: Category) -> State {
        let found = self.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        found.report.category(category).unwrap().state
    }

    fn contents(&self) -> BTreeSet<Vec<u8>> {
        let mut all = BTreeSet::new();
        gather(self.dir.path(), &mut all);
        all
    }

    fn nothing_is_lost(&self) {
        let now = self.contents();
        assert!(self.before.is_subset(&now), "{} contents are lost", self.before.difference(&now).count());
    }

    /// What lies at the archive, but Runstow's own.
    fn archived(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.archive()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with(".runstow")).collect()
    }

    fn journals(&self) -> usize {
        std::fs::read_dir(self.archive().join(".runstow-incoming")).map_or(0, Iterator::count)
    }

    /// The job has ended so, the files are in their place, and nothing is left at the archive.
    async fn is_as_before(&self, job: &Job, status: JobStatus, category: Category) {
        assert_eq!((job.status, self.state(category).await), (status, State::Local), "{job:?}");
        assert_eq!(self.archived(), Vec::<PathBuf>::new());
        assert_eq!(self.journals(), 0);
        self.nothing_is_lost();
    }
}

fn gather(folder: &Path, all: &mut BTreeSet<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            gather(&path, all);
        } else if path.is_file() && !path.is_symlink() {
            all.insert(std::fs::read(&path).unwrap());
        }
    }
}

on_both_databases! {
    async fn an_archive_ends_archived_with_its_place_and_leaves_no_journal(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Sigproc).await;
        assert_eq!(site.state(Category::Sigproc).await, State::ArchivePending);
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        assert_eq!(site.state(Category::Sigproc).await, State::Archived);
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let place = found.report.category(Category::Sigproc).unwrap().archive_path.clone().unwrap();
        assert!(place.to_path().join("acq_0000.dat").exists() && place.to_path().starts_with(site.archive()));
        assert!(!found.run.exp_dir.to_path().join("acq_0000.dat").exists());
        assert_eq!(site.journals(), 0);
        site.nothing_is_lost();
    }

    async fn a_job_whose_worker_died_is_taken_over_and_ended(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        site.dies_after_begin().await;
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(Category::Output).await), (JobStatus::Done, State::Archived));
        site.nothing_is_lost();
    }

    async fn a_job_that_is_cancelled_after_its_worker_died_leaves_everything_as_it_was(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        site.dies_after_begin().await;
        assert!(matches!(site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        site.is_as_before(&job, JobStatus::Cancelled, Category::Output).await;
    }

    async fn a_keep_that_is_set_after_the_plan_stops_the_archive(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        let wish = KeepWish { owner: "eve".into(), reason: "the trial".into(), expires_us: None };
        let kept = site.catalog.change_keep(REPORT, Category::Output, Some(wish), "eve", |_| true).await.unwrap();
        assert!(matches!(kept, Edit::Done(_)));
        let job = site.work(id).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "kept");
        site.is_as_before(&job, JobStatus::Failed, Category::Output).await;
        let again = site.plan(Category::Output).await;
        assert!(again.objections.iter().any(|why| why.contains("kept")), "{:?}", again.objections);
    }

    async fn files_in_use_are_waited_for(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Output).await;
        let hold = NewHold {
            on: HoldOn::Report(REPORT),
            who: "pipeline".into(),
            reason: "reads it".into(),
            expires_us: None,
        };
        let hold = site.catalog.add_hold(hold, "eve").await.unwrap().unwrap();
        let job = site.work(id).await;
        assert_eq!((job.status, job.reason.unwrap().kind.as_str()), (JobStatus::Waiting, "in-use"));
        assert!(site.catalog.release_hold(hold.id, "eve").await.unwrap());
        site.retry(id).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
    }

    async fn an_empty_mount_point_is_not_taken_for_the_archive_and_the_job_goes_on_later(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Misc).await;
        let elsewhere = site.dir.path().join("unplugged");
        std::fs::rename(site.archive(), &elsewhere).unwrap();
        std::fs::create_dir(site.archive()).unwrap();
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Waiting);
        let told = job.reason.unwrap().text;
        assert!(told.contains("marker") && told.contains("archive"), "{told}");
        assert!(site.archived().is_empty(), "written to the wrong disk");
        std::fs::remove_dir_all(site.archive()).unwrap();
        std::fs::rename(&elsewhere, site.archive()).unwrap();
        site.retry(id).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        site.nothing_is_lost();
    }

    async fn a_file_that_came_after_the_plan_refuses_the_job_and_leaves_nothing(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Misc).await;
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        std::fs::write(found.report.report_dir.to_path().join("late.txt"), b"came later").unwrap();
        let job = site.work(id).await;
        assert_eq!(job.reason.as_ref().unwrap().kind, "plan-changed");
        site.is_as_before(&job, JobStatus::Failed, Category::Misc).await;
    }

    async fn what_is_in_the_way_needs_a_decision_and_giving_up_leaves_it_untouched(database: &TestDatabase) {
        let site = Site::new(database).await;
        let id = site.ask(Category::Sigproc).await;
        let found = site.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        let place = site.archive().join(found.run.exp_dir.to_path().file_name().unwrap());
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("acq_0000.dat"), b"somebody else's").unwrap();
        let job = site.work(id).await;
        let state = site.state(Category::Sigproc).await;
        assert_eq!((job.status, state), (JobStatus::NeedsDecision, State::Error), "{job:?}");
        assert!(job.reason.unwrap().text.contains("acq_0000.dat"));
        assert!(matches!(site.catalog.decide_job(id, "cancel", "eve", |_| true).await.unwrap(), Edit::Done(_)));
        let job = site.work(id).await;
        let state = site.state(Category::Sigproc).await;
        assert_eq!((job.status, state), (JobStatus::Cancelled, State::Local), "{job:?}");
        let left: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["acq_0000.dat"]);
        assert_eq!(std::fs::read(place.join("acq_0000.dat")).unwrap(), b"somebody else's");
        site.nothing_is_lost();
    }
}
