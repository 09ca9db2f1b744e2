//! The archived copy of a category is deleted: into the trash of the archive, where it still is an archive, and back or
//! away for good.

use std::fs;
use std::path::{Path, PathBuf};

use runstow_lifecycle::{Category, CategorySet};
use runstow_storage::verify::{Choice, Verification, verify};
use runstow_storage::{Alone, ArchiveFolder, Cure, Failure, trash};

use crate::ground::{Ground, Request, contents, picture, whose, write};

/// A ground on which these were archived.
fn archived(categories: &[Category]) -> Ground {
    let ground = Ground::new();
    ground.fill();
    let mut disposed = CategorySet::EMPTY;
    for (number, category) in categories.iter().enumerate() {
        let job = format!("archive-{number}");
        ground.go(Request { job: &job, disposed, ..Request::archive(*category) }).unwrap();
        disposed.insert(*category);
    }
    ground
}

/// The archive of a category is whole, file by file.
fn is_whole(folder: &Path, category: Category) {
    let verification = Verification {
        folder,
        target: None,
        category,
        whose: Some(whose()),
        choice: Choice::All,
        extras: true,
    };
    let mut findings = Vec::new();
    let verified = verify(&verification, &Alone, &mut |finding| findings.push(finding)).unwrap();
    assert!(verified.complete && findings.is_empty(), "{category}: {findings:?}");
}

#[test]
fn an_archived_copy_that_is_deleted_lies_in_the_trash_as_an_archive() {
    for category in Category::ALL {
        let ground = archived(&[category]);
        let folder = ground.target().join(Ground::folder(category));
        let before = contents(&picture(&folder));
        let done = ground.delete_archived(category, 1).unwrap();
        assert!(
            done.kept.is_empty() && done.left_alone.is_empty() && done.not_as_listed.is_empty(),
            "{category}: {done:?}"
        );
        assert!(!folder.exists(), "{category}: the empty archive folder was left");
        let in_trash = trash::archive_in(&done.folder);
        assert_eq!(contents(&picture(&in_trash)), before, "{category}");
        is_whole(&in_trash, category);
    }
}

#[test]
fn what_was_archived_is_restored_from_the_trash_with_its_proof() {
    let ground = Ground::new();
    ground.fill();
    let full = [picture(&ground.run()), picture(&ground.report())];
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let done = ground.delete_archived(Category::Sigproc, 1).unwrap();
    let from = trash::archive_in(&done.folder);
    let restored = ground.restore_from(&from, Category::Sigproc, 2).unwrap();
    assert!(restored.proven);
    assert_eq!([picture(&ground.run()), picture(&ground.report())], full);
}

#[test]
fn a_delete_of_an_archived_copy_that_is_taken_back_leaves_the_archive_as_it_was() {
    for all in [&[Category::Basecall][..], &[Category::Basecall, Category::Output]] {
        let ground = archived(all);
        let folder = ground.target().join(Ground::folder(Category::Basecall));
        let before = picture(&folder);
        let done = ground.delete_archived(Category::Basecall, 1).unwrap();
        let back = ground.bring_back_archived().unwrap();
        assert_eq!((back.files, back.bytes), (done.files, done.bytes));
        assert!(back.missing.is_empty());
        let mut now = picture(&folder);
        // The record was written anew.
        let mut before = before;
        now.retain(|path, _| !path.to_string_lossy().starts_with("serialized_"));
        before.retain(|path, _| !path.to_string_lossy().starts_with("serialized_"));
        assert_eq!(now, before);
        all.iter().for_each(|category| is_whole(&folder, *category));
        assert!(!ground.target().join(trash::TRASH).exists(), "the trash was not tidied up");
    }
}

#[test]
fn an_archive_does_not_come_back_into_the_record_of_another_report() {
    let ground = archived(&[Category::Output]);
    let folder = ground.target().join(Ground::folder(Category::Output));
    let record = folder.join("serialized_report.json");
    let own = std::fs::read_to_string(&record).unwrap();
    ground.delete_archived(Category::Output, 1).unwrap();
    // The folder was free, and another report of the same name came there.
    let mut another: serde_json::Value = serde_json::from_str(&own).unwrap();
    for (part, dir) in [("report", "reportDir"), ("run", "expDir")] {
        another[part][dir] = "/another".into();
    }
    let categories = another["categories"].as_object_mut().unwrap();
    let output = categories.remove("output").unwrap();
    categories.insert("basecall".into(), output);
    let another = another.to_string();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&record, &another).unwrap();
    let failure = ground.bring_back_archived().unwrap_err();
    assert!(matches!(failure, Failure::Occupied { .. }), "{failure}");
    assert_eq!(std::fs::read_to_string(&record).unwrap(), another);
    std::fs::remove_file(&record).unwrap();
    ground.bring_back_archived().unwrap();
    is_whole(&folder, Category::Output);
}

#[test]
fn files_that_another_archived_category_has_too_stay_with_it() {
    let ground = archived(&[Category::Basecall, Category::Output]);
    let folder = ground.target().join(Ground::folder(Category::Basecall));
    let both = |category: Category| {
        let open = ArchiveFolder::open(&folder).unwrap();
        let recorded = open.category(category, whose()).unwrap().unwrap();
        let mut entries = open.entries(&recorded.category).unwrap();
        let mut paths = Vec::new();
        while let Some(entry) = entries.next().unwrap() {
            paths.push(entry.path);
        }
        paths
    };
    let output = both(Category::Output);
    let common = both(Category::Basecall).iter().filter(|path| output.contains(path)).count();
    assert!(common > 0, "the ground has no file that both need");
    let done = ground.delete_archived(Category::Basecall, 1).unwrap();
    assert!(done.totals.needed_files > 0, "{:?}", done.totals);
    is_whole(&folder, Category::Output);
    let open = ArchiveFolder::open(&folder).unwrap();
    assert!(
        open.category(Category::Basecall, whose()).unwrap().is_none(),
        "half an archive is still recorded"
    );
}

/// What lies in run and report, whatever the ground is called, which absolute links say.
fn all_of(ground: &Ground) -> Vec<(PathBuf, String)> {
    let root = ground.path().to_str().unwrap();
    let all = [picture(&ground.run()), picture(&ground.report())].map(|picture| contents(&picture));
    let text = |content: Vec<u8>| String::from_utf8_lossy(&content).replace(root, "");
    all.into_iter().flatten().map(|(path, content)| (path, text(content))).collect()
}

/// Archives both, deletes one copy and then the other for good, and restores the first.
fn is_restored_alone(first: Category, other: Category, when: &str) {
    let ground = Ground::new();
    ground.fill();
    // As if the first had never been archived.
    let wanted = Ground::new();
    wanted.fill();
    wanted.go(Request::archive(other)).unwrap();
    let mut disposed = CategorySet::EMPTY;
    for (job, category) in [("archive-1", first), ("archive-2", other)] {
        ground.go(Request { job, disposed, ..Request::archive(category) }).unwrap();
        disposed.insert(category);
    }
    let done = ground.delete_archived(first, 1).unwrap();
    let in_trash = trash::archive_in(&done.folder);
    is_whole(&in_trash, first);
    // Whatever becomes of the other, and of its folder.
    fs::remove_dir_all(ground.target().join(Ground::folder(other))).unwrap();
    is_whole(&in_trash, first);
    let restored = ground.restore_from(&in_trash, first, 2).unwrap();
    assert!(restored.proven, "{when}");
    assert_eq!(all_of(&ground), all_of(&wanted), "{when}");
}

#[test]
fn a_deleted_archive_is_whole_whatever_becomes_of_those_it_shared_files_with() {
    let report = [Category::Basecall, Category::Output, Category::Misc];
    for first in report {
        for other in report.into_iter().filter(|other| *other != first) {
            is_restored_alone(first, other, &format!("{first} and {other}"));
        }
    }
}

/// The own reviewer's find: the second name in the trash was removed for a file in its place that was another by then.
#[test]
fn what_was_changed_in_the_archive_does_not_cost_its_second_name_in_the_trash() {
    let ground = archived(&[Category::Basecall, Category::Output]);
    let shared = "sigproc_results/analysis.bfmask.stats";
    let in_place = ground.target().join(Ground::folder(Category::Output)).join(shared);
    let before = fs::read(&in_place).unwrap();
    let done = ground.delete_archived(Category::Basecall, 1).unwrap();
    fs::remove_file(&in_place).unwrap();
    write(&in_place, b"another");
    let refused = ground.bring_back_archived().unwrap_err();
    assert!(matches!(refused, Failure::Occupied { .. }), "{refused}");
    assert_eq!(fs::read(trash::archive_in(&done.folder).join(shared)).unwrap(), before);
    fs::remove_file(&in_place).unwrap();
    ground.bring_back_archived().unwrap();
    assert_eq!(fs::read(&in_place).unwrap(), before);
}

#[test]
fn emptying_the_trash_of_an_archive_leaves_nothing_of_it_and_everything_else() {
    let ground = archived(&[Category::Basecall, Category::Output]);
    let folder = ground.target().join(Ground::folder(Category::Basecall));
    ground.delete_archived(Category::Basecall, 1).unwrap();
    let rest = picture(&folder);
    let emptied = ground.in_target_trash(|place| trash::empty(place, &Alone)).unwrap();
    assert!(emptied.files > 2 && emptied.kept.is_empty(), "{emptied:?}");
    assert_eq!(picture(&folder), rest);
    assert!(!ground.target().join(trash::TRASH).exists());
    is_whole(&folder, Category::Output);
}

#[test]
fn what_is_not_as_the_list_says_is_told_and_goes_along_and_what_no_list_names_stays() {
    let ground = archived(&[Category::Sigproc]);
    let folder = ground.target().join(Ground::folder(Category::Sigproc));
    write(&folder.join("acq_0000.dat"), b"somebody has written here");
    fs::remove_file(folder.join("acq_0001.dat")).unwrap();
    write(&folder.join("mine.txt"), b"put here by somebody");
    let done = ground.delete_archived(Category::Sigproc, 1).unwrap();
    let told = done.not_as_listed.join("\n");
    assert!(told.contains("acq_0000.dat") && told.contains("acq_0001.dat"), "{told}");
    let changed = trash::archive_in(&done.folder).join("acq_0000.dat");
    assert_eq!(fs::read(changed).unwrap(), b"somebody has written here");
    assert!(folder.join("mine.txt").exists(), "a file that no list names is gone");
}

#[test]
fn without_a_list_nothing_of_an_archive_is_deleted() {
    let ground = archived(&[Category::Sigproc]);
    let folder = ground.target().join(Ground::folder(Category::Sigproc));
    fs::remove_file(folder.join("serialized_report.json")).unwrap();
    let before = picture(&folder);
    let refused = ground.delete_archived(Category::Sigproc, 1).unwrap_err();
    assert!(matches!(refused, Failure::BadRecord { .. }), "{refused}");
    assert_eq!(picture(&folder), before);
}

#[test]
fn a_list_that_can_not_be_read_keeps_what_it_may_share() {
    let ground = archived(&[Category::Basecall, Category::Output]);
    let folder = ground.target().join(Ground::folder(Category::Basecall));
    fs::remove_file(folder.join("runstow_report_output.jsonl")).unwrap();
    let before = picture(&folder);
    let refused = ground.delete_archived(Category::Basecall, 1).unwrap_err();
    assert!(matches!(refused.cure(), Cure::Decide), "{refused}: {:?}", refused.cure());
    assert_eq!(picture(&folder), before);
}
