//! Is everything still there?

use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;

use crate::ground::{Ground, Picture, contents, picture};

/// The trees of a ground before a move.
pub(crate) struct Before {
    run: Picture,
    report: Picture,
}

impl Before {
    pub(crate) fn of(ground: &Ground) -> Self {
        Self { run: picture(&ground.run()), report: picture(&ground.report()) }
    }

    /// At any instant: each content is at its place, put aside, or in its place in the archive.
    pub(crate) fn nothing_is_lost(&self, ground: &Ground, category: Category, when: &str) {
        let archive = ground.target().join(Ground::folder(category));
        for (root, before, apart) in
            [(ground.run(), &self.run, "_from_run_dir"), (ground.report(), &self.report, "_from_report_dir")]
        {
            for (path, content) in contents(before) {
                let here = [root.join(&path), archive.join(&path), archive.join(apart).join(&path)];
                let aside = put_aside(&root);
                let found = here.iter().chain(&aside).any(|at| holds(at, &content, before[&path].is_link()));
                assert!(found, "{when}: {path:?} is lost");
            }
        }
    }

    /// At the end: nothing of ours is left in the sources, and whatever is gone from them is in the archive.
    pub(crate) fn is_archived(&self, ground: &Ground, category: Category, when: &str) {
        self.nothing_is_lost(ground, category, when);
        for root in [ground.run(), ground.report()] {
            assert_eq!(put_aside(&root), Vec::<PathBuf>::new(), "{when}");
        }
        assert!(!ground.run().join("acq_0000.dat").exists(), "{when}: the source was not removed");
        let record = ground.target().join(Ground::folder(category)).join("serialized_report.json");
        assert!(record.exists(), "{when}: no record");
    }

    /// What went from the run's directory lies in the archive as it was: kind, bytes, text, permissions, time, and what names it
    /// shares a file with.
    #[allow(
        dead_code,
        reason = "for the tests of kills: a disk that fails may refuse metadata, which is told"
    )]
    pub(crate) fn copies_are_equal(&self, ground: &Ground, category: Category, when: &str) {
        let archive = picture(&ground.target().join(Ground::folder(category)));
        let left = picture(&ground.run());
        let mut equal = 0;
        for (path, seen) in &self.run {
            if left.contains_key(path) || seen.is_folder() {
                continue;
            }
            assert_eq!(archive.get(path), Some(seen), "{when}: {path:?}");
            equal += 1;
        }
        assert!(equal > 0, "{when}: nothing went");
    }

    /// Nothing was touched.
    pub(crate) fn is_untouched(&self, ground: &Ground, when: &str) {
        assert_eq!(picture(&ground.run()), self.run, "{when}");
        assert_eq!(picture(&ground.report()), self.report, "{when}");
    }
}

fn put_aside(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let ours = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".runstow-removing"));
    ours.flat_map(|folder| {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    })
    .collect()
}

fn holds(path: &Path, content: &[u8], link: bool) -> bool {
    if link { path.is_symlink() } else { std::fs::read(path).is_ok_and(|found| found == content) }
}
