//! Export, delete, bring back, empty and restore: how each begins, what must hold at any instant, and how it has ended.

use std::path::{Path, PathBuf};

use runstow_lifecycle::{Action, Category, CategorySet};
use runstow_storage::{Alone, ArchiveFolder, Failure, trash};

use crate::ground::{Ground, Picture, Request, contents, picture, whose, write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Export,
    ExportArchived,
    Delete,
    BringBack,
    Empty,
    Restore,
    /// A restore that had put all files in their place is taken back.
    UndoRestore,
    /// Of one of two categories of a folder.
    DeleteArchived,
    BringBackArchived,
    EmptyArchived,
    /// Of the only category of its folder.
    DeleteWholeArchive,
    BringBackWholeArchive,
}

impl Way {
    /// The category whose archived copy is deleted.
    const fn archived(self) -> Option<Category> {
        match self {
            Self::DeleteArchived | Self::BringBackArchived | Self::EmptyArchived => Some(Category::Basecall),
            Self::DeleteWholeArchive | Self::BringBackWholeArchive => Some(Category::Sigproc),
            _ => None,
        }
    }
}

#[allow(dead_code, reason = "for the tests of all of them")]
pub(crate) const WAYS: [Way; 12] = [
    Way::Export,
    Way::ExportArchived,
    Way::Delete,
    Way::BringBack,
    Way::Empty,
    Way::Restore,
    Way::UndoRestore,
    Way::DeleteArchived,
    Way::BringBackArchived,
    Way::EmptyArchived,
    Way::DeleteWholeArchive,
    Way::BringBackWholeArchive,
];

/// What there was before the way began.
pub(crate) struct World {
    way: Way,
    run: Picture,
    report: Picture,
    target: Picture,
    trash: Picture,
    /// Before all: what was deleted or archived.
    full: [Picture; 2],
    /// Before it was restored.
    archived: [Picture; 2],
}

/// What has to end well before anything fails. A child that another test just starts has the open files of all for a moment.
fn settled<T>(go: impl Fn() -> Result<T, Failure>) -> T {
    for _ in 0..500 {
        match go() {
            Err(Failure::OpenFiles { .. }) => std::thread::sleep(std::time::Duration::from_millis(10)),
            other => return other.unwrap(),
        }
    }
    go().unwrap()
}

impl World {
    /// Fills a ground and brings it to where the way begins.
    pub(crate) fn make(ground: &Ground, way: Way) -> Self {
        Self::filled(ground, way, Ground::fill_small)
    }

    /// The same, with other files.
    pub(crate) fn filled(ground: &Ground, way: Way, fill: fn(&Ground)) -> Self {
        fill(ground);
        // Before anything fails: storage was marked when it was made known.
        ground.marker();
        if way.archived() == Some(Category::Basecall) {
            write(&ground.report().join("sigproc_results/1.wells"), &[9; 700]);
            write(&ground.report().join("rawlib.bam"), b"output");
            write(&ground.report().join("sigproc_results/analysis.bfmask.stats"), b"of both");
        }
        let full = [picture(&ground.run()), picture(&ground.report())];
        match way {
            Way::Export | Way::Delete => {}
            Way::DeleteArchived | Way::BringBackArchived | Way::EmptyArchived => {
                settled(|| ground.go(Request::archive(Category::Basecall)));
                let mut disposed = CategorySet::EMPTY;
                disposed.insert(Category::Basecall);
                settled(|| {
                    ground.go(Request { job: "job-2", disposed, ..Request::archive(Category::Output) })
                });
            }
            Way::DeleteWholeArchive | Way::BringBackWholeArchive => {
                drop(settled(|| ground.go(Request::archive(Category::Sigproc))))
            }
            Way::BringBack | Way::Empty => drop(settled(|| ground.delete(Category::Sigproc))),
            Way::Restore | Way::UndoRestore | Way::ExportArchived => {
                drop(settled(|| ground.go(Request::archive(Category::Sigproc))))
            }
        }
        let archived = [picture(&ground.run()), picture(&ground.report())];
        if way == Way::UndoRestore {
            settled(|| ground.restored_and_not_recorded(Category::Sigproc));
        }
        let target = picture(&ground.target());
        match (way, way.archived()) {
            (Way::BringBackArchived | Way::BringBackWholeArchive | Way::EmptyArchived, Some(category)) => {
                drop(settled(|| ground.delete_archived(category, 1)));
            }
            (_, Some(_)) => drop(ground.mark_target()),
            _ => {}
        }
        let trash = if ground.trash().exists() { picture(&ground.trash()) } else { Picture::new() };
        let (run, report) = (picture(&ground.run()), picture(&ground.report()));
        Self { way, run, report, target, trash, full, archived }
    }

    /// At any instant. What is visible in its place is whole.
    pub(crate) fn nothing_is_lost(&self, ground: &Ground, when: &str) {
        let way = self.way;
        if let Some(category) = way.archived() {
            self.no_archive_is_lost(ground, category, when);
        } else if way != Way::Export {
            assert_eq!(picture(&ground.target()), self.target, "{when}: the archive was changed");
        }
        let now = [picture(&ground.run()), picture(&ground.report())];
        for (now, full) in now.iter().zip(&self.full) {
            let full = contents(full);
            let other = contents(now).into_iter().find(|entry| !full.contains(entry));
            assert_eq!(other.map(|(path, _)| path), None, "{when}: it is not what it was");
        }
        if matches!(way, Way::Export | Way::ExportArchived | Way::Empty) || way.archived().is_some() {
            assert_eq!(now, [self.run.clone(), self.report.clone()], "{when}");
            return;
        }
        if way == Way::UndoRestore {
            return;
        }
        if way == Way::Restore {
            // What was there is there.
            for (now, before) in now.iter().zip([&self.run, &self.report]) {
                let now = contents(now);
                assert!(contents(before).iter().all(|entry| now.contains(entry)), "{when}");
            }
            return;
        }
        for (now, full) in now.iter().zip(&self.full) {
            let mut there = contents(now);
            for base in 0..2 {
                let trash = ground.trash().join(format!("files-{base}"));
                if trash.exists() {
                    there.extend(contents(&picture(&trash)));
                }
            }
            // A link to a folder lies in the plan: it is made again when it comes back.
            for entry in contents(full).into_iter().filter(|(path, _)| path != Path::new("folder.dat")) {
                assert!(there.contains(&entry), "{when}: {:?} is lost", entry.0);
            }
        }
    }

    /// At any instant each file of the archive lies in its place or in the trash, and a category that is recorded is
    /// whole in its place.
    fn no_archive_is_lost(&self, ground: &Ground, category: Category, when: &str) {
        let is_record = |path: &Path| path.to_string_lossy().contains("serialized_");
        let place = ground.target().join(Ground::folder(category));
        let in_trash = trash::archive_in(&ground.target_trash());
        let look = |folder: &Path| {
            if folder.exists() { contents(&picture(folder)) } else { Vec::new() }
        };
        let now = contents(&picture(&ground.target()));
        let below = |path: PathBuf| Path::new(Ground::folder(category)).join(path);
        let mut all = now.clone();
        all.extend(look(&in_trash).into_iter().map(|(path, content)| (below(path), content)));
        let before = contents(&self.target);
        let files = before.iter().filter(|(path, _)| !is_record(path));
        for entry in files.clone() {
            // What was to go for good may be gone.
            let may_go = self.way == Way::EmptyArchived && !self.of_output(ground, &entry.0);
            assert!(may_go || all.contains(entry), "{when}: {:?} is lost", entry.0);
        }
        let recorded = |folder: &Path| {
            let open = ArchiveFolder::open(folder).ok()?;
            open.category(category, whose()).ok().flatten()
        };
        if recorded(&place).is_some() {
            files.for_each(|entry| assert!(now.contains(entry), "{when}: half an archive is recorded"));
        } else if self.way != Way::EmptyArchived {
            assert!(recorded(&in_trash).is_some(), "{when}: its record is lost");
        }
    }

    /// Does the other category of the folder have this file?
    fn of_output(&self, ground: &Ground, path: &Path) -> bool {
        let open = ArchiveFolder::open(&ground.target().join(Ground::folder(Category::Output))).unwrap();
        let recorded = open.category(Category::Output, whose()).unwrap().unwrap();
        let mut entries = open.entries(&recorded.category).unwrap();
        let mut of_output = path.to_string_lossy().contains("_output.");
        while let Some(entry) = entries.next().unwrap() {
            of_output |= path.ends_with(entry.path.to_string());
        }
        of_output
    }

    /// Files and links lie where they did when the way began, with their contents.
    #[allow(dead_code, reason = "for moves that can not begin")]
    pub(crate) fn is_as_it_began(&self, ground: &Ground, when: &str) {
        self.nothing_is_lost(ground, when);
        let now = [picture(&ground.run()), picture(&ground.report())];
        let began = [&self.run, &self.report].map(contents);
        assert_eq!(now.each_ref().map(contents), began, "{when}");
    }

    /// Copies are what was copied, in all that a file has. A disk that fails may refuse some of it, which is told.
    #[allow(dead_code, reason = "for the tests of kills")]
    pub(crate) fn copies_are_equal(&self, ground: &Ground, when: &str) {
        let folder = Ground::folder(Category::Sigproc);
        let (before, copies) = match self.way {
            Way::Export => (self.run.clone(), ground.target()),
            Way::ExportArchived => (picture(&ground.target().join(folder)), ground.elsewhere()),
            _ => return,
        };
        let copies = picture(&copies.join(folder));
        let mut equal = 0;
        for (path, seen) in before.iter().filter(|(path, seen)| !seen.is_folder() && is_data(path)) {
            assert_eq!(copies.get(path), Some(seen), "{when}: {path:?}");
            equal += 1;
        }
        assert!(equal > 5, "{when}: {equal}");
    }

    pub(crate) fn has_ended(&self, ground: &Ground, when: &str) {
        self.nothing_is_lost(ground, when);
        let now = [picture(&ground.run()), picture(&ground.report())];
        match self.way {
            Way::Export => {
                let place = ground.target().join(Ground::folder(Category::Sigproc));
                assert!(place.join("serialized_report.json").exists(), "{when}");
                let there = contents(&picture(&place));
                assert!(contents(&self.run).iter().all(|entry| there.contains(entry)), "{when}");
            }
            Way::ExportArchived => {
                let folder = Ground::folder(Category::Sigproc);
                let there = contents(&picture(&ground.elsewhere().join(folder)));
                for (path, content) in contents(&picture(&ground.target().join(folder))) {
                    // Its record tells of an export.
                    let is_record = path.to_string_lossy().starts_with("serialized_");
                    let same =
                        there.iter().any(|(other, there)| *other == path && (is_record || *there == content));
                    assert!(same, "{when}: {path:?}");
                }
            }
            Way::DeleteArchived | Way::DeleteWholeArchive => {
                let category = self.way.archived().unwrap();
                let place = ground.target().join(Ground::folder(category));
                let left = if place.exists() { contents(&picture(&place)) } else { Vec::new() };
                assert!(
                    left.iter().all(|(path, _)| !path.to_string_lossy().contains(category.api_prefix())),
                    "{when}: {left:?}"
                );
                assert_eq!(place.exists(), self.way == Way::DeleteArchived, "{when}");
            }
            Way::BringBackArchived | Way::BringBackWholeArchive => {
                let paths = |picture: &Picture| picture.keys().cloned().collect::<Vec<_>>();
                assert_eq!(paths(&picture(&ground.target())), paths(&self.target), "{when}");
                assert!(!ground.target_trash().exists(), "{when}");
            }
            Way::EmptyArchived => assert!(!ground.target_trash().exists(), "{when}"),
            Way::Delete => assert!(!ground.run().join("acq_0000.dat").exists(), "{when}"),
            // What says that it does not permit owners and modes is taken at its word.
            Way::BringBack | Way::Restore if when.contains("PermissionDenied") => {
                assert_eq!(now.each_ref().map(contents), self.full.each_ref().map(contents), "{when}");
            }
            Way::BringBack | Way::Restore => {
                assert_eq!(now, self.full, "{when}");
                assert!(!ground.trash().exists(), "{when}");
            }
            Way::UndoRestore => {
                assert_eq!(now.each_ref().map(contents), self.archived.each_ref().map(contents), "{when}");
            }
            Way::Empty => {
                assert!(!ground.trash().exists(), "{when}");
                assert!(!self.trash.is_empty());
            }
        }
        assert!(!ground.results().join(".runstow-incoming").exists(), "{when}: a journal was left");
    }
}

/// Neither a record nor a list, nor what Runstow calls its own.
fn is_data(path: &Path) -> bool {
    let path = path.to_string_lossy();
    !["serialized_", "runstow_", ".runstow"].iter().any(|own| path.starts_with(own))
}

/// One attempt.
pub(crate) fn act(ground: &Ground, way: Way, fence: u64) -> Result<(), Failure> {
    match way {
        Way::Export => ground
            .go(Request { fence, action: Action::Export, ..Request::archive(Category::Sigproc) })
            .map(drop),
        Way::ExportArchived => ground.export_archived(Category::Sigproc, fence).map(drop),
        Way::Delete => ground.delete(Category::Sigproc).map(drop),
        Way::BringBack => match ground.bring_back() {
            // It has come back, and was not yet forgotten.
            Err(Failure::BadRecord { .. }) if !ground.trash().join("plan").exists() => {
                ground.in_trash(trash::forget)
            }
            other => other.map(drop),
        },
        Way::Empty => ground.empty().map(drop),
        Way::DeleteArchived => ground.delete_archived(Category::Basecall, fence).map(drop),
        Way::DeleteWholeArchive => ground.delete_archived(Category::Sigproc, fence).map(drop),
        Way::BringBackArchived | Way::BringBackWholeArchive => match ground.bring_back_archived() {
            Err(Failure::BadRecord { .. }) if !ground.target_trash().join("plan").exists() => {
                ground.in_target_trash(trash::forget)
            }
            other => other.map(drop),
        },
        Way::EmptyArchived => ground.in_target_trash(|place| trash::empty(place, &Alone)).map(drop),
        Way::Restore => ground.restore(Category::Sigproc, fence).map(drop),
        Way::UndoRestore => ground.undo_restore(ground.marker()),
    }
}

/// The attempt that brings it to its end.
pub(crate) fn again(ground: &Ground, way: Way, when: &str) {
    act(ground, way, 9).unwrap_or_else(|error| panic!("{when}, again: {error}"));
}
