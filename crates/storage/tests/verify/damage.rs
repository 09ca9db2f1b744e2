//! Each kind of damage, on an archive with all kinds of entries.

use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::HashKind;
use runstow_storage::Alone;
use runstow_storage::verify::{Choice, Damage, Verification, places, verify};

use crate::ground::{Ground, Request, picture, write};
use crate::support::{Archive, one, told};

/// Writes into a file without a trace in its time.
fn patch(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let time = path.metadata().unwrap().modified().unwrap();
    let mut content = std::fs::read(path).unwrap();
    change(&mut content);
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(content.len() as u64).unwrap();
    file.write_all_at(&content, 0).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn what_is_whole_is_told_whole_and_nothing_is_written() {
    for category in Category::ALL {
        let archive = Archive::new(category);
        let before = picture(&archive.ground.target());
        let (verified, findings) = archive.verify();
        assert_eq!(findings, vec![], "{category}");
        assert!(verified.whole() && verified.complete && !verified.unproven, "{category} {verified:?}");
        assert_eq!((verified.read_files, verified.read_bytes), (verified.files, verified.bytes));
        assert!(verified.files > 0 && verified.extras_unknown.is_none());
        assert_eq!((verified.times.count, verified.modes.count), (0, 0), "{category} {verified:?}");
        assert_eq!(picture(&archive.ground.target()), before);
    }
}

#[test]
fn several_categories_in_a_folder_do_not_count_each_other_as_extra() {
    let archive = Archive::new(Category::Basecall);
    let more = Request { job: "job-2", hash: HashKind::Sha256, ..Request::archive(Category::Output) };
    archive.ground.go(more).unwrap();
    assert_eq!(archive.told(), vec![]);
    let output = Archive { category: Category::Output, ..archive };
    assert_eq!(output.told(), vec![]);
    std::fs::write(output.at("stranger"), b"?").unwrap();
    assert_eq!(output.told(), one("stranger", "extra"));
}

#[test]
fn a_flipped_bit_is_found_though_size_and_time_are_the_same() {
    let archive = Archive::new(Category::Sigproc);
    patch(&archive.at("sparse.dat"), |content| content[7 << 20] ^= 1);
    let (verified, findings) = archive.verify();
    assert_eq!(told(&findings), one("sparse.dat", "content"));
    assert_eq!(verified.times.count, 0);
}

#[test]
fn shorter_longer_missing_and_extra_are_told_apart() {
    let archive = Archive::new(Category::Sigproc);
    patch(&archive.at("explog.txt"), |content| content.truncate(3));
    patch(&archive.at("--rf.log"), |content| content.push(b'!'));
    std::fs::remove_file(archive.at("12:30:01.dat")).unwrap();
    std::fs::create_dir(archive.at("X0_Y0/more")).unwrap();
    std::fs::write(archive.at("X0_Y0/more/thing"), b"").unwrap();
    symlink("acq_0000.dat", archive.at("other.dat")).unwrap();
    let expected = [
        ("--rf.log", "size"),
        ("12:30:01.dat", "missing"),
        ("X0_Y0/more", "extra"),
        ("X0_Y0/more/thing", "extra"),
        ("explog.txt", "size"),
        ("other.dat", "extra"),
    ];
    assert_eq!(archive.told(), expected.map(|(path, word)| (path.to_owned(), word)));
    let (_, findings) = archive.verify();
    let size = findings.iter().find(|finding| finding.path.0 == b"explog.txt").unwrap();
    assert_eq!(size.damage, Damage::Size { listed: 10, found: 3 });
    assert_eq!(size.damage.to_string(), "it has 3 bytes and had 10");
}

#[test]
fn swapped_files_are_named_with_each_other() {
    let archive = Archive::new(Category::Sigproc);
    let (one, other, spare) = (archive.at("explog.txt"), archive.at("--rf.log"), archive.at("spare"));
    std::fs::rename(&one, &spare).unwrap();
    std::fs::rename(&other, &one).unwrap();
    std::fs::rename(&spare, &other).unwrap();
    let (_, findings) = archive.verify();
    let mut texts: Vec<String> =
        findings.iter().map(|finding| format!("{}: {}", finding.path, finding.damage)).collect();
    texts.sort();
    assert_eq!(
        texts,
        [
            "--rf.log: its content and that of explog.txt are swapped",
            "explog.txt: its content and that of --rf.log are swapped"
        ]
    );
}

#[test]
fn what_became_another_kind_of_thing_is_told_with_both_kinds() {
    let archive = Archive::new(Category::Sigproc);
    for name in ["explog.txt", "acq_0001.dat", "short.dat"] {
        std::fs::remove_file(archive.at(name)).unwrap();
    }
    std::fs::create_dir(archive.at("explog.txt")).unwrap();
    symlink("--rf.log", archive.at("acq_0001.dat")).unwrap();
    std::fs::write(archive.at("short.dat"), b"no link").unwrap();
    let texts: Vec<String> = archive.verify().1.iter().map(|finding| finding.damage.to_string()).collect();
    for text in
        ["it was a file and is a folder", "it was a file and is a link", "it was a link and is a file"]
    {
        assert_eq!(texts.iter().filter(|told| *told == text).count(), 1, "{texts:?}");
    }
    assert_eq!(texts.len(), 3);
}

#[test]
fn a_link_to_elsewhere_is_found_and_the_archives_own_text_of_an_absolute_one_is_right() {
    let archive = Archive::new(Category::Sigproc);
    assert_eq!(archive.at("absolute.dat").read_link().unwrap(), Path::new("acq_0001.dat"));
    std::fs::remove_file(archive.at("absolute.dat")).unwrap();
    symlink("/etc/passwd", archive.at("absolute.dat")).unwrap();
    assert_eq!(archive.told(), one("absolute.dat", "link"));
}

#[test]
fn behind_a_folder_that_became_a_link_nothing_is_read() {
    let archive = Archive::new(Category::Sigproc);
    let outside = archive.ground.path().join("outside");
    std::fs::rename(archive.at("X0_Y0"), &outside).unwrap();
    symlink(&outside, archive.at("X0_Y0")).unwrap();
    let told = archive.told();
    assert!(told.contains(&("X0_Y0/dir./acq_0002.dat".to_owned(), "missing")), "{told:?}");
    assert!(told.iter().all(|(path, word)| path.starts_with("X0_Y0") && *word != "content"), "{told:?}");
}

#[test]
fn times_and_modes_are_notes_and_no_findings() {
    let archive = Archive::new(Category::Sigproc);
    let file = std::fs::File::open(archive.at("explog.txt")).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    std::fs::set_permissions(archive.at("--rf.log"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let (verified, findings) = archive.verify();
    assert!(findings.is_empty() && verified.whole());
    let firsts =
        [&verified.times, &verified.modes].map(|notes| (notes.count, notes.first.clone().unwrap().0));
    assert_eq!(firsts, [(1, b"explog.txt".to_vec()), (1, b"--rf.log".to_vec())]);
}

#[test]
fn damaged_lists_records_and_checksums_are_told_as_such() {
    let archive = Archive::new(Category::Sigproc);
    let (list, sums, record) =
        ("runstow_report_sigproc.jsonl", "runstow_report_sigproc.b3", "serialized_report.json");
    patch(&archive.at(sums), |content| content[5] ^= 1);
    assert_eq!(archive.told(), one(sums, "checksums"));
    std::fs::remove_file(archive.at(sums)).unwrap();
    assert_eq!(archive.told(), one(sums, "checksums"));
    patch(&archive.at(list), |content| content[40] ^= 1);
    assert_eq!(archive.told(), one(list, "list"));
    std::fs::remove_file(archive.at(list)).unwrap();
    assert_eq!(archive.told(), one(list, "list"));
    std::fs::write(archive.at(list), b"").unwrap();
    patch(&archive.at(record), |content| content[0] = b'[');
    assert_eq!(archive.told(), one(list, "record"));
    std::fs::remove_file(archive.at(list)).unwrap();
    assert_eq!(archive.told(), one(record, "record"));
    std::fs::write(archive.at(record), "[{\"model\": \"rundb.results\"}]").unwrap();
    let (verified, findings) = archive.verify();
    assert!(verified.unproven && !verified.whole() && findings.is_empty());
}

#[test]
fn a_record_whose_numbers_are_not_those_of_the_list_is_damaged() {
    let archive = Archive::new(Category::Misc);
    let record = std::fs::read_to_string(archive.at("serialized_report.json")).unwrap();
    let files = record.lines().find(|line| line.contains("\"files\":")).unwrap();
    std::fs::write(archive.at("serialized_report.json"), record.replace(files, "\"files\": 77,")).unwrap();
    assert_eq!(archive.told(), one("serialized_report.json", "record"));
}

#[test]
fn beside_an_archive_of_torrent_suite_extra_files_are_not_told() {
    let archive = Archive::new(Category::Output);
    write(&archive.at("theirs.txt"), b"of their archive");
    write(&archive.at("serialized_theirs.json"), b"[{\"model\": \"x\"}]");
    let (verified, findings) = archive.verify();
    assert_eq!(findings, vec![]);
    assert!(verified.extras_unknown.unwrap().contains("serialized_theirs.json"));
}

#[test]
fn without_a_catalog_archives_are_found_below_their_root() {
    let archive = Archive::new(Category::Misc);
    archive.ground.go(Request { job: "job-2", ..Request::archive(Category::Sigproc) }).unwrap();
    let found = places(&archive.ground.target()).unwrap();
    let found: Vec<_> = found.iter().map(|place| (place.folder.clone(), place.categories.clone())).collect();
    let run = archive.ground.target().join(Ground::folder(Category::Sigproc));
    assert_eq!(found, [(run.clone(), vec![Category::Sigproc]), (archive.place(), vec![Category::Misc])]);
    assert_eq!(places(&run).unwrap()[0].categories, [Category::Sigproc]);
    let verification = Verification {
        folder: &run,
        target: None,
        category: Category::Sigproc,
        whose: None,
        choice: Choice::All,
        extras: true,
    };
    assert!(verify(&verification, &Alone, &mut |_| ()).unwrap().whole());
}
