//! Export, delete, bring back, empty and restore: killed before and after every step that changes a disk, with entries of all
//! kinds, and each step of a smaller tree failed once with everything that disks say. They always come to their end, and
//! nothing is lost on the way.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Fault, Step};
use runstow_storage::verify::{Choice, Verification, verify};
use runstow_storage::{Alone, Cure};
use rustix::io::Errno;

use crate::crash::{Renames, kill_at, on_a_file_system_that, was_killed};
use crate::errors::ALONE;
use crate::ground::Ground;
use crate::world::{WAYS, Way, World, act, again};

const FOLDER: &str = "RUNSTOW_REST_FOLDER";
const AT: &str = "RUNSTOW_REST_AT";
const WAY: &str = "RUNSTOW_REST_WAY";

fn prepare(way: Way) -> (Ground, World) {
    let ground = Ground::in_memory();
    let world = World::make(&ground, way);
    (ground, world)
}

/// What runs in the process that is killed. Not a test of its own.
#[test]
#[ignore = "is started by the other tests of this file"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let at = std::env::var(AT).unwrap();
    let way = std::env::var(WAY).unwrap();
    let way = WAYS.into_iter().find(|known| format!("{known:?}") == way).unwrap();
    kill_at(&at);
    act(&Ground::at(folder.into()), way, 1).unwrap();
}

fn killed(ground: &Ground, way: Way, at: &str) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "rest::child", "--ignored", "--test-threads=1"]);
    child.env(FOLDER, ground.path()).env(AT, at).env(WAY, format!("{way:?}"));
    let status = child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    was_killed(status, &format!("{way:?} {at}"))
}

#[test]
fn killed_at_any_step_they_end_and_lose_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for way in WAYS {
        let done = killed_at_every_step(way, Renames::WhereFree);
        assert!(done > 25, "{way:?}: {done}");
    }
}

#[test]
fn killed_at_any_step_on_a_network_mount_they_end_and_lose_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ways = [
        Way::Delete,
        Way::BringBack,
        Way::Restore,
        Way::UndoRestore,
        Way::DeleteArchived,
        Way::BringBackArchived,
    ];
    for way in ways {
        let done = killed_at_every_step(way, Renames::Plainly);
        assert!(done > 50, "{way:?}: {done}");
    }
}

fn killed_at_every_step(way: Way, renames: Renames) -> u64 {
    let done = AtomicU64::new(0);
    let kills = || {
        std::thread::scope(|scope| {
            for when in ["before", "after"] {
                let done = &done;
                scope.spawn(move || {
                    for number in 1.. {
                        let at = format!("{renames:?} {when}:{number}");
                        let ground = Ground::in_memory();
                        let world = World::filled(&ground, way, Ground::fill_all_kinds);
                        let was_killed = killed(&ground, way, &at);
                        let when = format!("{way:?} {at}");
                        world.nothing_is_lost(&ground, &when);
                        again(&ground, way, &when);
                        world.has_ended(&ground, &when);
                        world.copies_are_equal(&ground, &when);
                        if !was_killed {
                            break;
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
    };
    on_a_file_system_that(renames, kills);
    let done = done.into_inner();
    println!("{way:?}, {renames:?}: killed and finished {done} times");
    done
}

#[test]
fn a_failing_disk_loses_nothing_and_they_go_on_when_it_is_mended() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let errors = [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::STALE, Errno::INTR];
    // The steps of an export are those of an archive, which has a test of its own.
    for way in WAYS.into_iter().filter(|way| *way != Way::Export) {
        let mut tried = 0;
        let faults = errors.map(Fault::Fail).into_iter().chain([Fault::Short, Fault::Flip]);
        for (fault, changes) in faults.flat_map(|fault| [(fault, true), (fault, false)]) {
            if !changes
                && !matches!(fault, Fault::Fail(Errno::IO | Errno::ACCESS | Errno::STALE | Errno::INTR))
            {
                continue;
            }
            for at in 1.. {
                let when = format!("{way:?}: {fault:?} at step {at}, changes: {changes}");
                let (ground, world) = prepare(way);
                let hit = Arc::new(AtomicBool::new(false));
                let seen = hit.clone();
                fault::install(move |event| {
                    let here = event.step.changes() == changes && !event.after && event.number == at;
                    if here {
                        seen.store(true, Ordering::SeqCst);
                    }
                    if here { fault } else { Fault::None }
                });
                let outcome = act(&ground, way, 1);
                fault::clear();
                world.nothing_is_lost(&ground, &when);
                if !hit.load(Ordering::SeqCst) {
                    outcome.unwrap();
                    break;
                }
                tried += 1;
                if let Err(error) = outcome {
                    let transient = matches!(error.cure(), Cure::Retry | Cure::Wait | Cure::PlanAgain);
                    assert!(transient, "{when}: {error}: {:?}", error.cure());
                }
                again(&ground, way, &when);
                world.has_ended(&ground, &when);
            }
        }
        println!("{way:?}: {tried} faults");
        assert!(tried > 150, "{way:?}: {tried}");
    }
}

#[test]
fn where_there_are_no_hard_links_what_archives_share_is_copied_into_the_trash_and_proven() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (ground, world) = prepare(Way::DeleteArchived);
    let hit = Arc::new(AtomicU64::new(0));
    let seen = hit.clone();
    fault::install(move |event| {
        if event.step != Step::HardLink || event.after {
            return Fault::None;
        }
        seen.fetch_add(1, Ordering::SeqCst);
        Fault::Fail(Errno::PERM)
    });
    let deleted = ground.delete_archived(Category::Basecall, 1);
    let again = ground.delete_archived(Category::Basecall, 1);
    fault::clear();
    assert!(hit.load(Ordering::SeqCst) > 0, "the two archives have nothing in common");
    again.unwrap();
    world.has_ended(&ground, "no hard links");
    let in_trash = runstow_storage::trash::archive_in(&deleted.unwrap().folder);
    // The copy is the last one now: an attempt that goes on must not take it for one that was never finished.
    let shared = "sigproc_results/analysis.bfmask.stats";
    std::fs::remove_file(ground.target().join(Ground::folder(Category::Output)).join(shared)).unwrap();
    ground.delete_archived(Category::Basecall, 2).unwrap();
    assert!(in_trash.join(shared).exists(), "the last copy is gone");
    std::fs::remove_dir_all(ground.target().join(Ground::folder(Category::Output))).unwrap();
    let verification = Verification {
        folder: &in_trash,
        target: None,
        category: Category::Basecall,
        whose: None,
        choice: Choice::All,
        extras: true,
    };
    let mut findings = Vec::new();
    verify(&verification, &Alone, &mut |finding| findings.push(finding)).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
}
