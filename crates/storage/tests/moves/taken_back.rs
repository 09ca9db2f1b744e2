//! A move that is given up leaves nothing, and one whose files changed is planned anew.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use runstow_lifecycle::manifest::Kind;
use runstow_lifecycle::{Action, Category, CategorySet};
use runstow_storage::plan::Agreed;
use runstow_storage::{ArchiveFolder, Cure, Failure, Phase, Stop, Target, Watch, transfer};

use crate::ground::{Ground, Request, contents, picture, whose, write};

/// Wants it to stop when this many entries of a phase are done.
struct StopsIn {
    phase: Phase,
    after: u64,
    seen: AtomicU64,
}

impl StopsIn {
    fn new(phase: Phase, after: u64) -> Self {
        Self { phase, after, seen: AtomicU64::new(0) }
    }
}

impl Watch for StopsIn {
    fn advance(&self, phase: Phase, _bytes: u64, files: u64) {
        if phase == self.phase {
            self.seen.fetch_add(files, Ordering::SeqCst);
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.seen.load(Ordering::SeqCst) < self.after { Ok(()) } else { Err(Stop::Cancelled) }
    }
}

fn undo(ground: &Ground, category: Category) -> bool {
    let target = ground.target();
    transfer::undo(&Target { root: &target, volume: None }, "job-1", Ground::folder(category)).unwrap()
}

#[test]
fn cancelled_while_copying_or_publishing_nothing_is_left_at_the_target() {
    for (phase, after) in [(Phase::Copy, 3), (Phase::Publish, 1), (Phase::Publish, 6)] {
        let ground = Ground::new();
        ground.fill();
        let before = [picture(&ground.run()), picture(&ground.report())];
        let watch = StopsIn::new(phase, after);
        let request = Request { watch: &watch, ..Request::archive(Category::Sigproc) };
        let error = ground.go(request).unwrap_err();
        assert_eq!(error.cure(), Cure::Stop(Stop::Cancelled), "{error}");
        assert!(undo(&ground, Category::Sigproc));
        assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
        assert!(picture(&ground.target()).is_empty(), "{phase:?}: {:?}", picture(&ground.target()));
        assert!(undo(&ground, Category::Sigproc), "once more there is nothing to do");
    }
}

#[test]
fn what_has_begun_to_remove_sources_can_not_be_taken_back() {
    let ground = Ground::new();
    ground.fill();
    let watch = StopsIn::new(Phase::Remove, 2);
    let request = Request { watch: &watch, ..Request::archive(Category::Sigproc) };
    ground.go(request).unwrap_err();
    let at_the_target = picture(&ground.target());
    assert!(!undo(&ground, Category::Sigproc));
    assert_eq!(picture(&ground.target()), at_the_target);
    ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(!ground.run().join("acq_0000.dat").exists());
}

/// A tester's find: what was complete and had not been published yet could not be cancelled any more.
#[test]
fn what_is_complete_and_was_not_published_is_taken_back_with_its_list_and_record() {
    let ground = Ground::new();
    ground.fill();
    let before = [picture(&ground.run()), picture(&ground.report())];
    let failure = ground.go_unpublished(Request::archive(Category::Sigproc));
    assert_eq!(failure.to_string(), "somebody keeps them");
    assert!(ground.target().join("R_1/serialized_report.json").exists());
    assert!(undo(&ground, Category::Sigproc));
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
    assert!(picture(&ground.target()).is_empty(), "{:?}", picture(&ground.target()));
    // Another category of the folder came first, or afterwards and shares files: it has what it had.
    for comes_first in [true, false] {
        let mut disposed = CategorySet::EMPTY;
        disposed.insert(Category::Basecall);
        let other = Request { job: "job-0", action: Action::Export, ..Request::archive(Category::Basecall) };
        let unpublished =
            || drop(ground.go_unpublished(Request { disposed, ..Request::archive(Category::Output) }));
        if !comes_first {
            unpublished();
        }
        ground.go(other).unwrap();
        let recorded = contents(&picture(&ground.target()));
        if comes_first {
            unpublished();
        }
        assert!(undo(&ground, Category::Output));
        let folder = ground.target().join(Ground::folder(Category::Basecall));
        let archive = ArchiveFolder::open(&folder).unwrap();
        assert_eq!(archive.category(Category::Output, whose()).unwrap(), None);
        let known = archive.category(Category::Basecall, whose()).unwrap().unwrap();
        let mut entries = archive.entries(&known.category).unwrap();
        while let Some(entry) = entries.next().unwrap() {
            assert!(folder.join(entry.path.to_string()).symlink_metadata().is_ok(), "{entry:?}");
        }
        if comes_first {
            assert_eq!(contents(&picture(&ground.target())), recorded, "no more, no less");
        }
        assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
        std::fs::remove_dir_all(ground.target()).unwrap();
        std::fs::create_dir(ground.target()).unwrap();
    }
}

#[test]
fn a_complete_journal_of_an_older_version_is_never_taken_back() {
    let ground = Ground::new();
    ground.fill();
    ground.go_unpublished(Request::archive(Category::Sigproc));
    std::fs::remove_file(ground.target().join(".runstow-incoming/job-1/untouched")).unwrap();
    let at_the_target = picture(&ground.target());
    assert!(!undo(&ground, Category::Sigproc));
    assert_eq!(picture(&ground.target()), at_the_target);
    ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(!ground.run().join("acq_0000.dat").exists());
}

#[test]
fn a_move_that_is_taken_back_leaves_what_another_category_has_recorded() {
    let ground = Ground::new();
    ground.fill();
    let other = Request { job: "job-0", ..Request::archive(Category::Basecall) };
    ground.go(other).unwrap();
    let recorded = contents(&picture(&ground.target()));
    for (fence, files) in [(1, 2), (2, 6)] {
        let watch = StopsIn::new(Phase::Publish, files);
        ground.go(Request { fence, watch: &watch, ..Request::archive(Category::Output) }).unwrap_err();
        assert!(undo(&ground, Category::Output));
        assert_eq!(contents(&picture(&ground.target())), recorded, "no more, no less");
    }
}

/// A tester's find: what a cancelled move had put there before another category came stayed, and was in no list.
#[test]
fn a_move_that_is_taken_back_takes_along_what_nobody_else_lists() {
    let ground = Ground::new();
    ground.fill();
    let watch = StopsIn::new(Phase::Publish, 6);
    ground.go(Request { watch: &watch, ..Request::archive(Category::Output) }).unwrap_err();
    let early = contents(&picture(&ground.target()));
    ground.go(Request { job: "job-0", ..Request::archive(Category::Basecall) }).unwrap();
    assert!(undo(&ground, Category::Output));
    let found = contents(&picture(&ground.target()));
    let record = ArchiveFolder::open(&ground.target().join(Ground::folder(Category::Output))).unwrap();
    let recorded = record.category(Category::Basecall, whose()).unwrap().unwrap();
    let mut entries = record.entries(&recorded.category).unwrap();
    let mut listed = 0;
    while let Some(entry) = entries.next().unwrap() {
        let is_file = entry.kind == Kind::File;
        let place = std::path::Path::new("archivedReports/report").join(entry.path.to_string());
        assert!(!is_file || found.iter().any(|(path, _)| *path == place), "{place:?} was taken from another");
        listed += usize::from(is_file);
    }
    // Beside what is listed lie the list, the checksums and the record.
    assert_eq!(
        found.len(),
        listed + 3,
        "{:?} of {:?}",
        found.iter().map(|f| &f.0).collect::<Vec<_>>(),
        early.len()
    );
}

#[test]
fn a_file_that_changed_after_the_plan_does_not_keep_the_move_waiting_for_ever() {
    let ground = Ground::new();
    ground.fill();
    let changed = ground.run().join("acq_0000.dat");
    let first = ChangesOnce { path: changed.clone(), done: Cell::new(false).into() };
    let agreed = Agreed::from(ground.selected(Category::Sigproc).digest);
    let request = Request { agreed: Some(&agreed), watch: &first, ..Request::archive(Category::Sigproc) };
    let error = ground.go(request).unwrap_err();
    assert!(matches!(error, Failure::InUse { .. }), "{error}");
    let again = Request { agreed: Some(&agreed), fence: 2, ..Request::archive(Category::Sigproc) };
    let error = ground.go(again).unwrap_err();
    assert!(matches!(error, Failure::PlanChanged { .. }), "{error}");
    assert_eq!(std::fs::read(&changed).unwrap(), b"written meanwhile");
    // Without a plan that was agreed to, what is there now goes.
    ground.go(Request { fence: 3, ..Request::archive(Category::Sigproc) }).unwrap();
    assert_eq!(std::fs::read(ground.target().join("R_1/acq_0000.dat")).unwrap(), b"written meanwhile");
}

/// Writes to a file when copying begins.
struct ChangesOnce {
    path: std::path::PathBuf,
    done: std::sync::Mutex<Cell<bool>>,
}

impl Watch for ChangesOnce {
    fn total(&self, _bytes: u64, _files: u64) {
        if !self.done.lock().unwrap().replace(true) {
            write(&self.path, b"written meanwhile");
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }
}

#[test]
fn files_with_the_names_of_records_in_both_folders_meet_neither_each_other_nor_the_records() {
    let ground = Ground::new();
    ground.fill();
    for (folder, content) in [(ground.run(), b"of the run"), (ground.report(), b"of the rep")] {
        write(&folder.join("serialized_report.json"), content);
        write(&folder.join("runstow_report_misc.jsonl"), content);
    }
    ground.go(Request::archive(Category::Misc)).unwrap();
    let place = ground.target().join("archivedReports/report");
    for name in ["serialized_report.json", "runstow_report_misc.jsonl"] {
        assert_eq!(std::fs::read(place.join("_from_run_dir").join(name)).unwrap(), b"of the run");
        assert_eq!(std::fs::read(place.join("_from_report_dir").join(name)).unwrap(), b"of the rep");
        assert!(std::fs::read(place.join(name)).unwrap().len() > 100, "{name} is the record");
    }
}

#[test]
fn sources_on_a_disk_that_went_away_are_not_taken_for_removed() {
    let ground = Ground::new();
    ground.fill();
    let watch = StopsIn::new(Phase::Remove, 2);
    ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap_err();
    let elsewhere = ground.run().with_file_name("unmounted");
    std::fs::rename(ground.run(), &elsewhere).unwrap();
    let error = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap_err();
    assert_eq!(error.cure(), Cure::Wait, "{error}");
    std::fs::rename(&elsewhere, ground.run()).unwrap();
    ground.go(Request { fence: 3, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(!ground.run().join("acq_0000.dat").exists());
}
