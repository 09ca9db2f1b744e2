//! Verifications from the question to the end, over a real catalog and real files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests damage the files they look at")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use runstow_engine::catalog::{Catalog, Edit, Job, Verification, times};
use runstow_engine::demo::make_demo_storage;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::verify::{Sample, VerifyWish, ask_due, ask_verify};
use runstow_engine::moves::{Confirmation, Destination, Request, Wish, Worked, Worker, ask, plan};
use runstow_engine::progress::Silent;
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_engine::scan::{ScanSettings, scan};
use runstow_lifecycle::{Category, FileSets, JobAction, JobStatus, Priority, Wholeness};
use runstow_testkit::{TestDatabase, on_both_databases};
use serde_json::Value;

/// The demo's PGM report.
const REPORT: i64 = 118;

const DAY: i64 = 86_400_000_000;

/// The demo's storage, with an archive.
struct Site {
    dir: tempfile::TempDir,
    catalog: Catalog,
    classifiers: Arc<Classifiers>,
}

impl Site {
    async fn new(database: &TestDatabase) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage = make_demo_storage(&dir.path().join("demo"), Timestamp::now()).unwrap();
        std::fs::create_dir(dir.path().join("archive")).unwrap();
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let root = |name: &str, path: &Path, kind: RootKind| {
            let (name, path, depth) = (name.to_owned(), path.to_owned(), kind.usual_depth());
            StorageRoot { name, path, kind, depth, mark: true }
        };
        let roots = vec![
            root("results", &storage.file_server, RootKind::Runs),
            root("Home", &storage.report_storage, RootKind::Reports),
        ];
        scan(&catalog, &ScanSettings::new(roots), Arc::new(Silent)).await.unwrap();
        let classifiers = Arc::new(Classifiers::new(&Arc::new(FileSets::built_in().clone())).unwrap());
        Self { dir, catalog, classifiers }
    }

    /// Archives or exports a category; where to.
    async fn moved(&self, action: JobAction, category: Category) -> PathBuf {
        let request = Request {
            destination: Some(Destination::look_at(&self.dir.path().join("archive"), true).unwrap()),
            confirmed: Confirmation::ALL.to_vec(),
            ..Request::new(action, REPORT, category)
        };
        let made = plan(&self.catalog, &self.classifiers, request, |_| ()).await.unwrap().unwrap();
        assert!(made.objections.is_empty(), "{:?}", made.objections);
        let folder = self.dir.path().join("archive").join(made.folder.clone().unwrap());
        let wish = Wish { user: "eve", ..Wish::default() };
        let asked = ask(&self.catalog, &[made], action, wish).await.unwrap();
        let job = self.work(*asked.jobs[0].as_ref().unwrap()).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        folder
    }

    async fn ask(&self, category: Category, sample: Option<Sample>) -> Result<i64, String> {
        let wish = VerifyWish { sample, comment: "", user: "eve", priority: Priority::Manual };
        ask_verify(&self.catalog, &[(REPORT, category)], wish).await.unwrap().remove(0).job
    }

    fn worker(&self) -> Worker {
        Worker::new(self.catalog.clone(), Arc::clone(&self.classifiers), "test")
    }

    async fn work(&self, id: i64) -> Job {
        assert_eq!(self.worker().work().await.unwrap(), Worked::On(id));
        self.job(id).await
    }

    async fn job(&self, id: i64) -> Job {
        self.catalog.job(id).await.unwrap().unwrap()
    }

    /// A verification from the question to the end: the job's result.
    async fn verify(&self, category: Category, sample: Option<Sample>) -> Value {
        let id = self.ask(category, sample).await.unwrap();
        let job = self.work(id).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        serde_json::from_str(job.result.as_ref().unwrap()).unwrap()
    }

    async fn known(&self) -> Verification {
        self.catalog.verifications_of(REPORT).await.unwrap().remove(0)
    }

    async fn last_event(&self) -> String {
        let detail = self.catalog.report_detail(REPORT, 1).await.unwrap().unwrap();
        detail.events[0].text.clone()
    }
}

/// Writes one byte of a file anew, without a trace in size or time.
fn flip(path: &Path) {
    let time = path.metadata().unwrap().modified().unwrap();
    let mut content = std::fs::read(path).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 4;
    std::fs::write(path, content).unwrap();
    std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

on_both_databases! {
    async fn an_archive_is_read_again_and_is_whole(database: &TestDatabase) {
        let site = Site::new(database).await;
        assert!(site.ask(Category::Sigproc, None).await.unwrap_err().contains("no archive or export"));
        let folder = site.moved(JobAction::Archive, Category::Sigproc).await;
        let result = site.verify(Category::Sigproc, None).await;
        assert_eq!((&result["whole"], &result["all_read"]), (&true.into(), &true.into()), "{result}");
        assert_eq!(result["read_files"], result["files"]);
        let known = site.known().await;
        assert_eq!((known.outcome, known.folder.to_path()), (Wholeness::Whole, folder));
        assert!(known.complete_us.is_some() && known.files > 0 && known.bytes > 0);
        let event = site.last_event().await;
        assert!(event.starts_with("Signal Processing Input verified") && event.contains("all whole"), "{event}");
    }

    async fn a_flipped_bit_of_the_only_copy_is_told_with_what_to_do(database: &TestDatabase) {
        let site = Site::new(database).await;
        let folder = site.moved(JobAction::Archive, Category::Sigproc).await;
        flip(&folder.join("acq_0000.dat"));
        std::fs::remove_file(folder.join("acq_0001.dat")).unwrap();
        let result = site.verify(Category::Sigproc, None).await;
        assert_eq!(result["counts"], serde_json::json!({"content": 1, "missing": 1}), "{result}");
        let findings = result["findings"].as_array().unwrap();
        let mut told: Vec<_> = findings.iter().map(|one| (one["path"].as_str(), one["what"].as_str())).collect();
        told.sort_unstable();
        let expected = [("acq_0000.dat", "content"), ("acq_0001.dat", "missing")];
        assert_eq!(told, expected.map(|(path, what)| (Some(path), Some(what))));
        let event = site.last_event().await;
        assert!(event.contains("2 of ") && event.contains("files are damaged"), "{event}");
        assert!(event.contains("the only copy Runstow knows of: restore from a backup"), "{event}");
        assert_eq!(site.known().await.outcome, Wholeness::Damaged);
        // What is broken stays known, whatever a sample sees.
        std::fs::write(folder.join("stranger"), b"").unwrap();
        site.verify(Category::Sigproc, Some(Sample::Share(0.01))).await;
        assert_eq!(site.known().await.outcome, Wholeness::Damaged);
    }

    async fn an_export_whose_source_is_there_is_to_be_exported_again(database: &TestDatabase) {
        let site = Site::new(database).await;
        let folder = site.moved(JobAction::Export, Category::Output).await;
        assert_eq!(site.verify(Category::Output, None).await["whole"], true);
        let list = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let list = list.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
        flip(&list);
        let result = site.verify(Category::Output, None).await;
        assert_eq!(result["counts"], serde_json::json!({"list": 1}), "{result}");
        assert!(site.last_event().await.contains("the files are still in place: export again"));
    }

    async fn an_archive_that_is_unplugged_is_waited_for_and_one_that_was_removed_is_told(database: &TestDatabase) {
        let site = Site::new(database).await;
        let folder = site.moved(JobAction::Archive, Category::Misc).await;
        let (archive, elsewhere) = (site.dir.path().join("archive"), site.dir.path().join("unplugged"));
        let id = site.ask(Category::Misc, None).await.unwrap();
        std::fs::rename(&archive, &elsewhere).unwrap();
        std::fs::create_dir(&archive).unwrap();
        let job = site.work(id).await;
        assert_eq!(job.status, JobStatus::Waiting, "{job:?}");
        assert!(site.catalog.verifications_of(REPORT).await.unwrap().is_empty());
        std::fs::remove_dir(&archive).unwrap();
        std::fs::rename(&elsewhere, &archive).unwrap();
        assert!(matches!(site.catalog.retry_job(id, "eve").await.unwrap(), Edit::Done(_)));
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        assert_eq!(site.known().await.outcome, Wholeness::Whole);
        std::fs::rename(&folder, site.dir.path().join("gone")).unwrap();
        let result = site.verify(Category::Misc, None).await;
        assert!(result["summary"].as_str().unwrap().contains("the archive folder: it is missing"), "{result}");
        assert_eq!(site.known().await.outcome, Wholeness::Damaged);
    }

    async fn a_verification_that_is_cancelled_leaves_no_trace_but_its_job(database: &TestDatabase) {
        let site = Site::new(database).await;
        site.moved(JobAction::Archive, Category::Misc).await;
        let id = site.ask(Category::Misc, None).await.unwrap();
        assert!(matches!(site.catalog.cancel_job(id, "eve", times::now_us()).await.unwrap(), Edit::Done(_)));
        assert_eq!(site.job(id).await.status, JobStatus::Cancelled);
        assert!(site.catalog.verifications_of(REPORT).await.unwrap().is_empty());
        assert_eq!(site.worker().work().await.unwrap(), Worked::Nothing);
    }

    async fn the_schedule_reads_each_archive_in_its_turn_with_a_worker_of_its_own(database: &TestDatabase) {
        let site = Site::new(database).await;
        for category in [Category::Sigproc, Category::Output] {
            site.moved(JobAction::Archive, category).await;
        }
        let every = Duration::from_hours(10 * 24);
        let now = times::now_us();
        let mut read = Vec::new();
        // Two archives in nine days: one at once, one after four days and a half, and then from the beginning.
        for (days, expected) in [(0, 1), (1, 0), (5, 1), (6, 0), (11, 1)] {
            let asked = ask_due(&site.catalog, every, now + days * DAY).await.unwrap();
            assert_eq!(asked.len(), expected, "after {days} days");
            assert_eq!(ask_due(&site.catalog, every, now + days * DAY).await.unwrap(), Vec::<i64>::new(), "one at a time");
            for id in asked {
                assert_eq!(site.worker().work().await.unwrap(), Worked::Nothing, "not before moves");
                let reader = site.worker().for_scheduled_verifications();
                assert_eq!(reader.work().await.unwrap(), Worked::On(id));
                let job = site.job(id).await;
                assert_eq!((job.status, job.priority), (JobStatus::Done, Priority::Automatic), "{job:?}");
                read.push(job.category);
            }
        }
        assert_eq!(read, [Category::Sigproc, Category::Output, Category::Sigproc]);
    }

    async fn scratch_space_in_front_of_tapes_is_not_read_by_the_schedule_and_keeps_nothing_from_its_turn(database: &TestDatabase) {
        let site = Site::new(database).await;
        let folder = site.moved(JobAction::Archive, Category::Sigproc).await;
        let other = site.moved(JobAction::Archive, Category::Output).await;
        let every = Duration::from_hours(10 * 24);
        let scratch = folder.join(".no_size_check");
        std::fs::write(&scratch, b"").unwrap();
        let asked = ask_due(&site.catalog, every, times::now_us()).await.unwrap();
        assert_eq!(site.job(asked[0]).await.category, Category::Output, "{other:?}");
    }
}
