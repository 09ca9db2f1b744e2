//! A run is renamed while its move waits: what was not looked for is told. It was called done, and nothing was said.

use std::sync::atomic::{AtomicU64, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::{Stop, Watch};

use crate::ground::{Ground, Request};

/// Lets so many removals pass.
struct StopsAfter(AtomicU64);

impl Watch for StopsAfter {
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn may_remove(&self) -> Result<(), Stop> {
        let left = self.0.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| Stop::Ending)
    }
}

fn is_told(kept: &[String], ground: &Ground) -> bool {
    let run = ground.run().display().to_string();
    kept.iter().any(|told| told.contains(&run) && told.contains("not there any more"))
}

#[test]
fn an_archive_whose_run_was_renamed_in_the_middle_of_the_removal_says_so() {
    let ground = Ground::new();
    ground.fill();
    let results = ground.results();
    let roots = [runstow_storage::Target { root: &results, volume: ground.marker() }];
    let request = Request { roots: &roots, ..Request::archive(Category::Sigproc) };
    let first = StopsAfter(AtomicU64::new(5));
    ground.go(Request { watch: &first, ..request }).unwrap_err();
    std::fs::rename(ground.run(), ground.run().with_extension("bad")).unwrap();
    let done = ground.go(Request { fence: 2, ..request }).unwrap();
    assert!(is_told(&done.kept, &ground), "{:?}", done.kept);
}

#[test]
fn a_delete_whose_run_was_renamed_in_the_middle_says_so_and_counts_what_lies_in_the_trash() {
    let ground = Ground::new();
    ground.fill();
    let results = ground.results();
    let roots = [runstow_storage::Target { root: &results, volume: ground.marker() }];
    let first = StopsAfter(AtomicU64::new(5));
    ground.delete_watched(Category::Sigproc, &results, &roots, &first).unwrap_err();
    std::fs::rename(ground.run(), ground.run().with_extension("bad")).unwrap();
    let done = ground.delete(Category::Sigproc).unwrap();
    assert!(is_told(&done.kept, &ground), "{:?}", done.kept);
    assert_eq!(done.files, 5);
}
