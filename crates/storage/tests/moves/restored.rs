//! What comes back from an archive is what went there.

use runstow_lifecycle::{Category, manifest::Record};
use runstow_storage::Failure;

use crate::ground::{Ground, Request, contents, picture, write};

#[test]
fn each_category_comes_back_from_the_archive_as_it_was() {
    for category in Category::ALL {
        let ground = Ground::new();
        ground.fill();
        let before = [picture(&ground.run()), picture(&ground.report())];
        let done = ground.go(Request::archive(category)).unwrap();
        let archive = picture(&ground.target());
        let restored = ground.restore(category, 1).unwrap();
        assert!(restored.proven && restored.left_alone.is_empty(), "{category}: {restored:?}");
        assert!(restored.files >= done.totals.files - done.totals.stay_files, "{category}");
        assert_eq!([picture(&ground.run()), picture(&ground.report())], before, "{category}");
        assert_eq!(picture(&ground.target()), archive, "{category}: the archive was changed");
        assert!(!ground.results().join(".runstow-incoming").exists(), "{category}: a journal was left");
    }
}

#[test]
fn all_categories_come_back_into_empty_folders() {
    let ground = Ground::new();
    ground.fill();
    let before = [picture(&ground.run()), picture(&ground.report())];
    for (category, job) in Category::ALL.into_iter().zip(["a", "b", "c", "d"]) {
        ground.go(Request { job, ..Request::archive(category) }).unwrap();
    }
    let left = picture(&ground.report());
    std::fs::remove_dir_all(ground.run()).unwrap();
    std::fs::remove_dir_all(ground.report()).unwrap();
    std::fs::create_dir(ground.run()).unwrap();
    std::fs::create_dir(ground.report()).unwrap();
    for category in Category::ALL {
        ground.restore(category, 1).unwrap();
    }
    let after = [picture(&ground.run()), picture(&ground.report())];
    for (before, after) in before.iter().zip(&after) {
        for (path, seen) in before {
            // What no category takes was never archived, such as folders that hold nothing of any.
            if !left.contains_key(path) {
                assert_eq!(after.get(path), Some(seen), "{path:?}");
            }
        }
    }
}

/// It was compared by its size only.
#[test]
fn a_file_that_stayed_and_was_changed_meanwhile_is_named_though_it_is_as_long() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Output)).unwrap();
    let page = ground.report().join("report.pdf");
    let touched = std::fs::read(&page).unwrap();
    std::fs::write(&page, &touched).unwrap();
    let restored = ground.restore(Category::Output, 1).unwrap();
    assert_eq!(restored.left_alone, Vec::<String>::new(), "only its time is another");
    std::fs::write(&page, vec![b'x'; touched.len()]).unwrap();
    let restored = ground.restore(Category::Output, 2).unwrap();
    assert!(restored.left_alone.len() == 1 && restored.left_alone[0].contains("report.pdf"), "{restored:?}");
    assert_eq!(std::fs::read(&page).unwrap(), vec![b'x'; touched.len()]);
}

#[test]
fn a_damaged_file_of_the_archive_is_found_before_anything_is_put_in_its_place() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let left = picture(&ground.run());
    let file = ground.target().join("R_1/acq_0000.dat");
    let time = file.metadata().unwrap().modified().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[1000] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(time).unwrap();
    let error = ground.restore(Category::Sigproc, 1).unwrap_err();
    assert!(matches!(&error, Failure::ArchiveDamaged { first, .. } if first.contains("dat")), "{error}");
    assert_eq!(picture(&ground.run()), left);
    bytes[1000] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(time).unwrap();
    ground.restore(Category::Sigproc, 2).unwrap();
}

#[test]
fn a_missing_file_of_the_archive_is_named() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    std::fs::remove_file(ground.target().join("R_1/acq_0001.dat")).unwrap();
    let error = ground.restore(Category::Sigproc, 1).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("acq_0001.dat") && text.contains("missing"), "{text}");
}

#[test]
fn a_list_that_was_changed_is_not_believed() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let place = ground.target().join("R_1");
    let record: Record =
        serde_json::from_slice(&std::fs::read(place.join("serialized_report.json")).unwrap()).unwrap();
    let list = place.join(&record.categories[&Category::Sigproc].list);
    let text = std::fs::read_to_string(&list).unwrap().replacen("acq_0000.dat", "../../x.dat", 1);
    std::fs::write(&list, text).unwrap();
    let error = ground.restore(Category::Sigproc, 1).unwrap_err();
    assert!(matches!(&error, Failure::BadRecord { .. }), "{error}");
    assert!(!ground.results().join("x.dat").exists());
}

#[test]
fn a_restore_overwrites_nothing_and_takes_what_is_equal() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let file = ground.run().join("acq_0001.dat");
    std::fs::copy(ground.target().join("R_1/acq_0001.dat"), &file).unwrap();
    write(&ground.run().join("12:30:01.dat"), b"another");
    let error = ground.restore(Category::Sigproc, 1).unwrap_err();
    assert!(matches!(&error, Failure::Occupied { path } if path.ends_with("12:30:01.dat")), "{error}");
    assert_eq!(std::fs::read(ground.run().join("12:30:01.dat")).unwrap(), b"another");
    std::fs::remove_file(ground.run().join("12:30:01.dat")).unwrap();
    ground.restore(Category::Sigproc, 2).unwrap();
    assert!(ground.run().join("12:30:01.dat").exists() && file.exists());
}

#[test]
fn what_torrent_suite_archived_comes_back_without_a_proof() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let place = ground.target().join("R_1");
    for entry in std::fs::read_dir(&place).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("runstow_") || name.starts_with("serialized_") {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::write(place.join("serialized_report.json"), "[{\"model\": \"rundb.results\"}]").unwrap();
    let restored = ground.restore(Category::Sigproc, 1).unwrap();
    assert!(!restored.proven && restored.files > 5, "{restored:?}");
    assert_eq!(std::fs::read(ground.run().join("acq_0000.dat")).unwrap(), vec![7; 3000]);
    assert!(!ground.run().join("serialized_report.json").exists());
}

/// Another category of the same folder was archived by Runstow, and with its list the report would look like an archive.
#[test]
fn lists_of_ours_do_not_come_back_with_what_torrent_suite_archived() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Misc)).unwrap();
    ground.go(Request::archive(Category::Output)).unwrap();
    let place = ground.target().join(Ground::folder(Category::Misc));
    std::fs::remove_file(place.join("runstow_report_misc.jsonl")).unwrap();
    std::fs::remove_file(place.join("runstow_report_misc.b3")).unwrap();
    let record = place.join("serialized_report.json");
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    text["categories"].as_object_mut().unwrap().remove("misc").unwrap();
    std::fs::write(&record, text.to_string()).unwrap();
    let restored = ground.restore(Category::Misc, 1).unwrap();
    assert!(!restored.proven && restored.files > 0, "{restored:?}");
    for folder in [ground.run(), ground.report()] {
        assert!(!runstow_storage::is_archive_folder(&folder).unwrap(), "{folder:?}");
    }
}

#[test]
fn a_restore_is_not_called_taken_back_while_its_storage_is_away() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let left = [picture(&ground.run()), picture(&ground.report())];
    // It brings some back, and stops at what is in the way.
    write(&ground.run().join("sparse.dat"), b"another");
    ground.restore(Category::Sigproc, 1).unwrap_err();
    std::fs::remove_file(ground.run().join("sparse.dat")).unwrap();
    let (marker, away) = (ground.marker(), ground.path().join("away"));
    std::fs::rename(ground.results(), &away).unwrap();
    std::fs::create_dir(ground.results()).unwrap();
    let error = ground.undo_restore(marker).unwrap_err();
    assert!(matches!(error, Failure::WrongVolume { .. }), "{error}");
    std::fs::remove_dir(ground.results()).unwrap();
    std::fs::rename(&away, ground.results()).unwrap();
    ground.undo_restore(marker).unwrap();
    let files = |pictures: [_; 2]| pictures.each_ref().map(contents);
    assert_eq!(files([picture(&ground.run()), picture(&ground.report())]), files(left));
    assert!(!ground.results().join(".runstow-incoming").exists());
}

#[test]
fn what_is_archived_is_exported_from_its_archive_and_comes_back_from_the_export() {
    for category in Category::ALL {
        let ground = Ground::new();
        ground.fill();
        let before = [picture(&ground.run()), picture(&ground.report())];
        let done = ground.go(Request::archive(category)).unwrap();
        let archive = picture(&ground.target());
        let exported = ground.export_archived(category, 1).unwrap();
        assert_eq!((exported.totals.files, exported.totals.links), (done.totals.files, done.totals.links));
        assert_eq!(exported.totals.bytes, done.totals.bytes, "{category}");
        assert_eq!(picture(&ground.target()), archive, "{category}: the archive was changed");
        let folder = Ground::folder(category);
        let list = |root: &std::path::Path| {
            std::fs::read(root.join(format!("runstow_report_{}.jsonl", category.api_prefix()))).unwrap()
        };
        let (from, to) = (ground.target().join(folder), ground.elsewhere().join(folder));
        assert_eq!(list(&from), list(&to), "{category}");
        // The export is as good as the archive.
        std::fs::remove_dir_all(ground.target()).unwrap();
        std::fs::rename(ground.elsewhere(), ground.target()).unwrap();
        assert!(ground.restore(category, 1).unwrap().proven);
        let after = [picture(&ground.run()), picture(&ground.report())];
        for (before, after) in before.iter().zip(&after) {
            let other = before.iter().find(|(path, seen)| after.get(*path) != Some(seen));
            assert_eq!(other.map(|(path, seen)| (path, seen, after.get(path))), None, "{category}");
        }
        assert_eq!(after, before, "{category}");
    }
}

#[test]
fn an_archive_with_a_damaged_file_is_not_exported() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let file = ground.target().join("R_1/acq_0000.dat");
    let time = file.metadata().unwrap().modified().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    let failure = ground.export_archived(Category::Sigproc, 1).unwrap_err();
    assert!(matches!(failure, Failure::ArchiveDamaged { count: 1, .. }), "{failure}");
    assert!(!ground.elsewhere().join("R_1").exists());
}
