//! Sources that are written to meanwhile, by somebody who hides it behind the old size and time.

use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Once;

use runstow_lifecycle::Category;
use runstow_storage::{Cure, Failure, Phase, Stop, Watch};

use crate::ground::{Ground, Request};

/// Something happens once: when bytes of a phase are done, or else before the first removal.
struct Meanwhile<F> {
    phase: Option<Phase>,
    happens: F,
    once: Once,
}

impl<F: Fn() + Sync> Meanwhile<F> {
    fn new(phase: Option<Phase>, happens: F) -> Self {
        Self { phase, happens, once: Once::new() }
    }

    fn now(&self) {
        self.once.call_once(|| {
            // Older kernels note changes by the tick of a clock.
            std::thread::sleep(std::time::Duration::from_millis(30));
            (self.happens)();
        });
    }
}

impl<F: Fn() + Sync> Watch for Meanwhile<F> {
    fn advance(&self, phase: Phase, bytes: u64, _files: u64) {
        if self.phase == Some(phase) && bytes > 0 {
            self.now();
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn may_remove(&self) -> Result<(), Stop> {
        if self.phase.is_none() {
            self.now();
        }
        Ok(())
    }
}

/// Changes the first byte and sets the time back.
fn change(path: &Path) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let before = file.metadata().unwrap().modified().unwrap();
    file.write_at(b"!", 0).unwrap();
    file.set_modified(before).unwrap();
}

const FILES: [&str; 2] = ["acq_0000.dat", "X0_Y0/acq_0001.dat"];

#[test]
fn a_change_under_the_old_size_and_time_during_the_copy_is_noticed() {
    for name in FILES {
        let ground = Ground::new();
        ground.fill_small();
        let path = ground.run().join(name);
        let watch = Meanwhile::new(Some(Phase::Copy), || change(&path));
        let error = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap_err();
        // Of the small files some are copied at that time and some not yet: each way it is noticed.
        assert!(matches!(error, Failure::InUse { .. }) && error.cure() == Cure::Wait, "{name}: {error}");
        assert!(std::fs::read(&path).unwrap().starts_with(b"!"), "{name}");
        ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
        assert!(std::fs::read(ground.target().join("R_1").join(name)).unwrap().starts_with(b"!"), "{name}");
    }
}

#[test]
fn a_change_under_the_old_size_and_time_after_the_proof_stays_and_is_reported() {
    for name in FILES {
        let ground = Ground::new();
        ground.fill_small();
        let path = ground.run().join(name);
        let old = std::fs::read(&path).unwrap();
        let watch = Meanwhile::new(None, || change(&path));
        let done = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap();
        assert!(
            done.kept.iter().any(|told| told.contains(name) && told.contains("changed")),
            "{:?}",
            done.kept
        );
        assert!(std::fs::read(&path).unwrap().starts_with(b"!"), "{name}");
        assert_eq!(std::fs::read(ground.target().join("R_1").join(name)).unwrap(), old);
    }
}

#[test]
fn new_permissions_do_not_keep_a_file_whose_content_is_the_same() {
    let ground = Ground::new();
    ground.fill_small();
    let path = ground.run().join("acq_0000.dat");
    let closes = || std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let watch = Meanwhile::new(None, closes);
    let done = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.kept.is_empty() && !path.exists(), "{:?}", done.kept);
}

#[test]
fn a_copy_that_somebody_has_touched_is_read_once_more_and_counts() {
    let ground = Ground::new();
    ground.fill_small();
    let copy = ground.target().join("R_1/acq_0000.dat");
    let touches = || std::fs::File::open(&copy).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    let watch = Meanwhile::new(None, touches);
    let done = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.kept.is_empty() && !ground.run().join("acq_0000.dat").exists(), "{:?}", done.kept);
}

#[test]
fn a_copy_that_somebody_has_changed_keeps_its_source_is_made_again_and_needs_a_person() {
    let ground = Ground::new();
    ground.fill_small();
    let copy = ground.target().join("R_1/acq_0000.dat");
    let watch = Meanwhile::new(None, || {
        change(&copy);
        std::fs::File::open(&copy).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    });
    let error = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap_err();
    let names = || ["acq_0000.dat", "linked.dat"].map(|name| ground.run().join(name).exists());
    assert!(matches!(error, Failure::CopyGone { count: 2, .. }) && error.cure() == Cure::Retry, "{error}");
    assert_eq!(names(), [true, true]);
    // What lies in the place of the copy is another file by now, and nothing is ever overwritten.
    let error = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap_err();
    assert_eq!(error.cure(), Cure::Decide, "{error}");
    assert!(error.to_string().contains("acq_0000.dat"), "{error}");
    assert_eq!(names(), [true, true]);
    for name in ["acq_0000.dat", "linked.dat"] {
        std::fs::remove_file(copy.with_file_name(name)).unwrap();
    }
    let done = ground.go(Request { fence: 3, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.kept.is_empty() && names() == [false, false], "{:?}", done.kept);
    assert_eq!(std::fs::read(copy).unwrap(), vec![7; 3000]);
}
