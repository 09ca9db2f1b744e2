//! Export, delete, bring back, empty and restore: killed before and after every step that changes a disk, and each step failed
//! once with everything that disks say. They always come to their end, and nothing is lost on the way.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use runstow_lifecycle::{Action, Category};
use runstow_storage::fault::{self, Fault};
use runstow_storage::{Cure, Failure};
use rustix::io::Errno;

use crate::crash::{kill_at, was_killed};
use crate::errors::ALONE;
use crate::ground::{Ground, Picture, Request, contents, picture};

const FOLDER: &str = "RUNSTOW_REST_FOLDER";
const AT: &str = "RUNSTOW_REST_AT";
const WAY: &str = "RUNSTOW_REST_WAY";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Export,
    ExportArchived,
    Delete,
    BringBack,
    Empty,
    Restore,
}

const WAYS: [Way; 6] =
    [Way::Export, Way::ExportArchived, Way::Delete, Way::BringBack, Way::Empty, Way::Restore];

/// What there was before the way began.
struct World {
    run: Picture,
    report: Picture,
    target: Picture,
    trash: Picture,
    /// Before all: what was deleted or archived.
    full: [Picture; 2],
}

fn prepare(way: Way) -> (Ground, World) {
    let ground = Ground::in_memory();
    ground.fill_small();
    let full = [picture(&ground.run()), picture(&ground.report())];
    match way {
        Way::Export | Way::Delete => {}
        Way::BringBack | Way::Empty => drop(ground.delete(Category::Sigproc).unwrap()),
        Way::Restore | Way::ExportArchived => drop(ground.go(Request::archive(Category::Sigproc)).unwrap()),
    }
    let trash = if ground.trash().exists() { picture(&ground.trash()) } else { Picture::new() };
    let world = World {
        run: picture(&ground.run()),
        report: picture(&ground.report()),
        target: picture(&ground.target()),
        trash,
        full,
    };
    (ground, world)
}

fn act(ground: &Ground, way: Way, fence: u64) -> Result<(), Failure> {
    match way {
        Way::Export => ground
            .go(Request { fence, action: Action::Export, ..Request::archive(Category::Sigproc) })
            .map(drop),
        Way::ExportArchived => ground.export_archived(Category::Sigproc, fence).map(drop),
        Way::Delete => ground.delete(Category::Sigproc).map(drop),
        Way::BringBack => ground.bring_back().map(drop),
        Way::Empty => ground.empty().map(drop),
        Way::Restore => ground.restore(Category::Sigproc, fence).map(drop),
    }
}

/// At any instant.
fn nothing_is_lost(ground: &Ground, way: Way, world: &World, when: &str) {
    if way != Way::Export {
        assert_eq!(picture(&ground.target()), world.target, "{when}: the archive was changed");
    }
    if matches!(way, Way::Export | Way::ExportArchived | Way::Empty) {
        assert_eq!(
            [picture(&ground.run()), picture(&ground.report())],
            [world.run.clone(), world.report.clone()],
            "{when}"
        );
        return;
    }
    if way == Way::Restore {
        // What was there is there.
        for (root, before) in [(ground.run(), &world.run), (ground.report(), &world.report)] {
            let now = contents(&picture(&root));
            assert!(contents(before).iter().all(|entry| now.contains(entry)), "{when}");
        }
        return;
    }
    for (at, root) in [ground.run(), ground.report()].iter().enumerate() {
        let mut there = contents(&picture(root));
        for base in 0..2 {
            let trash = ground.trash().join(format!("files-{base}"));
            if trash.exists() {
                there.extend(contents(&picture(&trash)));
            }
        }
        for entry in contents(&world.full[at]) {
            assert!(there.contains(&entry), "{when}: {:?} is lost", entry.0);
        }
    }
}

fn has_ended(ground: &Ground, way: Way, world: &World, when: &str) {
    nothing_is_lost(ground, way, world, when);
    let now = [picture(&ground.run()), picture(&ground.report())];
    match way {
        Way::Export => {
            let place = ground.target().join(Ground::folder(Category::Sigproc));
            assert!(place.join("serialized_report.json").exists(), "{when}");
            let there = contents(&picture(&place));
            assert!(contents(&world.run).iter().all(|entry| there.contains(entry)), "{when}");
        }
        Way::ExportArchived => {
            let folder = Ground::folder(Category::Sigproc);
            let there = contents(&picture(&ground.elsewhere().join(folder)));
            let archive = contents(&picture(&ground.target().join(folder)));
            for (path, content) in &archive {
                // Its record tells of an export.
                let is_record = path.to_string_lossy().starts_with("serialized_");
                let same =
                    there.iter().any(|(other, there)| other == path && (is_record || there == content));
                assert!(same, "{when}: {path:?}");
            }
        }
        Way::Delete => assert!(!ground.run().join("acq_0000.dat").exists(), "{when}"),
        // What says that it does not permit owners and modes is taken at its word.
        Way::BringBack | Way::Restore if when.contains("PermissionDenied") => {
            assert_eq!(now.each_ref().map(contents), world.full.each_ref().map(contents), "{when}");
        }
        Way::BringBack | Way::Restore => {
            assert_eq!(now, world.full, "{when}");
            assert!(!ground.trash().exists(), "{when}");
        }
        Way::Empty => {
            assert!(!ground.trash().exists(), "{when}");
            assert!(!world.trash.is_empty());
        }
    }
    assert!(!ground.results().join(".runstow-incoming").exists(), "{when}: a journal was left");
}

/// The next attempt. What has come back and is recorded so is only forgotten.
fn again(ground: &Ground, way: Way, when: &str) {
    match act(ground, way, 2) {
        Ok(()) => {}
        Err(Failure::BadRecord { .. }) if way == Way::BringBack => {
            assert!(!ground.trash().join("plan").exists(), "{when}");
            ground.in_trash(runstow_storage::trash::forget).unwrap();
        }
        Err(error) => panic!("{when}, again: {error}"),
    }
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
        let done = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for when in ["before", "after"] {
                let done = &done;
                scope.spawn(move || {
                    for number in 1.. {
                        let at = format!("{when}:{number}");
                        let (ground, world) = prepare(way);
                        let was_killed = killed(&ground, way, &at);
                        let when = format!("{way:?} {at}");
                        nothing_is_lost(&ground, way, &world, &when);
                        again(&ground, way, &when);
                        has_ended(&ground, way, &world, &when);
                        if !was_killed {
                            break;
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let done = done.into_inner();
        println!("{way:?}: killed and finished {done} times");
        assert!(done > 25, "{way:?}: {done}");
    }
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
                nothing_is_lost(&ground, way, &world, &when);
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
                has_ended(&ground, way, &world, &when);
            }
        }
        println!("{way:?}: {tried} faults");
        assert!(tried > 150, "{way:?}: {tried}");
    }
}
