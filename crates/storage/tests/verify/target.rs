//! An archive that is not there is waited for; one that was removed is told.

use std::sync::atomic::{AtomicU32, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::verify::{Choice, Verification, verify};
use runstow_storage::volume::create_marker;
use runstow_storage::{Alone, Cure, Stop, Target, Watch};

use crate::support::{Archive, one, told};

/// Takes the target away in the middle.
struct Unplugs<'a> {
    archive: &'a Archive,
    asked: AtomicU32,
}

impl Watch for Unplugs<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 5 {
            let target = self.archive.ground.target();
            std::fs::rename(&target, target.with_extension("unplugged")).unwrap();
            std::fs::create_dir(&target).unwrap();
        }
        Ok(())
    }
}

#[test]
fn a_target_that_vanishes_while_it_is_read_is_waited_for() {
    let archive = Archive::new(Category::Sigproc);
    let unplugs = Unplugs { archive: &archive, asked: AtomicU32::new(0) };
    let failure = archive.watched(Choice::All, &unplugs).unwrap_err();
    assert_eq!(failure.cure(), Cure::Wait, "{failure}");
}

#[test]
fn a_folder_that_is_not_there_is_damage_only_on_a_volume_that_proves_itself() {
    let archive = Archive::new(Category::Sigproc);
    let (root, place) = (archive.ground.target(), archive.place());
    let marker = create_marker(&root).unwrap();
    let told_of = |volume| {
        let target = Some(Target { root: &root, volume });
        let category = archive.category;
        let verification =
            Verification { folder: &place, target, category, whose: None, choice: Choice::All, extras: true };
        let mut findings = Vec::new();
        verify(&verification, &Alone, &mut |finding| findings.push(finding)).map(|_| told(&findings))
    };
    assert_eq!(told_of(Some(marker)).unwrap(), vec![]);
    std::fs::rename(&place, archive.ground.path().join("elsewhere")).unwrap();
    assert_eq!(told_of(None).unwrap_err().cure(), Cure::Wait);
    assert_eq!(told_of(Some(marker)).unwrap(), one("", "missing"));
    std::fs::remove_file(root.join(".runstow-volume")).unwrap();
    assert_eq!(told_of(Some(marker)).unwrap_err().cure(), Cure::Wait, "an empty mount point");
}

#[test]
fn a_stop_is_heeded() {
    struct Cancelled;
    impl Watch for Cancelled {
        fn go_on(&self) -> Result<(), Stop> {
            Err(Stop::Cancelled)
        }
    }
    let archive = Archive::new(Category::Sigproc);
    let failure = archive.watched(Choice::All, &Cancelled).unwrap_err();
    assert_eq!(failure.cure(), Cure::Stop(Stop::Cancelled));
}
