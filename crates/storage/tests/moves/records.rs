//! What a record tells is never guessed: a damaged one is no archive of Torrent Suite, and that of another report is not this one's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{Hash, HashKind, Record};
use runstow_storage::transfer::free_folder;
use runstow_storage::{ArchiveFolder, Cure, Failure, Phase, Stop, Watch, Whose};
use serde_json::{Value, json};

use crate::ground::{Ground, Picture, Request, picture, whose, write};

const RECORD: &str = "serialized_report.json";

fn archived(category: Category) -> (Ground, PathBuf) {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(category)).unwrap();
    let place = ground.target().join(Ground::folder(category));
    (ground, place)
}

fn both(ground: &Ground) -> [Picture; 2] {
    [picture(&ground.run()), picture(&ground.report())]
}

fn is_refused<T>(outcome: Result<T, Failure>, words: &[&str]) {
    let failure = outcome.map(drop).expect_err("it was taken for an archive of Torrent Suite");
    assert_eq!(failure.cure(), Cure::Decide, "{failure}");
    let text = failure.to_string();
    assert!(matches!(failure, Failure::BadRecord { .. }), "{text}");
    words.iter().for_each(|word| assert!(text.contains(word), "{text}"));
}

#[test]
fn no_damaged_byte_of_a_record_makes_an_archive_torrent_suites() {
    let (_ground, place) = archived(Category::Output);
    let whole = std::fs::read(place.join(RECORD)).unwrap();
    let folder = ArchiveFolder::open(&place).unwrap();
    // With its list and checksums beside it, and with nothing but itself.
    for alone in [false, true] {
        if alone {
            for name in ["runstow_report_output.jsonl", "runstow_report_output.b3"] {
                std::fs::remove_file(place.join(name)).unwrap();
            }
        }
        for at in 0..whole.len() {
            for bit in [0x01, 0x20, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                std::fs::write(place.join(RECORD), bytes).unwrap();
                let found = folder.category(Category::Output, whose());
                assert!(!matches!(found, Ok(None)), "byte {at} ^ {bit:x}: nothing of ours seems to be here");
            }
        }
    }
}

#[test]
fn a_damaged_or_missing_record_is_named_and_nothing_is_restored_exported_or_deleted() {
    for category in Category::ALL {
        let (ground, place) = archived(category);
        let (left, whole) = (both(&ground), std::fs::read(place.join(RECORD)).unwrap());
        // A damaged file, which only the list tells.
        let file = picture(&place).into_iter().find(|(_, seen)| !seen.is_link()).unwrap().0;
        for damage in ["flipped", "cut", "emptied", "gone"] {
            let mut bytes = whole.clone();
            match damage {
                "flipped" => bytes[0] ^= 0x20,
                "cut" => bytes.truncate(whole.len() / 2),
                "emptied" => bytes.clear(),
                _ => std::fs::remove_file(place.join(RECORD)).unwrap(),
            }
            if damage != "gone" {
                std::fs::write(place.join(RECORD), &bytes).unwrap();
            }
            let archive = picture(&ground.target());
            is_refused(ground.restore(category, 1), &["record", "ut the record back", "runstow verify"]);
            is_refused(ground.export_archived(category, 1), &["record"]);
            is_refused(ground.delete_archived(category, 1), &["record"]);
            assert_eq!(both(&ground), left, "{category}, record {damage}: something was put in a directory");
            assert_eq!(picture(&ground.target()), archive, "{category}, record {damage}: {file:?}");
        }
        std::fs::write(place.join(RECORD), &whole).unwrap();
        assert!(ground.restore(category, 2).unwrap().proven);
    }
}

/// Puts what an earlier version wrote of another report, in the same folder and with the same category, beside an archive: a file, its
/// list, and a record whose name comes first.
fn add_another(place: &Path, category: Category, described: &Value) {
    let record: Record = serde_json::from_slice(&std::fs::read(place.join(RECORD)).unwrap()).unwrap();
    write(&place.join("of_another.txt"), b"of another");
    let hash = Hash(*blake3::hash(b"of another").as_bytes());
    let entry = json!({"path": "of_another.txt", "from": "report", "kind": "file", "size": 10, "hash": hash.to_string(),
        "mtime": 1, "mode": 420, "uid": 0, "gid": 0});
    let list = format!("runstow_another_{}.jsonl", category.api_prefix());
    std::fs::write(place.join(&list), format!("{entry}\n")).unwrap();
    let mut part = record.categories[&category].clone();
    part.list_hash = Hash(*blake3::hash(&std::fs::read(place.join(&list)).unwrap()).as_bytes());
    part.checksums = list.replace("jsonl", "b3");
    (part.list, part.files, part.links, part.folder_count, part.bytes, part.hash) =
        (list, 1, 0, 0, 10, HashKind::Blake3);
    let another = Record {
        report: described.clone(),
        run: described.clone(),
        categories: BTreeMap::from([(category, part)]),
        ..record
    };
    std::fs::write(place.join("serialized_another.json"), serde_json::to_vec(&another).unwrap()).unwrap();
}

#[test]
fn of_two_reports_in_one_folder_each_gets_its_own_files_back() {
    let (ground, place) = archived(Category::Output);
    let another = json!({"resultsName": "another", "reportDir": "/2/Home/report", "expDir": "/2/R_1"});
    add_another(&place, Category::Output, &another);
    let whose_is = |name: &str, whose: Whose<'_>| {
        let found = ArchiveFolder::open(&place).unwrap().category(Category::Output, whose).unwrap().unwrap();
        assert_eq!(found.name, name);
    };
    whose_is(RECORD, whose());
    whose_is("serialized_another.json", Whose { report: &another, run: &another });
    assert!(ground.restore(Category::Output, 1).unwrap().proven);
    assert!(ground.report().join("rawlib.bam").exists());
    assert!(!ground.report().join("of_another.txt").exists(), "another report's file was brought back");
    assert!(ground.delete_archived(Category::Output, 1).unwrap().files > 3);
    assert!(place.join("of_another.txt").exists() && !place.join("rawlib.bam").exists());
    whose_is("serialized_another.json", Whose { report: &another, run: &another });
}

#[test]
fn the_archive_of_another_report_is_not_restored_as_this_ones() {
    let (ground, place) = archived(Category::Output);
    let left = both(&ground);
    let another = json!({"resultsName": "another", "reportDir": "/2/Home/report", "expDir": "/2/R_1"});
    add_another(&place, Category::Output, &another);
    for name in [RECORD, "runstow_report_output.jsonl", "runstow_report_output.b3"] {
        std::fs::remove_file(place.join(name)).unwrap();
    }
    is_refused(ground.restore(Category::Output, 1), &["another report", "/2/Home/report"]);
    is_refused(ground.delete_archived(Category::Output, 1), &["another report"]);
    assert_eq!(both(&ground), left);
    assert!(place.join("of_another.txt").exists());
}

#[test]
fn a_folder_that_another_report_came_to_since_the_plan_takes_no_second_one() {
    for category in [Category::Output, Category::Sigproc] {
        let (_theirs, from) = archived(category);
        let another = json!({"resultsName": "another", "reportDir": "/2/Home/report", "expDir": "/2/R_1"});
        add_another(&from, category, &another);
        let ground = Ground::new();
        ground.fill();
        let place = ground.target().join(Ground::folder(category));
        std::fs::create_dir_all(&place).unwrap();
        for name in
            ["of_another.txt", "serialized_another.json", &format!("runstow_another_{category}.jsonl")]
        {
            std::fs::copy(from.join(name), place.join(name)).unwrap();
        }
        let (left, archive) = (both(&ground), picture(&ground.target()));
        let request = Request { job: "job-2", ..Request::archive(category) };
        let failure = ground.go(request).unwrap_err();
        assert_eq!(failure.cure(), Cure::PlanAgain, "{failure}");
        assert_eq!((both(&ground), picture(&ground.target())), (left, archive), "{category}");
        let folder = Ground::folder(category);
        let free = |taken: &dyn Fn(&str) -> bool| {
            free_folder(&ground.target(), folder, category, whose(), taken).unwrap()
        };
        assert_eq!(free(&|_| false), format!("{folder}.2"));
        assert_eq!(free(&|name| name.ends_with(".2")), format!("{folder}.3"), "another move has chosen it");
    }
}

/// Puts a file into the folder as soon as the first copy is proven.
struct SomebodyComes<'a> {
    from: &'a Path,
    to: PathBuf,
}

impl Watch for SomebodyComes<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn advance(&self, phase: Phase, _bytes: u64, _files: u64) {
        if phase == Phase::Prove && !self.to.exists() {
            std::fs::create_dir_all(self.to.parent().unwrap()).unwrap();
            std::fs::copy(self.from, &self.to).unwrap();
        }
    }
}

#[test]
fn a_folder_that_another_report_comes_to_while_files_are_copied_gets_none_of_them() {
    let category = Category::Output;
    let (_theirs, from) = archived(category);
    let another = json!({"resultsName": "another", "reportDir": "/2/Home/report", "expDir": "/2/R_1"});
    add_another(&from, category, &another);
    let ground = Ground::new();
    ground.fill();
    let left = both(&ground);
    let place = ground.target().join(Ground::folder(category));
    let name = "serialized_another.json";
    let watch = SomebodyComes { from: &from.join(name), to: place.join(name) };
    let failure = ground.go(Request { watch: &watch, ..Request::archive(category) }).unwrap_err();
    assert_eq!(failure.cure(), Cure::PlanAgain, "{failure}");
    assert!(failure.to_string().contains(name), "{failure}");
    assert_eq!(picture(&place).into_keys().collect::<Vec<_>>(), [PathBuf::from(name)]);
    assert_eq!(both(&ground), left);
}
