//! The disk of the archive or of the sources goes away, or another comes in its place.

use runstow_lifecycle::Category;
use runstow_storage::volume::create_marker;

use crate::namespace::{Site, names, steps, waits_for, with_own_mounts};
use crate::whole::Before;

/// A step may come after the last that matters: then the move has ended.
pub(crate) fn ended_or_waits<T>(
    outcome: Result<T, runstow_storage::Failure>,
    place: &std::path::Path,
    words: &[&str],
    when: &str,
) -> bool {
    match outcome {
        Ok(_) => true,
        error => {
            waits_for(error, place, words, when);
            false
        }
    }
}

#[test]
fn the_target_is_unplugged_at_any_step() {
    with_own_mounts("unplugged::the_target_is_unplugged_at_any_step", || {
        let (steps, _) = steps();
        let mut waited = 0;
        for at in 1..=steps {
            let when = format!("unplugged at step {at} of {steps}");
            let site = Site::new();
            let (target, disk) = (site.ground.target(), site.ground.path().join("archive-disk"));
            let before = Before::of(&site.ground);
            let place = target.clone();
            let (outcome, hit) = site.go_when(1, at, move || Site::unplug(&place));
            let Some(removes) = hit else { continue };
            let ended = ended_or_waits(outcome, &target, &["marker", "another file system"], &when);
            assert!(!ended || removes, "{when}: it ended without its target");
            waited += u64::from(!ended);
            assert_eq!(names(&target), Vec::<String>::new(), "{when}: written to the empty mount point");
            // As long as nothing is there, nothing is done.
            waits_for(site.go(2), &target, &["marker"], &when);
            assert_eq!(names(&target), Vec::<String>::new(), "{when}: written to the empty mount point");
            if !removes {
                before.is_untouched(&site.ground, &when);
            }
            Site::plug_in(&disk, &target);
            before.nothing_is_lost(&site.ground, Category::Sigproc, &when);
            site.go(3).unwrap_or_else(|error| panic!("{when}: {error}"));
            before.is_archived(&site.ground, Category::Sigproc, &when);
        }
        println!("unplugged at {steps} steps, {waited} times it waited");
        assert!(waited > 30, "{waited}");
    });
}

#[test]
fn another_disk_comes_in_the_place_of_the_target_at_any_step() {
    with_own_mounts("unplugged::another_disk_comes_in_the_place_of_the_target_at_any_step", || {
        let (steps, _) = steps();
        for at in 1..=steps {
            let when = format!("another disk at step {at} of {steps}");
            let site = Site::new();
            let (target, disk) = (site.ground.target(), site.ground.path().join("archive-disk"));
            let other = site.ground.path().join("other-disk");
            std::fs::create_dir(&other).unwrap();
            create_marker(&other).unwrap();
            let before = Before::of(&site.ground);
            let (place, plugged) = (target.clone(), other.clone());
            let (outcome, hit) = site.go_when(1, at, move || {
                Site::unplug(&place);
                Site::plug_in(&plugged, &place);
            });
            let Some(removes) = hit else { continue };
            let ended = ended_or_waits(outcome, &target, &["marked", "another file system"], &when);
            assert!(!ended || removes, "{when}: it ended without its target");
            waits_for(site.go(2), &target, &["marked"], &when);
            assert_eq!(names(&other), [".runstow-volume"], "{when}: written to the wrong disk");
            Site::unplug(&target);
            Site::plug_in(&disk, &target);
            before.nothing_is_lost(&site.ground, Category::Sigproc, &when);
            site.go(3).unwrap_or_else(|error| panic!("{when}: {error}"));
            before.is_archived(&site.ground, Category::Sigproc, &when);
        }
    });
}

#[test]
fn the_sources_are_unplugged_at_any_step() {
    with_own_mounts("unplugged::the_sources_are_unplugged_at_any_step", || {
        let (steps, _) = steps();
        for at in 1..=steps {
            let when = format!("unplugged at step {at} of {steps}");
            let site = Site::new();
            let (results, disk) = (site.results(), site.ground.path().join("results-disk"));
            let before = Before::of(&site.ground);
            let place = results.clone();
            let (outcome, hit) = site.go_when(1, at, move || Site::unplug(&place));
            if hit.is_none() {
                continue;
            }
            ended_or_waits(outcome, &results, &[], &when);
            // What is out of sight is not taken for removed.
            waits_for(site.go(2), &results, &[], &when);
            assert_eq!(names(&results), Vec::<String>::new(), "{when}: written to the empty mount point");
            Site::plug_in(&disk, &results);
            before.nothing_is_lost(&site.ground, Category::Sigproc, &when);
            site.go(3).unwrap_or_else(|error| panic!("{when}: {error}"));
            before.is_archived(&site.ground, Category::Sigproc, &when);
        }
    });
}
