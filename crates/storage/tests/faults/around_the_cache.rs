//! Large files are written around the page cache, where the file system of the tests is one that gains by it. Other tests of this
//! program work in memory, where nothing is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Fault, Step};
use rustix::io::Errno;

use crate::crash::{Renames, killed_at_every_step};
use crate::errors::{ALONE, every_step_of};
use crate::ground::{Ground, Request, write};
use crate::whole::Before;

/// On a disk: one file of two pieces, the second of which does not end where a block does.
fn large_on_disk() -> Ground {
    let ground = Ground::new();
    let content: Vec<u8> =
        (0..(1_u32 << 20) + 70_001).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    write(&ground.run().join("acq_0000.dat"), &content);
    write(&ground.report().join("sigproc.log"), b"top-level log of the report");
    ground
}

#[test]
fn a_large_copy_is_whole_after_a_kill_at_any_step() {
    let done = killed_at_every_step(large_on_disk, Renames::WhereFree);
    println!("killed and finished {done} times");
    assert!(done > 60, "{done}");
}

#[test]
fn a_large_copy_on_a_failing_disk_is_made_again() {
    let errors = [Errno::NOSPC, Errno::IO, Errno::INTR, Errno::INVAL];
    assert!(every_step_of(large_on_disk, true, &errors.map(Fault::Fail)) > 100);
}

/// Is the file system of the tests one on which it is done?
fn is_shown(directly: usize) -> bool {
    if directly == 0 {
        println!("NOT SHOWN: the folder for temporary files is neither on ext4 nor on XFS");
    }
    directly > 0
}

#[test]
fn a_disk_that_refuses_to_reserve_or_to_write_directly_gets_its_copy_at_once() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for refused in [Step::Reserve, Step::WriteDirect] {
        let ground = large_on_disk();
        let before = Before::of(&ground);
        let asked = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&asked);
        fault::install(move |event| {
            let here = event.step == refused && !event.after;
            seen.fetch_add(usize::from(here), Ordering::SeqCst);
            if here { Fault::Fail(Errno::INVAL) } else { Fault::None }
        });
        let outcome = ground.go(Request::archive(Category::Sigproc));
        fault::clear();
        if !is_shown(asked.load(Ordering::SeqCst)) {
            return;
        }
        outcome.unwrap();
        before.is_archived(&ground, Category::Sigproc, "after a refusal");
    }
}

#[test]
fn a_large_copy_of_which_a_piece_is_cut_short_is_whole() {
    assert!(every_step_of(large_on_disk, true, &[Fault::Short]) > 25);
}

#[test]
fn one_flipped_bit_of_a_large_copy_is_found() {
    assert!(every_step_of(large_on_disk, true, &[Fault::Flip]) > 25);
}
