//! Export, delete, bring back, empty and restore: how each begins, what must hold at any instant, and how it has ended.

use runstow_lifecycle::{Action, Category};
use runstow_storage::Failure;

use crate::ground::{Ground, Picture, Request, contents, picture};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Export,
    ExportArchived,
    Delete,
    BringBack,
    Empty,
    Restore,
}

#[allow(dead_code, reason = "for the tests of all of them")]
pub(crate) const WAYS: [Way; 6] =
    [Way::Export, Way::ExportArchived, Way::Delete, Way::BringBack, Way::Empty, Way::Restore];

/// What there was before the way began.
pub(crate) struct World {
    way: Way,
    run: Picture,
    report: Picture,
    target: Picture,
    trash: Picture,
    /// Before all: what was deleted or archived.
    full: [Picture; 2],
}

impl World {
    /// Fills a ground and brings it to where the way begins.
    pub(crate) fn make(ground: &Ground, way: Way) -> Self {
        ground.fill_small();
        let full = [picture(&ground.run()), picture(&ground.report())];
        match way {
            Way::Export | Way::Delete => {}
            Way::BringBack | Way::Empty => drop(ground.delete(Category::Sigproc).unwrap()),
            Way::Restore | Way::ExportArchived => {
                drop(ground.go(Request::archive(Category::Sigproc)).unwrap())
            }
        }
        let trash = if ground.trash().exists() { picture(&ground.trash()) } else { Picture::new() };
        let (run, report) = (picture(&ground.run()), picture(&ground.report()));
        Self { way, run, report, target: picture(&ground.target()), trash, full }
    }

    /// At any instant. What is visible in its place is whole.
    pub(crate) fn nothing_is_lost(&self, ground: &Ground, when: &str) {
        let way = self.way;
        if way != Way::Export {
            assert_eq!(picture(&ground.target()), self.target, "{when}: the archive was changed");
        }
        let now = [picture(&ground.run()), picture(&ground.report())];
        for (now, full) in now.iter().zip(&self.full) {
            let full = contents(full);
            let other = contents(now).into_iter().find(|entry| !full.contains(entry));
            assert_eq!(other.map(|(path, _)| path), None, "{when}: it is not what it was");
        }
        if matches!(way, Way::Export | Way::ExportArchived | Way::Empty) {
            assert_eq!(now, [self.run.clone(), self.report.clone()], "{when}");
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
            for entry in contents(full) {
                assert!(there.contains(&entry), "{when}: {:?} is lost", entry.0);
            }
        }
    }

    /// Files and links lie where they did when the way began, with their contents.
    #[allow(dead_code, reason = "for moves that can not begin")]
    pub(crate) fn is_as_it_began(&self, ground: &Ground, when: &str) {
        self.nothing_is_lost(ground, when);
        let now = [picture(&ground.run()), picture(&ground.report())];
        let began = [&self.run, &self.report].map(contents);
        assert_eq!(now.each_ref().map(contents), began, "{when}");
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
            Way::Delete => assert!(!ground.run().join("acq_0000.dat").exists(), "{when}"),
            // What says that it does not permit owners and modes is taken at its word.
            Way::BringBack | Way::Restore if when.contains("PermissionDenied") => {
                assert_eq!(now.each_ref().map(contents), self.full.each_ref().map(contents), "{when}");
            }
            Way::BringBack | Way::Restore => {
                assert_eq!(now, self.full, "{when}");
                assert!(!ground.trash().exists(), "{when}");
            }
            Way::Empty => {
                assert!(!ground.trash().exists(), "{when}");
                assert!(!self.trash.is_empty());
            }
        }
        assert!(!ground.results().join(".runstow-incoming").exists(), "{when}: a journal was left");
    }
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
                ground.in_trash(runstow_storage::trash::forget)
            }
            other => other.map(drop),
        },
        Way::Empty => ground.empty().map(drop),
        Way::Restore => ground.restore(Category::Sigproc, fence).map(drop),
    }
}

/// The attempt that brings it to its end.
pub(crate) fn again(ground: &Ground, way: Way, when: &str) {
    act(ground, way, 9).unwrap_or_else(|error| panic!("{when}, again: {error}"));
}
