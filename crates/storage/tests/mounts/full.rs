//! Real file systems without room.

use runstow_lifecycle::Category;
use runstow_storage::Volume;
use runstow_storage::volume::create_marker;

use crate::ground::{Ground, write};

use crate::namespace::{Site, sh, text, waits_for, with_own_mounts};
use crate::read_only::disk_at;
use crate::whole::Before;

/// A ground whose target is a file system in memory with these options.
fn with_target(options: &str) -> Site {
    let ground = Ground::in_memory();
    ground.fill_small();
    sh("mount", &["-t", "tmpfs", "-o", options, "none", text(&ground.target())]);
    let target = Some(create_marker(&ground.target()).unwrap());
    Site { ground, target, results: None }
}

fn ends_when_there_is_room(options: impl Fn(u64) -> String, least: u64, room: &str) {
    for (waited, size) in (least..).enumerate() {
        let when = format!("target with {}", options(size));
        let site = with_target(&options(size));
        let before = Before::of(&site.ground);
        let outcome = site.go(1);
        if outcome.is_ok() {
            before.is_archived(&site.ground, Category::Sigproc, &when);
            println!("waited at {waited} sizes, enough: {}", options(size));
            assert!(waited > 5, "{waited}");
            return;
        }
        waits_for(outcome, &site.ground.target(), &["full"], &when);
        before.is_untouched(&site.ground, &when);
        let again = site.go(2);
        if again.is_ok() {
            // Just enough, when what the first attempt left is gone.
            before.is_archived(&site.ground, Category::Sigproc, &when);
            continue;
        }
        waits_for(again, &site.ground.target(), &["full"], &when);
        sh("mount", &["-o", &format!("remount,{room}"), text(&site.ground.target())]);
        site.go(3).unwrap_or_else(|error| panic!("{when}, with room: {error}"));
        before.is_archived(&site.ground, Category::Sigproc, &when);
    }
}

#[test]
fn a_full_target_is_waited_for_whatever_its_size() {
    with_own_mounts("full::a_full_target_is_waited_for_whatever_its_size", || {
        ends_when_there_is_room(|pages| format!("size={}k", pages * 4), 2, "size=64m");
    });
}

#[test]
fn a_target_without_inodes_is_waited_for_whatever_their_number() {
    with_own_mounts("full::a_target_without_inodes_is_waited_for_whatever_their_number", || {
        ends_when_there_is_room(|inodes| format!("size=64m,nr_inodes={inodes}"), 3, "nr_inodes=10000");
    });
}

/// Many copies reserve their room at once: what one could not get in full, it must not hold from others.
#[test]
fn a_disk_that_is_too_small_gets_back_what_was_reserved() {
    with_own_mounts("full::a_disk_that_is_too_small_gets_back_what_was_reserved", || {
        let ground = Ground::in_memory();
        ground.fill_small();
        // More than the disk holds, and written around the page cache there.
        write(&ground.run().join("large.dat"), &vec![8; 40 << 20]);
        if disk_at(&ground, &ground.target()).is_none() {
            return;
        }
        let free = |ground: &Ground| Volume::look_at(&ground.target()).unwrap().free_bytes;
        let target = Some(create_marker(&ground.target()).unwrap());
        let before = (Before::of(&ground), free(&ground));
        let site = Site { target, results: None, ground };
        waits_for(site.go(1), &site.ground.target(), &["full"], "a small disk");
        before.0.is_untouched(&site.ground, "a small disk");
        let staged = site.ground.target().join(".runstow-incoming/job-1/staged-1/large.dat");
        assert_eq!(staged.metadata().unwrap().len(), 0, "a part of it was reserved and kept");
        let used = before.1 - free(&site.ground);
        assert!(used < 4 << 20, "{used} bytes are still in use");
    });
}

#[test]
fn a_full_source_can_be_freed_by_an_archive() {
    with_own_mounts("full::a_full_source_can_be_freed_by_an_archive", || {
        let ground = Ground::in_memory();
        let results = ground.path().join("results");
        std::fs::create_dir(&results).unwrap();
        sh("mount", &["-t", "tmpfs", "-o", "size=64m,nr_inodes=200", "none", text(&results)]);
        ground.fill_small();
        let filler = ground.path().join("results/filler");
        std::fs::create_dir(&filler).unwrap();
        // Not one folder more can be made there.
        let full = (0..200).find(|n| std::fs::write(filler.join(n.to_string()), b"").is_err());
        assert!(full.is_some() && std::fs::create_dir(ground.run().join("one more")).is_err());
        write(&ground.run().join("acq_0000.dat"), &[8; 100]);
        let before = Before::of(&ground);
        let site = Site { target: None, results: None, ground };
        let done = site.go(1).unwrap();
        assert!(done.kept.is_empty(), "{:?}", done.kept);
        before.is_archived(&site.ground, Category::Sigproc, "a full source");
    });
}
