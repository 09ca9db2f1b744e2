//! The marker of a volume is there whole or not at all: a kill once left an empty one, and every job to that disk was refused until
//! a person removed it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use runstow_storage::fault::{self, Fault};
use runstow_storage::volume::{MARKER, Volume, VolumeError, create_marker};
use rustix::io::Errno;

use crate::errors::ALONE;

/// Does everything that is there under the marker's name say which volume it is?
fn is_whole_or_missing(marker: &std::path::Path) -> bool {
    match std::fs::read_to_string(marker) {
        Ok(text) => uuid::Uuid::try_parse(text.trim()).is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

#[test]
fn a_kill_at_any_step_leaves_no_marker_that_says_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let marker = dir.path().join(MARKER);
    let (looks, bad) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (looked, found) = (Arc::clone(&looks), Arc::clone(&bad));
    let there = marker.clone();
    // What is on the disk at a step is what a kill there leaves.
    fault::install(move |event| {
        if event.step.changes() {
            looked.fetch_add(1, Ordering::SeqCst);
            found.fetch_add(u64::from(!is_whole_or_missing(&there)), Ordering::SeqCst);
        }
        Fault::None
    });
    let made = create_marker(dir.path());
    fault::clear();
    assert_eq!(Volume::look_at(dir.path()).unwrap().marker, Some(made.unwrap()));
    assert!(looks.load(Ordering::SeqCst) >= 10, "{looks:?}");
    assert_eq!(bad.load(Ordering::SeqCst), 0);
}

#[test]
fn a_failure_at_any_step_leaves_a_disk_that_can_be_marked_and_nothing_else() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for at in 1.. {
        let dir = tempfile::tempdir().unwrap();
        fault::install(move |event| {
            let here = event.step.changes() && !event.after && event.number == at;
            if here { Fault::Fail(Errno::IO) } else { Fault::None }
        });
        let outcome = create_marker(dir.path());
        fault::clear();
        if outcome.is_ok() {
            assert!(at > 4, "{at}");
            return;
        }
        match create_marker(dir.path()) {
            // Only that it is durable could not be found out.
            Ok(_) | Err(VolumeError::AlreadyMarked { .. }) => {}
            Err(error) => panic!("step {at}: {error}"),
        }
        let names = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), [MARKER], "step {at}");
    }
}
