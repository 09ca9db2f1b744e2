//! Large files are written around the page cache, where the file system of the tests is one that gains by it. Other tests of this
//! program work in memory, where nothing is.

use rustix::io::Errno;

use runstow_storage::fault::Fault;

use crate::crash::killed_at_every_step;
use crate::errors::every_step_of;
use crate::ground::{Ground, write};

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
    let done = killed_at_every_step(large_on_disk);
    println!("killed and finished {done} times");
    assert!(done > 60, "{done}");
}

#[test]
fn a_large_copy_on_a_failing_disk_is_made_again() {
    let errors = [Errno::NOSPC, Errno::IO, Errno::INTR, Errno::INVAL];
    assert!(every_step_of(large_on_disk, true, &errors.map(Fault::Fail)) > 100);
}

#[test]
fn a_large_copy_of_which_a_piece_is_cut_short_is_whole() {
    assert!(every_step_of(large_on_disk, true, &[Fault::Short]) > 25);
}

#[test]
fn one_flipped_bit_of_a_large_copy_is_found() {
    assert!(every_step_of(large_on_disk, true, &[Fault::Flip]) > 25);
}
