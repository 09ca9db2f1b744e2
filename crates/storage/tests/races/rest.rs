//! An entry is swapped for another at every single step of a delete, of what brings it back, of emptying and of a restore.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use runstow_storage::{Cure, Failure};

use crate::everywhere::contents;
use crate::ground::{Ground, picture};
use crate::racer::{Racer, Swap};
use crate::swapped::{ALONE, Moment, with_swap};
use crate::world::{Way, World, act};

/// Swaps at every step that changes a disk, or at every other; at how many there was something to swap.
fn at_every_step(way: Way, swap: Swap, changes: bool, back_after: Option<u64>, network: bool) -> u64 {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut done = 0;
    // A restore looks at very many things; every fourth of its looks will do.
    let apart = if way == Way::Restore && !changes { 4 } else { 1 };
    for at in (1..).step_by(apart) {
        let moment = Moment { changes, at, back_after, network };
        let when = format!("{way:?}: {swap:?}, {moment:?}");
        let ground = Ground::in_memory();
        World::make(&ground, way);
        let racer = Racer::new(&ground);
        let mut known = data(&ground, way);
        let outside = picture(racer.outside());
        let (outcome, swapped) = with_swap(&ground, swap, moment, || act(&ground, way, 1));
        let nothing_is_lost = |known: &BTreeSet<Vec<u8>>, when: &str| {
            assert_eq!(picture(racer.outside()), outside, "{when}: something outside was touched");
            let now = contents(ground.path());
            let lost: Vec<_> = known.difference(&now).map(|bytes| bytes.escape_ascii().to_string()).collect();
            assert!(lost.is_empty(), "{when}: lost {lost:?}");
        };
        // What a stranger puts into the trash right before it is emptied may go with it (docs/safety.md).
        let made = matches!(swap, Swap::FileForFile | Swap::FileForFolder | Swap::TrashedForFile);
        if swapped.done && made && way != Way::Empty {
            known.insert(racer.content(1));
        }
        nothing_is_lost(&known, &when);
        if let Err(error) = &outcome {
            let known = matches!(error.cure(), Cure::Retry | Cure::Wait | Cure::PlanAgain | Cure::Decide);
            assert!(known, "{when}: {error}");
        }
        done += u64::from(swapped.done);
        if let Some(place) = swapped.place {
            racer.back(&place, 1);
        }
        ends(&ground, way, swap, &when);
        nothing_is_lost(&known, &when);
        if !swapped.hit {
            outcome.unwrap();
            break;
        }
    }
    done
}

/// The contents that are not to be lost.
fn data(ground: &Ground, way: Way) -> BTreeSet<Vec<u8>> {
    let trash = ["files-0", "files-1"].map(|base| ground.trash().join(base));
    let mut folders = vec![ground.run(), ground.report(), ground.target()];
    folders.extend(trash.into_iter().filter(|folder| way != Way::Empty && folder.exists()));
    folders.iter().flat_map(|folder| contents(folder)).collect()
}

/// Put back, it comes to its end.
fn ends(ground: &Ground, way: Way, swap: Swap, when: &str) {
    let mut last = None;
    for fence in 2..6 {
        match act(ground, way, fence) {
            Ok(()) => return,
            // The stranger's file came out of the trash, and the true one is there again: a person must look.
            Err(Failure::Occupied { .. }) if (way, swap) == (Way::BringBack, Swap::TrashedForFile) => return,
            Err(error) => last = Some(error),
        }
    }
    panic!("{when}: it does not come to its end: {:?}", last.map(|error| error.to_string()));
}

fn tried(way: Way, swaps: &[Swap]) {
    for &swap in swaps {
        let writing = at_every_step(way, swap, true, None, false);
        let reading = at_every_step(way, swap, false, None, false);
        let shortly = at_every_step(way, swap, true, Some(1), false);
        println!("{way:?}: {swap:?}: {writing} + {reading} swaps, and {shortly} put back at once");
        assert!(
            writing > 0 && reading > 0 && shortly > 0,
            "{way:?}: {swap:?}: {writing} {reading} {shortly}"
        );
    }
}

const IN_THE_RUN: [Swap; 5] =
    [Swap::FolderForLink, Swap::FileForLink, Swap::FileForFile, Swap::FileForFolder, Swap::LinkForLink];

#[test]
fn while_it_is_deleted() {
    tried(Way::Delete, &IN_THE_RUN);
    tried(Way::Delete, &[Swap::TrashForLink, Swap::TrashedForFile]);
}

#[test]
fn while_it_is_deleted_from_a_network_mount() {
    for swap in [Swap::FileForFile, Swap::FileForFolder] {
        for back_after in [None, Some(1)] {
            let swaps = at_every_step(Way::Delete, swap, true, back_after, true);
            assert!(swaps > 15, "{swap:?}: {swaps}");
        }
    }
}

#[test]
fn while_it_is_brought_back() {
    tried(Way::BringBack, &IN_THE_RUN);
    tried(Way::BringBack, &[Swap::TrashForLink, Swap::TrashedForFile]);
}

#[test]
fn while_the_trash_is_emptied() {
    tried(Way::Empty, &[Swap::TrashForLink, Swap::TrashedForFile]);
}

#[test]
fn while_it_is_restored() {
    tried(Way::Restore, &IN_THE_RUN);
    tried(Way::Restore, &[Swap::CopiesForLink, Swap::RestoredForLink]);
}

#[test]
fn while_a_restore_is_taken_back() {
    tried(Way::UndoRestore, &IN_THE_RUN);
}

#[test]
fn while_a_restore_is_taken_back_on_a_network_mount() {
    for swap in [Swap::FileForFile, Swap::FileForFolder] {
        for back_after in [None, Some(1)] {
            let swaps = at_every_step(Way::UndoRestore, swap, true, back_after, true);
            assert!(swaps > 15, "{swap:?}: {swaps}");
        }
    }
}
