//! Every step fails once with everything that disks say, is cut short, or writes something else.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Event, Fault, Step};
use runstow_storage::{Cure, Failure};
use rustix::io::Errno;

use crate::ground::{Ground, Request};
use crate::whole::Before;

/// The hook is one for the process.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

fn with_fault(ground: &Ground, at: u64, changes: bool, fault: Fault) -> (Result<(), Failure>, bool) {
    let hit = Arc::new(AtomicBool::new(false));
    let seen = hit.clone();
    fault::install(move |event: &Event| {
        let here = event.step.changes() == changes && !event.after && event.number == at;
        if here {
            seen.store(true, Ordering::SeqCst);
        }
        if here { fault } else { Fault::None }
    });
    let outcome = ground.go(Request::archive(Category::Sigproc)).map(drop);
    fault::clear();
    (outcome, hit.load(Ordering::SeqCst))
}

fn every_step(changes: bool, faults: &[Fault]) -> u64 {
    every_step_of(small_in_memory, changes, faults)
}

/// One entry of each kind there is.
pub(crate) fn all_kinds_in_memory() -> Ground {
    let ground = Ground::in_memory();
    ground.fill_all_kinds();
    ground
}

/// One entry of the usual kinds.
pub(crate) fn small_in_memory() -> Ground {
    let ground = Ground::in_memory();
    ground.fill_small();
    ground
}

/// Fails each step of an archive of what is made.
pub(crate) fn every_step_of(make: fn() -> Ground, changes: bool, faults: &[Fault]) -> u64 {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let tried = AtomicU64::new(0);
    for &fault in faults {
        for at in 1.. {
            let when = format!("{fault:?} at step {at}, changes: {changes}");
            let ground = make();
            let before = Before::of(&ground);
            let (outcome, hit) = with_fault(&ground, at, changes, fault);
            before.nothing_is_lost(&ground, Category::Sigproc, &when);
            if !hit {
                outcome.unwrap();
                break;
            }
            tried.fetch_add(1, Ordering::Relaxed);
            match outcome {
                Ok(()) => {}
                Err(error) => {
                    let transient = matches!(error.cure(), Cure::Retry | Cure::Wait | Cure::PlanAgain);
                    let text = error.to_string();
                    // So some file systems refuse a name.
                    let refused = fault == Fault::Fail(Errno::INVAL) && text.contains("such a name");
                    assert!(transient || refused, "{when}: {error}: {:?}", error.cure());
                    assert!(text.len() > 20 && !text.contains("os error 0"), "{when}: {text}");
                }
            }
            let again = Request { fence: 2, ..Request::archive(Category::Sigproc) };
            ground.go(again).unwrap_or_else(|error| panic!("{when}, again: {error}"));
            before.is_archived(&ground, Category::Sigproc, &when);
        }
    }
    tried.into_inner()
}

#[test]
fn a_failing_disk_loses_nothing_and_the_move_goes_on_when_it_is_mended() {
    let errors = [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::STALE, Errno::INTR];
    let tried = every_step(true, &errors.map(Fault::Fail));
    assert!(tried > 500, "{tried}");
}

#[test]
fn a_source_or_copy_that_can_not_be_read_loses_nothing() {
    let errors = [Errno::IO, Errno::ACCESS, Errno::STALE, Errno::INTR];
    let tried = every_step(false, &errors.map(Fault::Fail));
    assert!(tried > 300, "{tried}");
}

#[test]
fn a_write_that_takes_less_is_continued() {
    assert!(every_step(true, &[Fault::Short]) > 50);
}

#[test]
fn one_flipped_bit_in_anything_that_is_written_is_found() {
    assert!(every_step(true, &[Fault::Flip]) > 50);
}

/// It was tried again for ever.
#[test]
fn a_name_or_size_that_the_target_never_holds_is_a_persons_to_decide() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for errno in [Errno::NAMETOOLONG, Errno::FBIG, Errno::ILSEQ, Errno::INVAL] {
        let ground = small_in_memory();
        let before = Before::of(&ground);
        let staged = ground.target().join(".runstow-incoming/job-1/staged-1");
        fault::install(move |event: &Event| {
            let here = event.step == Step::CreateFile && !event.after && staged.exists();
            if here { Fault::Fail(errno) } else { Fault::None }
        });
        let failure = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
        fault::clear();
        assert_eq!(failure.cure(), Cure::Decide, "{failure}");
        assert!(failure.to_string().contains("can not hold such a name or size"), "{failure}");
        before.is_untouched(&ground, "refused");
    }
}

/// On a target that does not tell upper from lower case, the copy of the first of two such names was removed to make room for that of
/// the second.
#[test]
fn of_two_entries_that_have_one_name_on_the_target_the_first_copy_stays() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = small_in_memory();
    let before = Before::of(&ground);
    let staged = ground.target().join(".runstow-incoming/job-1/staged-1");
    let unlinked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&unlinked);
    // What such a file system answers to the second name.
    fault::install(move |event: &Event| {
        let copying = !event.after && staged.exists();
        seen.fetch_add(usize::from(copying && event.step == Step::Unlink), Ordering::SeqCst);
        if copying && event.step == Step::CreateFile { Fault::Fail(Errno::EXIST) } else { Fault::None }
    });
    let failure = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
    fault::clear();
    assert_eq!(failure.cure(), Cure::Decide, "{failure}");
    assert!(failure.to_string().contains("upper from lower case"), "{failure}");
    assert_eq!(unlinked.load(Ordering::SeqCst), 0);
    before.is_untouched(&ground, "refused");
}
