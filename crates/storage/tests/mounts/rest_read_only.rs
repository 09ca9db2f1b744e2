//! Delete, bring back, empty and restore on file systems that are, or become, read-only.

use std::process::Command;

use crate::ground::Ground;
use crate::namespace::{Site, at_step, everything, names, sh, text, waits_for, with_own_mounts};
use crate::read_only::{breaks, disk_at, mend};
use crate::unplugged::ended_or_waits;
use crate::world::{Way, World, act, again};

const WAYS: [Way; 4] = [Way::Delete, Way::BringBack, Way::Empty, Way::Restore];

#[test]
fn nothing_is_changed_on_a_disk_that_is_read_only_from_the_start() {
    with_own_mounts("rest_read_only::nothing_is_changed_on_a_disk_that_is_read_only_from_the_start", || {
        for way in WAYS {
            let when = format!("{way:?}, read-only from the start");
            let site = Site::with_results("size=64m");
            let world = World::make(&site.ground, way);
            let results = site.results();
            sh("mount", &["-o", "remount,ro", text(&results)]);
            let before = everything(&results);
            for fence in 1..3 {
                waits_for(act(&site.ground, way, fence), &results, &["read-only"], &when);
                assert_eq!(everything(&results), before, "{when}");
            }
            world.is_as_it_began(&site.ground, &when);
            sh("mount", &["-o", "remount,rw", text(&results)]);
            again(&site.ground, way, &when);
            world.has_ended(&site.ground, &when);
        }
    });
}

/// A file system with a file that is open for writing can not be made read-only, so this reaches those steps at which none
/// is. For the others see
/// [`a_disk_that_breaks_at_any_step_is_waited_for_and_what_was_not_durable_is_done_again`].
#[test]
fn disks_that_become_read_only_at_any_step_are_waited_for() {
    with_own_mounts("rest_read_only::disks_that_become_read_only_at_any_step_are_waited_for", || {
        for (way, least) in WAYS.into_iter().zip([8, 8, 4, 4]) {
            let (mut waited, mut busy) = (0, 0);
            for at in 1.. {
                let when = format!("{way:?}, read-only at step {at}");
                let site = Site::with_results("size=64m");
                let world = World::make(&site.ground, way);
                let results = site.results();
                let place = results.clone();
                let remount = move || {
                    let mut mount = Command::new("mount");
                    mount.args(["-o", "remount,ro"]).arg(&place).output().unwrap().status.success()
                };
                let (outcome, hit) = at_step(at, remount, || act(&site.ground, way, 1));
                world.nothing_is_lost(&site.ground, &when);
                let ended = outcome.is_ok();
                match hit {
                    None => {
                        outcome.unwrap_or_else(|error| panic!("{when}: {error}"));
                        break;
                    }
                    Some(false) => {
                        busy += 1;
                        outcome.unwrap_or_else(|error| panic!("{when}: {error}"));
                    }
                    Some(true) => {
                        if outcome.is_err() {
                            waited += 1;
                            waits_for(outcome, &results, &["read-only"], &when);
                            let before = everything(&results);
                            waits_for(act(&site.ground, way, 2), &results, &["read-only"], &when);
                            assert_eq!(everything(&results), before, "{when}");
                        }
                        sh("mount", &["-o", "remount,rw", text(&results)]);
                    }
                }
                // A folder of ours that is left empty does no harm.
                let ours = [site.ground.trash(), results.join(".runstow-incoming")];
                if ended && !ours.iter().any(|folder| folder.is_dir() && names(folder).is_empty()) {
                    world.has_ended(&site.ground, &when);
                }
                again(&site.ground, way, &when);
                world.has_ended(&site.ground, &when);
            }
            println!("{way:?}: {waited} times it waited, {busy} steps with a file open for writing");
            assert!(waited >= least, "{way:?}: {waited}");
        }
    });
}

#[test]
fn a_disk_that_breaks_at_any_step_is_waited_for_and_what_was_not_durable_is_done_again() {
    with_own_mounts(
        "rest_read_only::a_disk_that_breaks_at_any_step_is_waited_for_and_what_was_not_durable_is_done_again",
        || {
            for (way, (stride, least)) in WAYS.into_iter().zip([(1, 8), (1, 4), (1, 4), (3, 10)]) {
                let mut waited = 0;
                for at in (1..).step_by(stride) {
                    let when = format!("{way:?}, broken at step {at}");
                    let ground = Ground::in_memory();
                    let results = ground.results();
                    std::fs::create_dir(&results).unwrap();
                    let Some(image) = disk_at(&ground, &results) else { return };
                    let world = World::make(&ground, way);
                    let site = Site { target: None, results: ground.marker(), ground };
                    sh("sync", &["--file-system", text(&results)]);
                    let place = results.clone();
                    let (outcome, hit) = at_step(at, move || breaks(&place), || act(&site.ground, way, 1));
                    if hit.is_none() {
                        outcome.unwrap_or_else(|error| panic!("{when}: {error}"));
                        break;
                    }
                    if !ended_or_waits(outcome, &results, &["read-only", "disk"], &when) {
                        waited += 1;
                        waits_for(act(&site.ground, way, 2), &results, &["read-only", "disk"], &when);
                    }
                    mend(&image, &results);
                    world.nothing_is_lost(&site.ground, &when);
                    again(&site.ground, way, &when);
                    world.has_ended(&site.ground, &when);
                }
                println!("{way:?}: {waited} times it waited for a broken disk");
                assert!(waited >= least, "{way:?}: {waited}");
            }
        },
    );
}
