//! A destination that shows the sources themselves, by another path. A tester's find: each source was its own copy, and the
//! only one was removed.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Fault, Step};
use runstow_storage::{Cure, Failure, Target, transfer};

use crate::ground::{Ground, Picture, Request, picture};
use crate::namespace::{names, sh, text, with_own_mounts};

fn sources(ground: &Ground) -> [Picture; 2] {
    [picture(&ground.run()), picture(&ground.report())]
}

/// Tries until somebody must decide, and then cancels: every source is as it was.
fn is_refused(ground: &Ground, before: &[Picture; 2]) {
    let failure = (1..10)
        .find_map(|fence| match ground.go(Request { fence, ..Request::archive(Category::Sigproc) }) {
            Ok(done) => panic!("{} sources were removed", done.removed),
            Err(failure) if failure.cure() == Cure::Decide => Some(failure),
            Err(_) => None,
        })
        .unwrap();
    assert!(matches!(failure, Failure::OnePlace { .. }), "{failure}");
    assert!(sources(ground) == *before, "{failure}: sources are another");
    let target = ground.target();
    let target = Target { root: &target, volume: None };
    assert!(transfer::undo(&target, "job-1", "R_1").unwrap(), "it can not be cancelled");
    assert!(sources(ground) == *before, "the cancel took sources");
}

#[test]
fn a_bind_mount_of_the_source_is_no_destination() {
    with_own_mounts("one_place::a_bind_mount_of_the_source_is_no_destination", || {
        let ground = Ground::in_memory();
        ground.fill_small();
        let before = sources(&ground);
        sh("mount", &["--bind", text(&ground.path().join("results")), text(&ground.target())]);
        is_refused(&ground, &before);
        sh("umount", &["--lazy", text(&ground.target())]);
    });
}

#[test]
fn an_overlay_over_the_source_is_no_destination() {
    with_own_mounts("one_place::an_overlay_over_the_source_is_no_destination", || {
        let ground = Ground::in_memory();
        ground.fill_small();
        let before = sources(&ground);
        let at = |name: &str| ground.path().join(name);
        for name in ["upper", "work"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        let [lower, upper, work] = ["results", "upper", "work"].map(at);
        let layers = format!("lowerdir={},upperdir={},workdir={}", text(&lower), text(&upper), text(&work));
        sh("mount", &["-t", "overlay", "-o", &layers, "overlay", text(&ground.target())]);
        is_refused(&ground, &before);
        sh("umount", &["--lazy", text(&ground.target())]);
    });
}

/// What no look before can tell, a source tells that takes its copy along. Here the test takes it.
#[test]
fn a_source_that_takes_its_copy_along_comes_back() {
    with_own_mounts("one_place::a_source_that_takes_its_copy_along_comes_back", || {
        let ground = Ground::in_memory();
        ground.fill_small();
        let before = sources(&ground);
        let place = ground.target().join("R_1");
        let journal = ground.target().join(".runstow-incoming/job-1");
        let run = ground.run();
        fault::install(move |event| {
            if event.step == Step::RenameWhereFree && event.after && journal.join("complete").exists() {
                let aside = names(&run).into_iter().find(|name| name.starts_with(".runstow-removing"));
                let gone = aside.is_some() && !run.join("acq_0000.dat").exists();
                if gone && place.join("acq_0000.dat").exists() {
                    std::fs::remove_file(place.join("acq_0000.dat")).unwrap();
                }
            }
            Fault::None
        });
        let outcome = ground.go(Request::archive(Category::Sigproc));
        fault::clear();
        let failure = outcome.unwrap_err();
        assert!(
            matches!(&failure, Failure::OnePlace { path } if path.ends_with("acq_0000.dat")),
            "{failure}"
        );
        let path = Path::new("acq_0000.dat");
        assert!(picture(&ground.run()).get(path) == before[0].get(path), "it did not come back");
        // The copy that went is made again, and all ends well.
        let error = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap_err();
        assert!(matches!(error, Failure::CopyGone { count: 1.., .. }), "{error}");
        ground.go(Request { fence: 3, ..Request::archive(Category::Sigproc) }).unwrap();
        assert!(!ground.run().join("acq_0000.dat").exists());
        assert_eq!(std::fs::read(ground.target().join("R_1/acq_0000.dat")).unwrap(), vec![7; 3000]);
    });
}

/// The same, killed while the source lay aside: whoever goes on finds no copy, and puts the source back first.
#[test]
fn what_lay_aside_when_its_copy_went_comes_back_and_is_copied_again() {
    with_own_mounts("one_place::what_lay_aside_when_its_copy_went_comes_back_and_is_copied_again", || {
        let ground = Ground::in_memory();
        ground.fill_small();
        let journal = ground.target().join(".runstow-incoming/job-1");
        static HIT: AtomicBool = AtomicBool::new(false);
        let run = ground.run();
        fault::install(move |event| {
            let removing = journal.join("complete").exists()
                && names(&run).iter().any(|name| name.starts_with(".runstow-removing"));
            if removing && event.step == Step::Unlink && !event.after && !HIT.swap(true, Ordering::SeqCst) {
                return Fault::Fail(rustix::io::Errno::IO);
            }
            Fault::None
        });
        let outcome = ground.go(Request::archive(Category::Sigproc));
        fault::clear();
        assert!(outcome.is_err() && HIT.load(Ordering::SeqCst));
        let aside =
            names(&ground.run()).into_iter().find(|name| name.starts_with(".runstow-removing")).unwrap();
        assert!(!names(&ground.run().join(aside)).is_empty(), "nothing lies aside");
        let place = ground.target().join("R_1");
        for name in ["acq_0000.dat", "linked.dat", "explog.txt", "sparse.dat"] {
            let _ = std::fs::remove_file(place.join(name));
        }
        let error = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap_err();
        assert!(matches!(error, Failure::CopyGone { .. }), "{error}");
        let done = ground.go(Request { fence: 3, ..Request::archive(Category::Sigproc) }).unwrap();
        assert!(done.kept.iter().all(|kept| kept.contains("removed before")), "{:?}", done.kept);
        let left = names(&ground.run());
        assert!(!left.iter().any(|name| name.starts_with(".runstow-removing")), "{left:?}");
    });
}
