//! Delete, bring back, empty the trash and restore, on a ground.

use std::path::{Path, PathBuf};

use runstow_lifecycle::manifest::Origin;
use runstow_lifecycle::{Action, Category, CategorySet};
use runstow_storage::plan::{Others, Selection};
use runstow_storage::restore::{self, Restore, Restored};
use runstow_storage::transfer::{self, Archived, Description, Done, Removal};
use runstow_storage::trash::{self, Delete, DeleteArchived, Emptied, Place, Returned, Trashed};
use runstow_storage::volume::create_marker;
use runstow_storage::{Alone, Failure, ReportFiles, Target, Volume, Watch};

use crate::ground::{Ground, whose};

pub(crate) const JOB: &str = "delete-1";

impl Ground {
    pub(crate) fn results(&self) -> PathBuf {
        self.run().parent().unwrap().to_owned()
    }

    /// The marker of the storage root, which is remembered: another may lie there later.
    pub(crate) fn marker(&self) -> Option<uuid::Uuid> {
        let look = || Volume::look_at(&self.results()).unwrap().marker;
        let marker = || look().unwrap_or_else(|| create_marker(&self.results()).unwrap());
        Some(*self.root_marker.get_or_init(marker))
    }

    /// The folder of the delete in the trash.
    pub(crate) fn trash(&self) -> PathBuf {
        self.results().join(trash::TRASH).join(JOB)
    }

    fn files<'a>(&'a self, report_dir: &'a Path) -> ReportFiles<'a> {
        ReportFiles { report_dir: Some(report_dir), leaves_onboard: false, classifier: &self.classifier }
    }

    pub(crate) fn delete(&self, category: Category) -> Result<Trashed, Failure> {
        let results = self.results();
        self.delete_from(category, &results, &[Target { root: &results, volume: self.marker() }])
    }

    pub(crate) fn delete_from(
        &self,
        category: Category,
        home: &Path,
        roots: &[Target<'_>],
    ) -> Result<Trashed, Failure> {
        self.delete_watched(category, home, roots, &Alone)
    }

    pub(crate) fn delete_watched(
        &self,
        category: Category,
        home: &Path,
        roots: &[Target<'_>],
        watch: &dyn Watch,
    ) -> Result<Trashed, Failure> {
        let (report_dir, run_dir) = (self.report(), self.run());
        let delete = Delete {
            job: JOB,
            fence: 1,
            home,
            selection: Selection {
                report: self.files(&report_dir),
                run_dir: Some(&run_dir),
                category,
                action: Action::Delete,
                disposed: CategorySet::EMPTY,
                disposed_in_run: CategorySet::EMPTY,
                others: Others::default(),
            },
            roots,
            agreed: None,
            removal: Removal { tidy: true },
        };
        trash::put(&delete, watch)
    }

    /// Shows the delete in the trash.
    pub(crate) fn in_trash<T>(&self, act: impl FnOnce(&Place<'_>) -> T) -> T {
        let results = self.results();
        act(&Place {
            job: JOB,
            home: &results,
            roots: &[Target { root: &results, volume: self.marker() }],
            now: &[],
        })
    }

    pub(crate) fn bring_back(&self) -> Result<Returned, Failure> {
        let back = self.in_trash(|place| trash::back(place, &[], &Alone))?;
        self.in_trash(trash::forget)?;
        Ok(back)
    }

    pub(crate) fn empty(&self) -> Result<Emptied, Failure> {
        self.in_trash(|place| trash::empty(place, &Alone))
    }

    pub(crate) fn restore(&self, category: Category, fence: u64) -> Result<Restored, Failure> {
        self.restore_from(&self.target().join(Self::folder(category)), category, fence)
    }

    pub(crate) fn restore_from(
        &self,
        from: &Path,
        category: Category,
        fence: u64,
    ) -> Result<Restored, Failure> {
        let restored = self.restored_from(from, category, fence)?;
        let (report_dir, run_dir, results) = (self.report(), self.run(), self.results());
        let roots = [Target { root: &results, volume: self.marker() }];
        restore::forget("restore-1", &[(Origin::Report, &report_dir), (Origin::Run, &run_dir)], &roots)?;
        Ok(restored)
    }

    /// All files are back, and nobody has noted it.
    #[allow(dead_code, reason = "for the tests of what is taken back")]
    pub(crate) fn restored_and_not_recorded(&self, category: Category) -> Result<Restored, Failure> {
        self.restored_from(&self.target().join(Self::folder(category)), category, 1)
    }

    fn restored_from(&self, from: &Path, category: Category, fence: u64) -> Result<Restored, Failure> {
        let (report_dir, run_dir, results) = (self.report(), self.run(), self.results());
        let target = self.target();
        let restore = Restore {
            job: "restore-1",
            fence,
            from,
            archive: Some(Target { root: &target, volume: self.target_marker.get().copied() }),
            category,
            whose: whose(),
            report: self.files(&report_dir),
            run_dir: Some(&run_dir),
            roots: &[Target { root: &results, volume: self.marker() }],
        };
        restore::run(&restore, &Alone)
    }

    /// Where archives are exported to.
    pub(crate) fn elsewhere(&self) -> PathBuf {
        self.path().join("elsewhere")
    }

    /// Exports what is archived.
    pub(crate) fn export_archived(&self, category: Category, fence: u64) -> Result<Done, Failure> {
        let (target, elsewhere) = (self.target(), self.elsewhere());
        if !elsewhere.exists() {
            std::fs::create_dir(&elsewhere).unwrap();
        }
        let json = serde_json::json!({"resultsName": "report"});
        let archived = Archived {
            job: "job-1",
            fence,
            from: &target.join(Self::folder(category)),
            archive: Some(Target { root: &target, volume: None }),
            category,
            target: Target { root: &elsewhere, volume: None },
            folder: Self::folder(category),
            agreed: None,
            description: Description {
                name: "report",
                report: &json,
                run: &json,
                action: "export",
                keep: false,
            },
        };
        transfer::export(&archived, &Alone)
    }

    /// The marker of the target.
    pub(crate) fn mark_target(&self) -> Option<uuid::Uuid> {
        let look = || Volume::look_at(&self.target()).unwrap().marker;
        let marker = || look().unwrap_or_else(|| create_marker(&self.target()).unwrap());
        Some(*self.target_marker.get_or_init(marker))
    }

    /// The folder of the delete in the trash of the target.
    #[allow(dead_code, reason = "for the tests that look into it")]
    pub(crate) fn target_trash(&self) -> PathBuf {
        self.target().join(trash::TRASH).join(JOB)
    }

    /// Deletes the archived copy of a category.
    pub(crate) fn delete_archived(&self, category: Category, fence: u64) -> Result<Trashed, Failure> {
        let target = self.target();
        let delete = DeleteArchived {
            job: JOB,
            fence,
            home: &target,
            from: &target.join(Self::folder(category)),
            category,
            whose: whose(),
            roots: &[Target { root: &target, volume: self.mark_target() }],
            agreed: None,
        };
        trash::put_archived(&delete, &Alone)
    }

    /// Shows the delete in the trash of the target.
    pub(crate) fn in_target_trash<T>(&self, act: impl FnOnce(&Place<'_>) -> T) -> T {
        let target = self.target();
        act(&Place {
            job: JOB,
            home: &target,
            roots: &[Target { root: &target, volume: self.mark_target() }],
            now: &[],
        })
    }

    /// Takes back the delete of an archived copy.
    pub(crate) fn bring_back_archived(&self) -> Result<Returned, Failure> {
        let back = self.in_target_trash(|place| trash::back(place, &[], &Alone))?;
        self.in_target_trash(trash::forget)?;
        Ok(back)
    }

    /// Takes back what a restore has brought.
    pub(crate) fn undo_restore(&self, marker: Option<uuid::Uuid>) -> Result<(), Failure> {
        let (report_dir, run_dir, results) = (self.report(), self.run(), self.results());
        let roots = [Target { root: &results, volume: marker }];
        restore::undo("restore-1", &[(Origin::Report, &report_dir), (Origin::Run, &run_dir)], &roots)
    }
}
