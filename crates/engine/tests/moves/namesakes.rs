//! Two reports whose directories have one name, on two volumes.

use std::path::{Path, PathBuf};

use runstow_engine::catalog::registry::ReportWithRun;
use runstow_engine::moves::{Batch, Destination, Request, Terms, Wish, ask};
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_lifecycle::{Category, JobAction, JobStatus, State};
use runstow_testkit::on_both_databases;

use crate::site::{REPORT, Site};

const CATEGORY: Category = Category::Output;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let to = to.join(name);
        if path.is_symlink() {
            std::os::unix::fs::symlink(path.read_link().unwrap(), to).unwrap();
        } else if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(path, to).unwrap();
        }
    }
}

impl Site {
    async fn found(&self, report: i64) -> ReportWithRun {
        self.catalog.report_with_run(report).await.unwrap().unwrap()
    }

    /// Another report of the same name and date, in a directory of the same name; its number.
    async fn namesake(&mut self) -> i64 {
        let first = self.found(REPORT).await.report.report_dir.to_path();
        let home = self.dir.path().join("Home2");
        let second = home.join(first.file_name().unwrap());
        copy(&first, &second);
        std::fs::write(second.join("primary.key"), "ResultsPK = 900\n").unwrap();
        std::fs::write(second.join("report.pdf"), b"of the second report").unwrap();
        let kind = RootKind::Reports;
        let root =
            StorageRoot { name: "Home2".into(), path: home, kind, depth: kind.usual_depth(), mark: true };
        self.settings.roots.push(root);
        self.scan_again().await;
        assert_eq!(self.found(900).await.report.report_dir.to_path(), second);
        900
    }

    fn terms(&self) -> Terms {
        Terms {
            action: JobAction::Archive,
            destination: Some(Destination::look_at(&self.archive(), true).unwrap()),
            confirmed: Vec::new(),
            stays_in_trash: true,
            agreed: None,
        }
    }

    async fn state_of(&self, report: i64) -> (State, Option<PathBuf>) {
        let found = self.found(report).await;
        let known = found.report.category(CATEGORY).unwrap();
        (known.state, known.archive_path.as_ref().map(|path| path.to_path()))
    }

    /// Restores it; the page that comes back.
    async fn page_of(&self, report: i64) -> Vec<u8> {
        let id = self.ask_for(Request::new(JobAction::Restore, report, CATEGORY)).await;
        let job = self.work(id).await;
        assert_eq!(job.status, JobStatus::Done, "{job:?}");
        std::fs::read(self.found(report).await.report.report_dir.to_path().join("report.pdf")).unwrap()
    }
}

on_both_databases! {
    async fn reports_whose_directories_have_one_name_get_folders_of_their_own_and_their_own_files_back(database: &TestDatabase) {
        let mut site = Site::new(database).await;
        let second = site.namesake().await;
        let mut batch = Batch::begin(&site.catalog, &site.classifiers, site.terms()).await.unwrap();
        for report in [REPORT, second] {
            batch.plan(report, CATEGORY, |_| ()).await.unwrap().unwrap();
        }
        let plans = batch.into_plans();
        let folders: Vec<_> = plans.iter().map(|plan| plan.folder.clone().unwrap()).collect();
        assert_eq!(folders[1], format!("{}.2", folders[0]));
        let wish = Wish { user: "eve", ..Wish::default() };
        let asked = ask(&site.catalog, &plans, JobAction::Archive, wish).await.unwrap();
        for id in asked.jobs {
            let job = site.work(id.unwrap()).await;
            assert_eq!(job.status, JobStatus::Done, "{job:?}");
        }
        let first = std::fs::read(site.archive().join(&folders[0]).join("report.pdf")).unwrap();
        for (report, folder) in [REPORT, second].iter().zip(&folders) {
            assert_eq!(site.state_of(*report).await, (State::Archived, Some(site.archive().join(folder))));
            // The page stays readable in its place.
            let page = site.found(*report).await.report.report_dir.to_path().join("report.pdf");
            std::fs::remove_file(page).unwrap();
        }
        assert_eq!(site.page_of(REPORT).await, first);
        assert_eq!(site.page_of(second).await, b"of the second report");
        site.nothing_is_lost();
    }

    async fn a_report_of_a_later_request_does_not_choose_the_folder_of_a_job_that_has_not_begun(database: &TestDatabase) {
        let mut site = Site::new(database).await;
        let second = site.namesake().await;
        let first = site.ask(CATEGORY).await;
        let request = Request { report: second, ..site.request(CATEGORY) };
        let plan = site.plan(request.clone()).await;
        assert!(plan.folder.as_ref().unwrap().ends_with(".2"), "{:?}", plan.folder);
        let later = site.ask_for(request).await;
        for id in [first, later] {
            assert_eq!(site.work(id).await.status, JobStatus::Done);
        }
        assert_ne!(site.state_of(REPORT).await.1, site.state_of(second).await.1);
        site.nothing_is_lost();
    }

    async fn a_job_whose_folder_another_report_came_to_is_refused_and_the_next_plan_takes_another(database: &TestDatabase) {
        let mut site = Site::new(database).await;
        let second = site.namesake().await;
        let id = site.ask(CATEGORY).await;
        // Another catalog, which does not know of the job, archives the namesake meanwhile.
        let folder = site.plan(site.request(CATEGORY)).await.folder.unwrap();
        let other = site.archive().join(&folder);
        let described = site.catalog.describe(second).await.unwrap().unwrap();
        std::fs::create_dir_all(&other).unwrap();
        let record = serde_json::json!({"runstow": 1, "report": described.report, "run": described.run, "categories": {}});
        std::fs::write(other.join("serialized_second.json"), record.to_string()).unwrap();
        let job = site.work(id).await;
        assert_eq!((job.status, site.state(CATEGORY).await), (JobStatus::Failed, State::Local), "{job:?}");
        assert_eq!(job.reason.as_ref().unwrap().kind, "plan-changed", "{job:?}");
        let id = site.ask(CATEGORY).await;
        assert_eq!(site.work(id).await.status, JobStatus::Done);
        assert_eq!(site.state_of(REPORT).await.1, Some(site.archive().join(format!("{folder}.2"))));
        assert_eq!(std::fs::read_dir(other).unwrap().count(), 1);
        site.nothing_is_lost();
    }
}
