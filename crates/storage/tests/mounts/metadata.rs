//! Metadata that a disk can not hold, and reads that it answers from memory.

use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{Entry, Record};
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};

use crate::ground::{Ground, Request, whose};
use crate::namespace::{sh, text, with_own_mounts};

/// Target and sources on file systems of their own: an ext4 with these options, and one in memory.
fn ground(options: &str) -> Option<Ground> {
    let ground = Ground::in_memory();
    let (image, target, results) =
        (ground.path().join("disk.img"), ground.target(), ground.path().join("results"));
    std::fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    sh("mkfs.ext4", &["-q", text(&image)]);
    let mut mount = std::process::Command::new("mount");
    if !mount.args(["-o", options]).args([&image, &target]).status().unwrap().success() {
        println!("NOT SHOWN: a file can not be mounted here as a disk (no loop devices)");
        return None;
    }
    std::fs::create_dir(&results).unwrap();
    sh("mount", &["-t", "tmpfs", "none", text(&results)]);
    ground.fill_small();
    Some(ground)
}

fn entry(place: &Path, path: &str) -> Entry {
    let list = std::fs::read_to_string(place.join("runstow_report_sigproc.jsonl")).unwrap();
    let mut all = list.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap());
    all.find(|entry| entry.path.0 == path.as_bytes()).unwrap()
}

fn place(ground: &Ground) -> PathBuf {
    ground.target().join(Ground::folder(Category::Sigproc))
}

#[test]
fn an_attribute_too_large_for_the_target_is_listed_and_told_and_the_target_is_not_called_full() {
    let name = "metadata::an_attribute_too_large_for_the_target_is_listed_and_told_and_the_target_is_not_called_full";
    with_own_mounts(name, || {
        let Some(ground) = ground("loop") else { return };
        let value = vec![7; 7000];
        for path in ["X0_Y0/acq_0001.dat", "X0_Y0"] {
            let file = std::fs::File::open(ground.run().join(path)).unwrap();
            fsetxattr(&file, "user.lab", &value, XattrFlags::empty())
                .expect("tmpfs takes them since Linux 6.6");
        }
        let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
        assert_eq!(done.lacking.attributes, 2, "{:?}", done.lacking);
        assert_eq!(done.lacking.sentences(), ["extended attributes of 2 files, links or folders"]);
        for path in ["X0_Y0/acq_0001.dat", "X0_Y0"] {
            assert!(entry(&place(&ground), path).attributes["user.lab"].len() > 7000, "{path}");
            assert!(!ground.run().join(path).exists(), "{path}");
        }
        ground.restore(Category::Sigproc, 1).unwrap();
        for path in ["X0_Y0/acq_0001.dat", "X0_Y0"] {
            let file = std::fs::File::open(ground.run().join(path)).unwrap();
            let mut found = vec![0; 8000];
            let length = fgetxattr(&file, "user.lab", &mut found).unwrap();
            assert_eq!(found[..length], value, "{path}");
        }
    });
}

#[test]
fn what_an_ext4_with_its_data_in_the_journal_reads_from_memory_is_not_called_read_from_the_medium() {
    let name = "metadata::what_an_ext4_with_its_data_in_the_journal_reads_from_memory_is_not_called_read_from_the_medium";
    with_own_mounts(name, || {
        for (options, from_medium) in [("loop", true), ("loop,data=journal", false)] {
            let Some(ground) = ground(options) else { return };
            let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
            assert_eq!(done.from_medium, from_medium, "{options}");
            let record = std::fs::read(place(&ground).join("serialized_report.json")).unwrap();
            let record: Record = serde_json::from_slice(&record).unwrap();
            let proof = &record.categories[&Category::Sigproc].proof;
            assert_eq!(proof.contains("from the medium"), from_medium, "{options}: {proof}");
            let (folder, whose) = (place(&ground), Some(whose()));
            let verification = runstow_storage::verify::Verification {
                folder: &folder,
                target: None,
                category: Category::Sigproc,
                whose,
                choice: runstow_storage::verify::Choice::All,
                extras: false,
            };
            let verified =
                runstow_storage::verify::verify(&verification, &runstow_storage::Alone, &mut |_| ()).unwrap();
            assert_eq!((verified.whole(), verified.from_medium), (true, from_medium), "{options}");
        }
    });
}
