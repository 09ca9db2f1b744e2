//! An entry is swapped for another at every single step of a move.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Event, Fault, Step};
use runstow_storage::{Cure, Failure};
use rustix::io::Errno;

use crate::everywhere::contents;
use crate::ground::{Ground, Request, picture};
use crate::racer::{Racer, Swap};

/// The hook is one for the process.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

/// What became of a swap.
#[derive(Default)]
pub(crate) struct Swapped {
    /// The step was reached.
    pub(crate) hit: bool,
    /// There was something to swap.
    pub(crate) done: bool,
    /// Where, while it is not put back.
    pub(crate) place: Option<PathBuf>,
}

/// When a swap happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Before a step that changes a disk, or before one that only looks.
    pub(crate) changes: bool,
    /// Which of them.
    pub(crate) at: u64,
    /// It is put back so many steps later.
    pub(crate) back_after: Option<u64>,
    /// On a file system that can not see to it that a name is free, as NFS.
    pub(crate) network: bool,
}

/// Swaps while something is done.
pub(crate) fn with_swap<T>(
    ground: &Ground,
    swap: Swap,
    moment: Moment,
    act: impl FnOnce() -> Result<T, Failure>,
) -> (Result<T, Failure>, Swapped) {
    let Moment { changes, at, back_after, network } = moment;
    let state = Arc::new(Mutex::new(Swapped::default()));
    let seen = Arc::clone(&state);
    let racer = Racer::at(ground.path());
    fault::install(move |event: &Event| {
        if event.step.changes() == changes && !event.after {
            let mut state = seen.lock().unwrap();
            if event.number == at {
                state.hit = true;
                state.place = racer.swap(swap, 1);
                state.done = state.place.is_some();
            }
            if back_after.is_some_and(|later| event.number == at + later)
                && let Some(place) = state.place.take()
            {
                racer.back(&place, 1);
            }
        }
        let refused = network && event.step == Step::RenameWhereFree && !event.after;
        if refused { Fault::Fail(Errno::INVAL) } else { Fault::None }
    });
    let outcome = act();
    fault::clear();
    let swapped = std::mem::take(&mut *state.lock().unwrap());
    (outcome, swapped)
}

fn at_every_step(swap: Swap, changes: bool, back_after: Option<u64>, network: bool) -> u64 {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for at in 1.. {
        let when = format!("{swap:?} at step {at}, changes: {changes}, back after {back_after:?}, {network}");
        let ground = Ground::in_memory();
        ground.fill_small();
        let racer = Racer::new(&ground);
        let mut known = contents(ground.path());
        let outside = picture(racer.outside());
        let moment = Moment { changes, at, back_after, network };
        let (outcome, swapped) =
            with_swap(&ground, swap, moment, || ground.go(Request::archive(Category::Sigproc)));
        let nothing_is_lost = |known: &BTreeSet<Vec<u8>>, when: &str| {
            assert_eq!(picture(racer.outside()), outside, "{when}: something outside was touched");
            let now = contents(ground.path());
            let lost: Vec<_> = known
                .difference(&now)
                .map(|bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(40)]))
                .collect();
            assert!(lost.is_empty(), "{when}: lost {lost:?}");
        };
        if swapped.done && matches!(swap, Swap::FileForFile | Swap::FileForFolder) {
            known.insert(racer.content(1));
        }
        nothing_is_lost(&known, &when);
        if let Err(error) = &outcome {
            let by_itself = matches!(error.cure(), Cure::Retry | Cure::Wait | Cure::PlanAgain);
            // What a stranger has put at the target is a person's to judge.
            let strange = swap == Swap::CopiesForLink && error.cure() == Cure::Decide;
            assert!(by_itself || strange, "{when}: {error}");
        }
        if let Some(place) = swapped.place {
            racer.back(&place, 1);
        }
        ends(&ground, swap, &when);
        nothing_is_lost(&known, &when);
        if !swapped.hit {
            outcome.unwrap();
            return at - 1;
        }
    }
    0
}

/// Mended, the move comes to its end by itself; what it could not take away it names.
fn ends(ground: &Ground, swap: Swap, when: &str) {
    for fence in 2..6 {
        match ground.go(Request { fence, ..Request::archive(Category::Sigproc) }) {
            Ok(done) => {
                let aside = std::fs::read_dir(ground.run()).into_iter().flatten().any(|entry| {
                    entry.unwrap().file_name().to_string_lossy().starts_with(".runstow-removing")
                });
                assert!(!aside || !done.kept.is_empty(), "{when}: something lies aside and is not reported");
                return;
            }
            Err(error) => {
                // Copies that a stranger has replaced by others are not taken for proven.
                if swap == Swap::CopiesForLink && error.cure() == Cure::Decide {
                    return;
                }
                let by_itself = matches!(error.cure(), Cure::Retry | Cure::Wait | Cure::PlanAgain);
                assert!(by_itself, "{when}, attempt {fence}: {error}");
            }
        }
    }
    panic!("{when}: it does not come to its end");
}

fn tried(swap: Swap) {
    // Until the attempt is over.
    let writing = at_every_step(swap, true, None, false);
    let reading = at_every_step(swap, false, None, false);
    // Only for one step.
    let shortly = at_every_step(swap, true, Some(1), false);
    println!("{swap:?}: at {writing} + {reading} steps, and shortly at {shortly}");
    assert!(writing > 30 && reading > 80 && shortly > 30, "{writing} {reading} {shortly}");
}

/// What was put in the place of a source between its second name and the end of its first was removed unseen.
#[test]
fn a_file_swapped_for_something_else_on_a_network_mount() {
    for swap in [Swap::FileForFile, Swap::FileForFolder] {
        let steps = [None, Some(1)].map(|back_after| at_every_step(swap, true, back_after, true));
        println!("{swap:?} on a network mount: at {steps:?} steps");
        assert!(steps[0] > 60, "{steps:?}");
    }
}

#[test]
fn a_folder_swapped_for_a_link_to_outside() {
    tried(Swap::FolderForLink);
}

#[test]
fn a_file_swapped_for_a_link_to_outside() {
    tried(Swap::FileForLink);
}

#[test]
fn a_file_swapped_for_another_of_the_same_size_and_time() {
    tried(Swap::FileForFile);
}

#[test]
fn a_file_swapped_for_a_folder() {
    tried(Swap::FileForFolder);
}

#[test]
fn a_link_swapped_for_a_link_to_elsewhere() {
    tried(Swap::LinkForLink);
}

#[test]
fn the_folder_of_copies_swapped_for_a_link_to_outside() {
    tried(Swap::CopiesForLink);
}
