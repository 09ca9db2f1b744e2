//! An archive that is complete and was not published, and is given up then: a tester's find, it could not be cancelled, and
//! removed all sources later. Killed at every step of the archive and of the taking back, failed at each of the latter.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use runstow_lifecycle::manifest::Kind;
use runstow_lifecycle::{Category, CategorySet};
use runstow_storage::fault::{self, Fault};
use runstow_storage::{ArchiveFolder, Cure, Failure, Target, transfer};
use rustix::io::Errno;

use crate::crash::{Renames, kill_at, was_killed};
use crate::errors::{ALONE, small_in_memory};
use crate::ground::{Ground, Picture, Request, contents, picture, whose, write};
use crate::whole::Before;

const FOLDER: &str = "RUNSTOW_UNPUBLISHED_FOLDER";
const AT: &str = "RUNSTOW_UNPUBLISHED_AT";
const CATEGORY: &str = "RUNSTOW_UNPUBLISHED_CATEGORY";
const UNDOES: &str = "RUNSTOW_UNPUBLISHED_UNDOES";

/// Alone in its folder, or beside another category that has some of the files too.
const CATEGORIES: [Category; 2] = [Category::Sigproc, Category::Output];

fn request(category: Category, fence: u64) -> Request<'static> {
    let mut disposed = CategorySet::EMPTY;
    if category == Category::Output {
        disposed.insert(Category::Basecall);
    }
    Request { fence, disposed, ..Request::archive(category) }
}

fn undo(ground: &Ground, category: Category) -> Result<bool, Failure> {
    let target = ground.target();
    transfer::undo(&Target { root: &target, volume: None }, "job-1", Ground::folder(category))
}

struct World {
    ground: Ground,
    category: Category,
    before: Before,
    target: Picture,
}

impl World {
    fn make(category: Category) -> Self {
        let ground = small_in_memory();
        if category == Category::Output {
            write(&ground.report().join("sigproc_results/1.wells"), &[9; 700]);
            write(&ground.report().join("rawlib.bam"), b"output");
            write(&ground.report().join("sigproc_results/analysis.bfmask.stats"), b"of both");
            ground.go(Request { job: "job-0", ..Request::archive(Category::Basecall) }).unwrap();
        }
        let (before, target) = (Before::of(&ground), picture(&ground.target()));
        Self { ground, category, before, target }
    }

    fn unpublished(category: Category) -> Self {
        let world = Self::make(category);
        let failure = world.ground.go_unpublished(request(category, 1));
        assert!(matches!(failure, Failure::Refused { .. }), "{failure}");
        assert!(world.recorded("complete"), "it is not recorded");
        world
    }

    fn recorded(&self, when: &str) -> bool {
        let place = self.ground.target().join(Ground::folder(self.category));
        let Ok(open) = ArchiveFolder::open(&place) else { return false };
        let Ok(Some(recorded)) = open.category(self.category, whose()) else { return false };
        let mut entries = open.entries(&recorded.category).unwrap_or_else(|error| panic!("{when}: {error}"));
        while let Some(entry) = entries.next().unwrap() {
            let there = place.join(entry.path.to_string()).symlink_metadata().is_ok();
            assert!(there || entry.kind == Kind::Folder, "{when}: half an archive is recorded: {entry:?}");
        }
        true
    }

    /// At any instant: no source was touched, what others have recorded is there, and what is recorded is whole.
    fn nothing_is_lost(&self, when: &str) {
        self.before.is_untouched(&self.ground, when);
        let now = contents(&picture(&self.ground.target()));
        for (path, content) in contents(&self.target) {
            // The record may tell of one category more.
            let is_record = path.to_string_lossy().contains("serialized_");
            let same = now.iter().any(|(other, there)| *other == path && (is_record || *there == content));
            assert!(same, "{when}: {path:?} was another's");
        }
        self.recorded(when);
    }

    fn is_taken_back(&self, when: &str) {
        self.before.is_untouched(&self.ground, when);
        let now = contents(&picture(&self.ground.target()));
        assert_eq!(now, contents(&self.target), "{when}: no more, no less");
        assert!(!self.ground.target().join(".runstow-incoming/job-1").exists(), "{when}: a journal was left");
    }

    fn killed(&self, undoes: bool, at: &str) -> bool {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "unpublished::child", "--ignored", "--test-threads=1"]);
        child.env(FOLDER, self.ground.path()).env(AT, at).env(UNDOES, undoes.to_string());
        child.env(CATEGORY, self.category.api_prefix());
        let status = child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        was_killed(status, at)
    }
}

/// What runs in the process that is killed. Not a test of its own.
#[test]
#[ignore = "is started by the other tests of this file"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let category = std::env::var(CATEGORY).unwrap();
    let category = CATEGORIES.into_iter().find(|known| known.api_prefix() == category).unwrap();
    kill_at(&std::env::var(AT).unwrap());
    let ground = Ground::at(folder.into());
    if std::env::var(UNDOES).unwrap() == "true" {
        assert!(undo(&ground, category).unwrap());
    } else {
        let failure = ground.go_unpublished(request(category, 1));
        assert!(matches!(failure, Failure::Refused { .. }), "{failure}");
    }
}

/// Does it for a kill before and after each step, until one comes to its end; how often it was killed.
fn at_every_step(one: impl Fn(Category, &str) -> bool + Sync) -> u64 {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = AtomicU64::new(0);
    let (one, counted) = (&one, &done);
    std::thread::scope(|scope| {
        for when in ["before", "after"] {
            scope.spawn(move || {
                for category in CATEGORIES {
                    let mut numbers = 1..;
                    while numbers.next().is_some_and(|number| {
                        one(category, &format!("{:?} {when}:{number}", Renames::WhereFree))
                    }) {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    done.into_inner()
}

#[test]
fn an_archive_killed_at_any_step_before_it_is_published_can_be_taken_back() {
    let done = at_every_step(|category, at| {
        let world = World::make(category);
        let was_killed = world.killed(false, at);
        let when = format!("{category} {at}");
        world.nothing_is_lost(&when);
        assert!(undo(&world.ground, category).unwrap(), "{when}: it can not be cancelled");
        world.is_taken_back(&when);
        was_killed
    });
    println!("killed and taken back {done} times");
    assert!(done > 200, "{done}");
}

#[test]
fn a_complete_archive_that_was_not_published_is_taken_back_or_goes_on_whatever_kills_the_cancel() {
    let done = at_every_step(|category, at| {
        let mut killed = Vec::new();
        for goes_on in [false, true] {
            let world = World::unpublished(category);
            let when = format!("{category} {at}, goes on: {goes_on}");
            killed.push(world.killed(true, at));
            world.nothing_is_lost(&when);
            if !goes_on {
                assert!(undo(&world.ground, category).unwrap(), "{when}");
                world.is_taken_back(&when);
                continue;
            }
            // Who wanted to keep them may want it no longer.
            world.ground.go(request(category, 2)).unwrap_or_else(|error| panic!("{when}: {error}"));
            assert!(world.recorded(&when), "{when}");
            if category == Category::Sigproc {
                world.before.is_archived(&world.ground, category, &when);
                world.before.copies_are_equal(&world.ground, category, &when);
            }
        }
        killed.contains(&true)
    });
    println!("killed while it was taken back {done} times");
    assert!(done > 60, "{done}");
}

#[test]
fn a_disk_that_fails_while_a_complete_archive_is_taken_back_loses_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tried = 0;
    for category in CATEGORIES {
        for errno in [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::STALE, Errno::INTR] {
            for changes in [true, false] {
                for at in 1.. {
                    let when = format!("{category} {errno:?} at step {at}, changes: {changes}");
                    let world = World::unpublished(category);
                    let hit = Arc::new(AtomicBool::new(false));
                    let seen = hit.clone();
                    fault::install(move |event| {
                        let here = event.step.changes() == changes && !event.after && event.number == at;
                        seen.fetch_or(here, Ordering::SeqCst);
                        if here { Fault::Fail(errno) } else { Fault::None }
                    });
                    let outcome = undo(&world.ground, category);
                    fault::clear();
                    world.nothing_is_lost(&when);
                    if !hit.load(Ordering::SeqCst) {
                        assert!(outcome.unwrap(), "{when}");
                        break;
                    }
                    tried += 1;
                    match outcome {
                        Ok(undone) => assert!(undone, "{when}"),
                        Err(error) => {
                            assert!(matches!(error.cure(), Cure::Retry | Cure::Wait), "{when}: {error}")
                        }
                    }
                    assert!(undo(&world.ground, category).unwrap(), "{when}");
                    // A copy that could not be looked at once is left, as an unfinished one is.
                    if changes {
                        world.is_taken_back(&when);
                    }
                }
            }
        }
    }
    println!("failed and taken back {tried} times");
    assert!(tried > 300, "{tried}");
}
