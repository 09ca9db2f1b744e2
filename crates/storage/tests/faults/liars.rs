//! A medium that says “written” and holds something else; sources that are written to meanwhile.

use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::PoisonError;

use runstow_lifecycle::Category;
use runstow_storage::Failure;
use runstow_storage::fault::{self, Fault, Step};

use crate::errors::ALONE;
use crate::ground::{Ground, Request, write};
use crate::whole::Before;

/// Damages one copy after the first `syncfs`, before it is read back: byte `at` of file number `which`.
fn lie(staged: PathBuf, which: usize, at: u64) {
    let damaged = std::sync::atomic::AtomicBool::new(false);
    fault::install(move |event| {
        let synced = event.step == Step::SyncFileSystem && event.after;
        if synced && !damaged.swap(true, std::sync::atomic::Ordering::SeqCst) {
            let mut files = Vec::new();
            gather(&staged, &mut files);
            files.sort();
            let file = &files[which % files.len()];
            let size = file.metadata().unwrap().len();
            let modified = file.metadata().unwrap().modified().unwrap();
            let copy = std::fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
            let mut byte = [0];
            copy.read_at(&mut byte, at % size).unwrap();
            copy.write_at(&[byte[0] ^ 1], at % size).unwrap();
            // The liar keeps the time too.
            copy.set_modified(modified).unwrap();
            copy.sync_all().unwrap();
        }
        Fault::None
    });
}

fn gather(folder: &PathBuf, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            gather(&path, files);
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path);
        }
    }
}

#[test]
fn a_copy_that_was_damaged_after_it_was_durable_is_found_each_time() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let times: u32 = std::env::var("RUNSTOW_LIES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let mut found = 0;
    let mut random = 12_345_u64;
    for _ in 0..times {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let ground = Ground::new();
        ground.fill_small();
        let before = Before::of(&ground);
        let staged = ground.target().join(".runstow-incoming/job-1/staged-1");
        lie(staged, usize::try_from(random >> 40).unwrap(), random >> 20);
        let outcome = ground.go(Request::archive(Category::Sigproc));
        fault::clear();
        assert!(matches!(outcome, Err(Failure::Damaged { .. })), "{outcome:?}");
        before.is_untouched(&ground, "a damaged copy");
        found += 1;
        ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
        before.is_archived(&ground, Category::Sigproc, "after a damaged copy");
    }
    assert_eq!(found, times);
    println!("{found} of {times} damaged copies were found");
}

#[test]
fn a_source_that_is_written_to_while_it_is_copied_stays_and_is_named() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = Ground::new();
    ground.fill_small();
    let path = ground.run().join("acq_0000.dat");
    let changed = path.clone();
    let once = std::sync::Once::new();
    fault::install(move |event| {
        if event.step == Step::Read && !event.after {
            once.call_once(|| {
                let file = std::fs::OpenOptions::new().append(true).open(&changed).unwrap();
                file.write_at(b"more", 3000).unwrap();
            });
        }
        Fault::None
    });
    // The first reading is that of the plan: it is made by then.
    let error = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
    fault::clear();
    assert!(matches!(&error, Failure::InUse { .. }), "{error}");
    assert!(error.to_string().contains(".dat"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap().len(), 3004);
}

#[test]
fn a_source_that_changes_between_proof_and_removal_stays_and_is_reported() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = Ground::new();
    ground.fill_small();
    let path = ground.run().join("X0_Y0/acq_0001.dat");
    let changed = path.clone();
    let once = std::sync::Once::new();
    fault::install(move |event| {
        // The first thing that is put aside: all copies are in their place by then.
        if event.step == Step::MakeFolder
            && !event.after
            && changed.parent().unwrap().parent().unwrap().join("acq_0000.dat").exists()
        {
            let archive = changed.ancestors().nth(4).unwrap().join("target/R_1/serialized_report.json");
            if archive.exists() {
                once.call_once(|| write(&changed, b"a new result"));
            }
        }
        Fault::None
    });
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    fault::clear();
    assert_eq!(std::fs::read(&path).unwrap(), b"a new result");
    assert_eq!(done.kept.len(), 1, "{:?}", done.kept);
    assert!(done.kept[0].contains("acq_0001.dat") && done.kept[0].contains("changed"), "{:?}", done.kept);
    assert_eq!(std::fs::read(ground.target().join("R_1/X0_Y0/acq_0001.dat")).unwrap(), b"below");
}
