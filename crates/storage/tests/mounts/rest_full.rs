//! Delete, bring back, empty and restore on real file systems without room.

use runstow_storage::Volume;

use crate::namespace::{Site, sh, text, waits_for, with_own_mounts};
use crate::unplugged::ended_or_waits;
use crate::world::{Way, World, act, again};

const PAGE: u64 = 4096;

/// What a file system has too little of.
#[derive(Clone, Copy, Debug)]
enum Short {
    Bytes,
    Inodes,
}

impl Short {
    /// The mount options that leave room for so much more than is in use.
    fn leaves(self, now: &Volume, more: u64) -> String {
        match self {
            Self::Bytes => format!("size={}", now.total_bytes - now.free_bytes + more * PAGE),
            Self::Inodes => format!("nr_inodes={}", now.total_inodes - now.free_inodes + more),
        }
    }
}

/// The way begins on a file system with no room, then with a little more, until it is enough. As long as it is not, it
/// waits, with nothing by halves; and the same job ends when room is made. Tells how often it waited.
fn waits_for_room(way: Way, short: Short) -> u64 {
    for more in 0.. {
        let when = format!("{way:?}, {short:?}: {more}");
        let site = Site::with_results("size=64m,nr_inodes=10000");
        let world = World::make(&site.ground, way);
        let results = site.results();
        let remount = |options: &str| sh("mount", &["-o", &format!("remount,{options}"), text(&results)]);
        remount(&short.leaves(&Volume::look_at(&results).unwrap(), more));
        let outcome = act(&site.ground, way, 1);
        if outcome.is_ok() {
            world.has_ended(&site.ground, &when);
            println!("{way:?}, {short:?}: waited {more} times, enough with {more} more");
            return more;
        }
        waits_for(outcome, &results, &["full"], &when);
        world.nothing_is_lost(&site.ground, &when);
        // The first attempt may have made the little room that was missing: it tidies up.
        ended_or_waits(act(&site.ground, way, 2), &results, &["full"], &when);
        world.nothing_is_lost(&site.ground, &when);
        remount("size=64m,nr_inodes=10000");
        again(&site.ground, way, &when);
        world.has_ended(&site.ground, &when);
    }
    unreachable!()
}

#[test]
fn a_restore_onto_a_full_disk_waits_until_there_is_room() {
    with_own_mounts("rest_full::a_restore_onto_a_full_disk_waits_until_there_is_room", || {
        let waited = waits_for_room(Way::Restore, Short::Bytes);
        assert!(waited > 3, "{waited}");
    });
}

#[test]
fn a_restore_onto_a_disk_without_inodes_waits_until_there_are_some() {
    with_own_mounts("rest_full::a_restore_onto_a_disk_without_inodes_waits_until_there_are_some", || {
        let waited = waits_for_room(Way::Restore, Short::Inodes);
        assert!(waited > 10, "{waited}");
    });
}

#[test]
fn what_is_deleted_comes_back_on_a_disk_without_one_free_byte() {
    with_own_mounts("rest_full::what_is_deleted_comes_back_on_a_disk_without_one_free_byte", || {
        assert_eq!(waits_for_room(Way::BringBack, Short::Bytes), 0);
        // The folders that were tidied away need one each.
        let waited = waits_for_room(Way::BringBack, Short::Inodes);
        assert!((1..5).contains(&waited), "{waited}");
    });
}

#[test]
fn the_trash_of_a_disk_without_any_room_can_be_emptied() {
    with_own_mounts("rest_full::the_trash_of_a_disk_without_any_room_can_be_emptied", || {
        assert_eq!(waits_for_room(Way::Empty, Short::Bytes), 0);
        assert_eq!(waits_for_room(Way::Empty, Short::Inodes), 0);
    });
}

#[test]
fn a_delete_on_a_full_disk_waits_for_no_more_room_than_its_plan_takes() {
    with_own_mounts("rest_full::a_delete_on_a_full_disk_waits_for_no_more_room_than_its_plan_takes", || {
        let pages = waits_for_room(Way::Delete, Short::Bytes);
        assert!(pages <= 2, "{pages}");
        // The trash, the delete's folder, its plan, the files of both start folders, and the note of the end.
        let inodes = waits_for_room(Way::Delete, Short::Inodes);
        assert!((3..=10).contains(&inodes), "{inodes}");
    });
}
