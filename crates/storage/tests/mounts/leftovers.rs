//! What an attempt has copied and not proven makes room for the next. A reviewer's find: copies of attempts that came to
//! nothing filled the target, and the job never ended.

use runstow_lifecycle::Category;
use runstow_storage::{Cure, Failure, Phase, Stop, Watch};

use crate::ground::{Ground, Request, write};
use crate::namespace::{sh, text, with_own_mounts};

const MB: usize = 1 << 20;

/// Bytes below the folder of work in progress.
fn incoming(ground: &Ground) -> u64 {
    let mut waiting = vec![ground.target().join(".runstow-incoming")];
    let mut bytes = 0;
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let known = entry.metadata().unwrap();
            if known.is_dir() {
                waiting.push(entry.path());
            } else {
                bytes += known.len();
            }
        }
    }
    bytes
}

#[test]
fn a_full_disk_goes_on_when_there_is_just_enough_room_again() {
    with_own_mounts("leftovers::a_full_disk_goes_on_when_there_is_just_enough_room_again", || {
        let ground = Ground::in_memory();
        sh("mount", &["-t", "tmpfs", "-o", "size=5m", "none", text(&ground.target())]);
        for number in 0..3 {
            write(&ground.run().join(format!("acq_{number:04}.dat")), &vec![number; MB]);
        }
        write(&ground.report().join("sigproc.log"), b"of the report");
        let filler = ground.target().join("filler");
        write(&filler, &vec![1; 5 * MB / 2]);
        let go = |fence| ground.go(Request { fence, ..Request::archive(Category::Sigproc) });
        for fence in 1..4 {
            let full = go(fence).unwrap_err();
            assert!(full.cure() == Cure::Wait && full.to_string().contains("full"), "{full}");
        }
        std::fs::remove_file(filler).unwrap();
        let done = go(4).unwrap();
        assert!(done.kept.is_empty() && done.removed >= 4, "{done:?}");
        sh("umount", &["--lazy", text(&ground.target())]);
    });
}

/// Somebody writes to a source as soon as it is copied.
struct Writes<'g>(&'g Ground);

impl Watch for Writes<'_> {
    fn advance(&self, phase: Phase, _bytes: u64, files: u64) {
        if phase == Phase::Copy && files > 0 {
            use std::io::Write as _;
            let log = self.0.run().join("acq_0000.dat");
            std::fs::OpenOptions::new().append(true).open(log).unwrap().write_all(b"more").unwrap();
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }
}

#[test]
fn attempts_that_find_a_file_in_use_do_not_fill_the_target() {
    with_own_mounts("leftovers::attempts_that_find_a_file_in_use_do_not_fill_the_target", || {
        let ground = Ground::in_memory();
        for number in 0..8 {
            write(&ground.run().join(format!("acq_{number:04}.dat")), &vec![number; MB]);
        }
        write(&ground.report().join("sigproc.log"), b"of the report");
        let watch = Writes(&ground);
        for fence in 1..7 {
            let request = Request { fence, watch: &watch, ..Request::archive(Category::Sigproc) };
            let outcome = ground.go(request);
            assert!(matches!(outcome, Err(Failure::InUse { .. })), "{outcome:?}");
            let bytes = incoming(&ground);
            assert!(bytes < 10 * MB as u64, "{bytes} bytes after {fence} attempts");
        }
        let done = ground.go(Request { fence: 7, ..Request::archive(Category::Sigproc) }).unwrap();
        assert!(done.kept.is_empty(), "{:?}", done.kept);
    });
}
