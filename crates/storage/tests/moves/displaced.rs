//! A worker is frozen, another takes its job over, and the first wakes up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::Category;
use runstow_storage::{Failure, Phase, Stop, Watch};

use crate::ground::{Ground, Request, contents, picture};

/// The first worker: frozen when it has done so much of a phase.
struct Frozen {
    phase: Phase,
    files: u64,
    done: Mutex<u64>,
    is_frozen: Mutex<Sender<()>>,
    wakes: Mutex<Receiver<()>>,
    woken: AtomicBool,
}

impl Watch for Frozen {
    fn advance(&self, phase: Phase, _bytes: u64, files: u64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if phase != self.phase || self.woken.load(Ordering::SeqCst) {
            return;
        }
        *done += files;
        if *done >= self.files {
            self.is_frozen.lock().unwrap().send(()).unwrap();
            // Until the other one has come as far as the test wants.
            let _ = self.wakes.lock().unwrap().recv();
            self.woken.store(true, Ordering::SeqCst);
        }
    }

    // It does not know yet that it lost its job: the worst that can be.
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn may_remove(&self) -> Result<(), Stop> {
        if self.woken.load(Ordering::SeqCst) { Err(Stop::Displaced) } else { Ok(()) }
    }
}

/// The second worker: wakes the first before it removes, and waits until that has run into something.
struct Wakes<'a> {
    first: Mutex<Option<Sender<()>>>,
    first_ended: &'a Mutex<Receiver<()>>,
}

impl Watch for Wakes<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn may_remove(&self) -> Result<(), Stop> {
        if let Some(first) = self.first.lock().unwrap().take() {
            first.send(()).unwrap();
            self.first_ended.lock().unwrap().recv().unwrap();
        }
        Ok(())
    }
}

fn frozen_in(phase: Phase, files: u64) {
    let when = format!("frozen after {files} of {phase:?}");
    let ground = Ground::new();
    ground.fill();
    let before = [picture(&ground.run()), picture(&ground.report())];
    let (is_frozen, frozen) = channel();
    let (wake, wakes) = channel();
    let (ended, first_ended) = channel();
    let first_ended = Mutex::new(first_ended);
    let (is_frozen, wakes) = (Mutex::new(is_frozen), Mutex::new(wakes));
    let first = Frozen { phase, files, done: Mutex::new(0), is_frozen, wakes, woken: AtomicBool::new(false) };
    let second = Wakes { first: Mutex::new(Some(wake)), first_ended: &first_ended };
    let done = std::thread::scope(|scope| {
        let handle = scope.spawn(|| {
            let outcome = ground.go(Request { watch: &first, ..Request::archive(Category::Sigproc) });
            ended.send(()).unwrap();
            outcome
        });
        frozen.recv().unwrap();
        let request = Request { fence: 2, watch: &second, ..Request::archive(Category::Sigproc) };
        let done = ground.go(request);
        // One that never came to remove anything wakes it now.
        drop(second.first.lock().unwrap().take());
        let done = done.unwrap_or_else(|error| panic!("{when}: {error}"));
        let displaced = handle.join().unwrap();
        assert!(
            matches!(&displaced, Err(error) if !matches!(error, Failure::Damaged { .. })),
            "{when}: the first must stop: {displaced:?}"
        );
        done
    });
    assert!(done.kept.is_empty(), "{when}: {:?}", done.kept);
    assert!(done.removed > 10, "{when}: {}", done.removed);
    let archived = contents(&picture(&ground.target().join("R_1")));
    let stay = [picture(&ground.run()), picture(&ground.report())];
    for (before, stay) in before.iter().zip(&stay) {
        for (path, content) in contents(before) {
            let there = archived.iter().any(|(_, found)| *found == content) || before[&path].is_link();
            assert!(stay.get(&path) == before.get(&path) || there, "{when}: {path:?} is lost");
        }
    }
}

#[test]
fn a_worker_that_was_frozen_while_it_planned_does_not_spoil_the_plan_of_the_next() {
    frozen_in(Phase::Plan, 0);
}

#[test]
fn a_worker_that_was_frozen_while_it_copied_does_not_spoil_the_work_of_the_next() {
    for files in [1, 5, 9] {
        frozen_in(Phase::Copy, files);
    }
}

#[test]
fn a_worker_that_was_frozen_before_it_noted_its_copies_does_not_spoil_the_notes_of_the_next() {
    // Whatever number of them was read back when it froze.
    for files in [1, 5, 9, 12] {
        frozen_in(Phase::Prove, files);
    }
}

#[test]
fn a_worker_that_was_frozen_while_it_gave_copies_their_place_does_not_spoil_the_work_of_the_next() {
    for files in [1, 5, 9] {
        frozen_in(Phase::Publish, files);
    }
}

/// Wakes up when another worker has long gone on.
struct Late;

impl Watch for Late {
    // It does not know yet.
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn is_mine(&self) -> Result<(), Stop> {
        Err(Stop::Displaced)
    }
}

/// It put back what the record had told before: another category that had been archived meanwhile was no longer in it.
#[test]
fn a_worker_that_wakes_with_a_record_in_its_hand_does_not_replace_a_newer_one() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request { job: "job-2", ..Request::archive(Category::Misc) }).unwrap();
    let record = ground.target().join(Ground::folder(Category::Misc)).join("serialized_report.json");
    let newer = std::fs::read(&record).unwrap();
    let outcome = ground.go(Request { watch: &Late, ..Request::archive(Category::Output) });
    assert!(matches!(outcome, Err(Failure::Stopped(Stop::Displaced))), "{outcome:?}");
    assert_eq!(std::fs::read(&record).unwrap(), newer);
}
