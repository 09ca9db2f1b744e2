//! File systems that become read-only: by hand, or since their disk has an error.

use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_lifecycle::Category;
use runstow_storage::volume::create_marker;

use crate::ground::Ground;
use crate::namespace::{Site, sh, steps, text, waits_for, with_own_mounts};
use crate::whole::Before;

#[test]
fn sources_that_become_read_only_while_they_are_removed_are_waited_for() {
    with_own_mounts("read_only::sources_that_become_read_only_while_they_are_removed_are_waited_for", || {
        let (steps, removal) = steps();
        let mut waited = 0;
        for at in removal..=steps {
            let when = format!("read-only at step {at} of {steps}");
            let ground = Ground::in_memory();
            let results = ground.path().join("results");
            std::fs::create_dir(&results).unwrap();
            sh("mount", &["-t", "tmpfs", "none", text(&results)]);
            ground.fill_small();
            let marker = Some(create_marker(&results).unwrap());
            let before = Before::of(&ground);
            let site = Site { target: None, results: marker, ground };
            let place = results.clone();
            let (outcome, hit) =
                site.go_when(1, at, move || sh("mount", &["-o", "remount,ro", text(&place)]));
            before.nothing_is_lost(&site.ground, Category::Sigproc, &when);
            if hit.is_some() && outcome.is_err() {
                waited += 1;
                waits_for(outcome, &results, &["read-only"], &when);
                waits_for(site.go(2), &results, &["read-only"], &when);
            }
            sh("mount", &["-o", "remount,rw", text(&results)]);
            site.go(3).unwrap_or_else(|error| panic!("{when}: {error}"));
            before.is_archived(&site.ground, Category::Sigproc, &when);
        }
        println!("{waited} times it waited");
        assert!(waited > 5, "{waited}");
    });
}

/// An ext4 file system in a file, mounted at a place.
pub(crate) fn disk_at(ground: &Ground, place: &Path) -> Option<PathBuf> {
    let image = ground.path().join("disk.img");
    std::fs::File::create(&image).unwrap().set_len(24 << 20).unwrap();
    sh("mkfs.ext4", &["-q", text(&image)]);
    let mounted = plug_in(&image, place);
    if !mounted {
        println!("NOT SHOWN: a file can not be mounted here as a disk (no loop devices)");
    }
    mounted.then_some(image)
}

/// Unmounts a broken disk, mends it and mounts it again.
pub(crate) fn mend(image: &Path, place: &Path) {
    sh("umount", &[text(place)]);
    let _ = Command::new("e2fsck").args(["-p", text(image)]).output();
    assert!(plug_in(image, place));
}

fn plug_in(image: &Path, place: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(["-o", "loop,errors=remount-ro"]).args([image, place]).status().unwrap().success()
}

/// What the kernel does when it finds an error on a disk: the journal ends, and it is read-only at once. What was not
/// durable is gone.
pub(crate) fn breaks(place: &Path) {
    let found = Command::new("findmnt").args(["-n", "-o", "SOURCE", text(place)]).output().unwrap().stdout;
    let device = String::from_utf8(found).unwrap();
    let device = device.trim().trim_start_matches("/dev/");
    std::fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "a test").unwrap();
}

#[test]
fn a_target_whose_disk_breaks_at_any_step_is_waited_for_and_what_was_not_durable_is_copied_again() {
    with_own_mounts(
        "read_only::a_target_whose_disk_breaks_at_any_step_is_waited_for_and_what_was_not_durable_is_copied_again",
        || {
            let (steps, _) = steps();
            let mut waited = 0;
            for at in (1..=steps).step_by(3) {
                let when = format!("broken at step {at} of {steps}");
                let ground = Ground::in_memory();
                ground.fill_small();
                let Some(image) = disk_at(&ground, &ground.target()) else { return };
                let target = Some(create_marker(&ground.target()).unwrap());
                sh("sync", &["--file-system", text(&ground.target())]);
                let before = Before::of(&ground);
                let site = Site { target, results: None, ground };
                let place = site.ground.target();
                let broken = place.clone();
                let (outcome, hit) = site.go_when(1, at, move || breaks(&broken));
                if hit.is_some() && outcome.is_err() {
                    waited += 1;
                    waits_for(outcome, &place, &["read-only", "disk"], &when);
                    waits_for(site.go(2), &place, &["read-only", "disk"], &when);
                }
                mend(&image, &place);
                before.nothing_is_lost(&site.ground, Category::Sigproc, &when);
                site.go(3).unwrap_or_else(|error| panic!("{when}: {error}"));
                before.is_archived(&site.ground, Category::Sigproc, &when);
                sh("umount", &[text(&place)]);
            }
            println!("{waited} times it waited");
            assert!(waited > 10, "{waited}");
        },
    );
}
