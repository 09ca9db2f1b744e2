//! `kill -9` before and after every step that changes a disk.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Fault, Step};
use rustix::io::Errno;

use crate::errors::{ALONE, all_kinds_in_memory, small_in_memory};
use crate::ground::{Ground, Request};
use crate::whole::Before;

const FOLDER: &str = "RUNSTOW_CRASH_FOLDER";
const AT: &str = "RUNSTOW_CRASH_AT";
const FENCE: &str = "RUNSTOW_CRASH_FENCE";

/// What runs in the process that is killed. Not a test of its own.
#[test]
#[ignore = "is started by the other tests of this file"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    kill_at(&std::env::var(AT).unwrap());
    let ground = Ground::at(folder.into());
    let fence = std::env::var(FENCE).unwrap().parse().unwrap();
    ground.go(Request { fence, ..Request::archive(Category::Sigproc) }).unwrap();
}

fn killed(ground: &Ground, fence: u64, at: &str) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "crash::child", "--ignored", "--test-threads=1"]);
    child
        .env(FOLDER, ground.path())
        .env(AT, at)
        .env(FENCE, fence.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = child.status().unwrap();
    was_killed(status, at)
}

/// Whether the process was killed. It may only be that, or come to its end.
pub(crate) fn was_killed(status: ExitStatus, at: &str) -> bool {
    assert!(status.success() || status.signal() == Some(9), "{at}: {status}");
    status.signal() == Some(9)
}

/// What a file system can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renames {
    /// Move an entry to a name only if that is free.
    WhereFree,
    /// Not that, as with NFS.
    Plainly,
    /// Nor give a file a second name, as with exFAT by way of FUSE.
    WithoutLinks,
}

/// Kills at the step that a text such as `WhereFree before:12` names.
pub(crate) fn kill_at(at: &str) {
    let (renames, step) = at.split_once(' ').unwrap();
    let (when, number) = step.split_once(':').unwrap();
    let (after, number): (bool, u64) = (when == "after", number.parse().unwrap());
    let all = [Renames::WhereFree, Renames::Plainly, Renames::WithoutLinks];
    let renames = all.into_iter().find(|known| format!("{known:?}") == renames).unwrap();
    fault::install(move |event| {
        let refused = refused(event, renames);
        // After a step that was refused there is nothing to meet.
        let when = event.after == after || refused != Fault::None;
        let hit = event.step.changes() && when && event.number == number;
        if hit { Fault::Kill } else { refused }
    });
}

fn refused(event: &fault::Event, renames: Renames) -> Fault {
    match event.step {
        _ if event.after || renames == Renames::WhereFree => Fault::None,
        Step::RenameWhereFree => Fault::Fail(Errno::INVAL),
        Step::HardLink if renames == Renames::WithoutLinks => Fault::Fail(Errno::PERM),
        _ => Fault::None,
    }
}

/// While this process does something, its file system is such a one.
pub(crate) fn on_a_file_system_that(renames: Renames, act: impl FnOnce()) {
    fault::install(move |event| refused(event, renames));
    act();
    fault::clear();
}

#[test]
fn an_archive_killed_at_any_step_ends_by_itself_and_loses_nothing() {
    let done = killed_at_every_step(all_kinds_in_memory, Renames::WhereFree);
    println!("killed and finished {done} times");
    assert!(done > 200, "{done}");
}

#[test]
fn an_archive_from_a_network_mount_killed_at_any_step_ends_by_itself_and_loses_nothing() {
    let done = killed_at_every_step(all_kinds_in_memory, Renames::Plainly);
    println!("killed and finished {done} times");
    assert!(done > 250, "{done}");
}

/// A destination of this kind was refused before.
#[test]
fn an_archive_where_there_are_no_second_names_killed_at_any_step_ends_by_itself_and_loses_nothing() {
    // Copies have none of those either.
    let with_one_name_each = || {
        let ground = small_in_memory();
        std::fs::remove_file(ground.run().join("linked.dat")).unwrap();
        ground
    };
    let done = killed_at_every_step(with_one_name_each, Renames::WithoutLinks);
    println!("killed and finished {done} times");
    assert!(done > 200, "{done}");
}

/// Kills an archive of what is made at each step, and lets it go on; how often.
pub(crate) fn killed_at_every_step(make: fn() -> Ground, renames: Renames) -> u64 {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = AtomicU64::new(0);
    let kills = || {
        std::thread::scope(|scope| {
            for when in ["before", "after"] {
                let done = &done;
                scope.spawn(move || {
                    for number in 1.. {
                        let at = format!("{renames:?} {when}:{number}");
                        let ground = make();
                        let before = Before::of(&ground);
                        let was_killed = killed(&ground, 1, &at);
                        before.nothing_is_lost(&ground, Category::Sigproc, &at);
                        let again = Request { fence: 2, ..Request::archive(Category::Sigproc) };
                        ground.go(again).unwrap_or_else(|error| panic!("{at}: {error}"));
                        before.is_archived(&ground, Category::Sigproc, &at);
                        before.copies_are_equal(&ground, Category::Sigproc, &at);
                        if !was_killed {
                            break;
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        })
    };
    on_a_file_system_that(renames, kills);
    done.into_inner()
}

#[test]
fn killed_again_and_again_it_still_ends() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = small_in_memory();
    let before = Before::of(&ground);
    let mut kills = 0;
    // Each attempt comes a little further.
    for number in (3_u64..).step_by(7) {
        if !killed(&ground, number, &format!("WhereFree after:{number}")) {
            break;
        }
        before.nothing_is_lost(&ground, Category::Sigproc, &format!("attempt at step {number}"));
        kills += 1;
    }
    before.is_archived(&ground, Category::Sigproc, "in the end");
    assert!(kills > 2, "{kills}");
}
