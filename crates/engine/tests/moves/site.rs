//! The demo's storage in a catalog, and what tests ask of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use runstow_engine::catalog::{Catalog, ClaimLimits, Claimed, Edit, Job, Start, times};
use runstow_engine::demo::make_demo_storage;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Destination, Plan, Request, Wish, Worked, Worker, ask, plan};
use runstow_engine::progress::Silent;
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_engine::scan::{ScanSettings, scan};
use runstow_lifecycle::{Category, FileSets, JobAction, JobStatus, State};
use runstow_testkit::TestDatabase;

/// The demo's PGM report.
pub(crate) const REPORT: i64 = 118;

/// The demo's storage in a catalog, and a folder for archives.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) catalog: Catalog,
    pub(crate) classifiers: Arc<Classifiers>,
    pub(crate) before: BTreeSet<Vec<u8>>,
    pub(crate) settings: ScanSettings,
}

impl Site {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
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
        let mut site = Self { dir, catalog, classifiers, before: BTreeSet::new(), settings };
        std::fs::create_dir(site.archive()).unwrap();
        site.before = site.contents();
        site
    }

    /// Scans once more; what is there now is what must not be lost.
    pub(crate) async fn scan_again(&mut self) {
        scan(&self.catalog, &self.settings, Arc::new(Silent)).await.unwrap();
        self.before = self.contents();
    }

    pub(crate) fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    /// An archive of a category.
    pub(crate) fn request(&self, category: Category) -> Request {
        let destination = Some(Destination::look_at(&self.archive(), true).unwrap());
        Request { destination, ..Request::new(JobAction::Archive, REPORT, category) }
    }

    pub(crate) async fn plan(&self, request: Request) -> Plan {
        plan(&self.catalog, &self.classifiers, request, |_| ()).await.unwrap().unwrap()
    }

    /// Asks for the archive of a category; the job's number.
    pub(crate) async fn ask(&self, category: Category) -> i64 {
        self.ask_for(self.request(category)).await
    }

    /// Asks for what nothing speaks against; the job's number.
    pub(crate) async fn ask_for(&self, request: Request) -> i64 {
        let action = request.action;
        let made = self.plan(request).await;
        assert!(made.is_possible(), "{:?}", made.objections);
        let wish = Wish { user: "eve", ..Wish::default() };
        let asked = ask(&self.catalog, &[made], action, wish).await.unwrap();
        *asked.jobs[0].as_ref().unwrap()
    }

    pub(crate) fn worker(&self) -> Worker {
        Worker::new(self.catalog.clone(), Arc::clone(&self.classifiers), "test")
    }

    /// One turn of a worker; the job as it is then.
    pub(crate) async fn work(&self, id: i64) -> Job {
        assert_eq!(self.worker().work().await.unwrap(), Worked::On(id));
        self.catalog.job(id).await.unwrap().unwrap()
    }

    /// A worker that takes the job, begins it, and is never heard of again.
    pub(crate) async fn dies_after_begin(&self) {
        let now = times::now_us();
        let claimed = self.catalog.claim_job("dead", Duration::ZERO, ClaimLimits::default(), now).await;
        let Claimed::Job(job) = claimed.unwrap() else { panic!("there is a job") };
        let begun = self.catalog.begin_job(job.ticket(), now).await.unwrap();
        assert_eq!(begun, Start::Begun { resumed: false });
    }

    pub(crate) async fn retry(&self, id: i64) {
        assert!(matches!(self.catalog.retry_job(id, "eve").await.unwrap(), Edit::Done(_)));
    }

    pub(crate) async fn state(&self, category: Category) -> State {
        let found = self.catalog.report_with_run(REPORT).await.unwrap().unwrap();
        found.report.category(category).unwrap().state
    }

    pub(crate) fn contents(&self) -> BTreeSet<Vec<u8>> {
        let mut all = BTreeSet::new();
        gather(self.dir.path(), &mut all);
        all
    }

    pub(crate) fn nothing_is_lost(&self) {
        let now = self.contents();
        assert!(self.before.is_subset(&now), "{} contents are lost", self.before.difference(&now).count());
    }

    /// What lies at the archive, but Runstow's own.
    pub(crate) fn archived(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.archive()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with(".runstow")).collect()
    }

    pub(crate) fn journals(&self) -> usize {
        std::fs::read_dir(self.archive().join(".runstow-incoming")).map_or(0, Iterator::count)
    }

    /// The job has ended so, the files are in their place, and nothing is left at the archive.
    pub(crate) async fn is_as_before(&self, job: &Job, status: JobStatus, category: Category) {
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
