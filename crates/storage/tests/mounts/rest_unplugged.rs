//! Delete, bring back, empty and restore: the disk that they work on goes away, or a twin of it comes in its place.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use runstow_storage::volume::{MARKER, create_marker};

use crate::namespace::{Site, at_step, everything, names, sh, text, waits_for, with_own_mounts};
use crate::unplugged::ended_or_waits;
use crate::world::{Way, World, act, again};

/// What comes in the place of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instead {
    /// Nothing: the empty mount point is seen.
    Nothing,
    /// A disk with the same files, journals and trash at the same paths. Only its marker tells that it is another.
    ATwin,
}

/// A folder of the site that a disk is plugged in at.
type Place = fn(&Site) -> PathBuf;

/// A disk that is the same in all but its marker.
#[derive(Clone)]
struct Twin {
    path: PathBuf,
    untouched: Arc<OnceLock<Vec<u8>>>,
}

impl Twin {
    /// Of a disk as it is just now.
    fn make(&self, disk: &Path) {
        sh("cp", &["--archive", text(disk), text(&self.path)]);
        std::fs::remove_file(self.path.join(MARKER)).unwrap();
        create_marker(&self.path).unwrap();
        self.untouched.set(everything(&self.path)).unwrap();
    }

    fn is_untouched(&self, when: &str) {
        let (now, before) = (everything(&self.path), self.untouched.get().unwrap());
        let [now, before] = [&now, before].map(|all| String::from_utf8_lossy(all));
        assert_eq!(now, before, "{when}: the wrong disk was changed");
    }
}

/// At every step of a way the disk of a place goes away. It waits for it, touches nothing that is there instead, and comes
/// to its end when the disk is back. Tells how many times it waited.
fn goes_away(way: Way, instead: Instead, disk: &str, place: Place) -> u64 {
    let mut waited = 0;
    for at in 1.. {
        let when = format!("{way:?}, {instead:?} at step {at}");
        let site = Site::empty();
        let world = World::make(&site.ground, way);
        let (place, disk) = (place(&site), site.ground.path().join(disk));
        let twin = Twin { path: site.ground.path().join("twin-disk"), untouched: Arc::default() };
        let (at_place, of, plugged) = (place.clone(), disk.clone(), twin.clone());
        let swap = move || {
            Site::unplug(&at_place);
            if instead == Instead::ATwin {
                plugged.make(&of);
                Site::plug_in(&plugged.path, &at_place);
            }
        };
        let (outcome, hit) = at_step(at, swap, || act(&site.ground, way, 1));
        if hit.is_none() {
            outcome.unwrap_or_else(|error| panic!("{when}: {error}"));
            println!("{way:?}, {instead:?}: unplugged at {} steps, {waited} times it waited", at - 1);
            return waited;
        }
        let ended = ended_or_waits(outcome, &place, &[], &when);
        waited += u64::from(!ended);
        let is_untouched = || match instead {
            Instead::Nothing => {
                assert_eq!(names(&place), Vec::<String>::new(), "{when}: written to the empty mount point")
            }
            Instead::ATwin => twin.is_untouched(&when),
        };
        is_untouched();
        // As long as the disk is away, nothing is done.
        waits_for(act(&site.ground, way, 2), &place, &["marker", "marked"], &when);
        is_untouched();
        if instead == Instead::ATwin {
            Site::unplug(&place);
        }
        Site::plug_in(&disk, &place);
        world.nothing_is_lost(&site.ground, &when);
        if ended {
            world.has_ended(&site.ground, &when);
        }
        again(&site.ground, way, &when);
        world.has_ended(&site.ground, &when);
    }
    unreachable!()
}

fn results_go_away(way: Way, least: u64) {
    for instead in [Instead::Nothing, Instead::ATwin] {
        let waited = goes_away(way, instead, "results-disk", Site::results);
        assert!(waited >= least, "{way:?}, {instead:?}: {waited}");
    }
}

#[test]
fn a_delete_whose_disk_goes_away_at_any_step_touches_no_other() {
    with_own_mounts("rest_unplugged::a_delete_whose_disk_goes_away_at_any_step_touches_no_other", || {
        results_go_away(Way::Delete, 10);
    });
}

#[test]
fn what_is_deleted_comes_back_only_to_the_disk_that_it_was_on() {
    with_own_mounts("rest_unplugged::what_is_deleted_comes_back_only_to_the_disk_that_it_was_on", || {
        results_go_away(Way::BringBack, 10);
    });
}

#[test]
fn the_trash_is_emptied_only_on_the_disk_that_the_delete_was_on() {
    with_own_mounts("rest_unplugged::the_trash_is_emptied_only_on_the_disk_that_the_delete_was_on", || {
        results_go_away(Way::Empty, 5);
    });
}

#[test]
fn a_restore_whose_disk_goes_away_at_any_step_writes_to_no_other() {
    with_own_mounts("rest_unplugged::a_restore_whose_disk_goes_away_at_any_step_writes_to_no_other", || {
        results_go_away(Way::Restore, 30);
    });
}

#[test]
fn a_restore_whose_archive_goes_away_at_any_step_waits_for_it() {
    with_own_mounts("rest_unplugged::a_restore_whose_archive_goes_away_at_any_step_waits_for_it", || {
        for instead in [Instead::Nothing, Instead::ATwin] {
            let waited = goes_away(Way::Restore, instead, "archive-disk", |site| site.ground.target());
            assert!(waited >= 10, "{instead:?}: {waited}");
        }
    });
}

#[test]
fn a_delete_of_an_archived_copy_whose_disk_goes_away_at_any_step_touches_no_other() {
    with_own_mounts(
        "rest_unplugged::a_delete_of_an_archived_copy_whose_disk_goes_away_at_any_step_touches_no_other",
        || {
            for (way, least) in
                [(Way::DeleteArchived, 10), (Way::BringBackArchived, 10), (Way::EmptyArchived, 5)]
            {
                for instead in [Instead::Nothing, Instead::ATwin] {
                    let waited = goes_away(way, instead, "archive-disk", |site| site.ground.target());
                    assert!(waited >= least, "{way:?}, {instead:?}: {waited}");
                }
            }
        },
    );
}
