//! Names and kinds of entries that break careless programs.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::Path;
use std::process::Command;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::HashKind;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::ground::{Ground, Request, contents, picture, write};

/// Each is a flow of the run; `.dat` follows.
const AWKWARD: [&str; 21] = [
    "--rf",
    "-",
    "--",
    "back\\slash",
    "back\\nslash",
    "line\nend",
    "carriage\rreturn",
    "tab\tand\u{1}\u{1b}[31mcontrol",
    " blanks ",
    "$(rm -rf ~)",
    "`id`;|&<>",
    "'single' \"double\"",
    "*?[a]{b,c}",
    "~root",
    "#comment",
    "%s%n",
    "12:30:01",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{202e}left",
    "...",
];

#[test]
fn awkward_names_are_moved_and_sha256sum_finds_each_in_the_archive() {
    let ground = Ground::new();
    ground.fill_small();
    let mut names: Vec<String> = AWKWARD.iter().map(|name| format!("{name}.dat")).collect();
    names.push(format!("{}.dat", "n".repeat(251)));
    names.push(format!("{}.dat", "\u{fc}".repeat(125)));
    for name in &names {
        write(&ground.run().join(name), name.as_bytes());
    }
    let done = ground.go(Request { hash: HashKind::Sha256, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.left_alone.is_empty() && done.kept.is_empty(), "{:?} {:?}", done.left_alone, done.kept);
    let place = ground.target().join("R_1");
    for name in &names {
        let copy = std::fs::read(place.join(name)).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(copy, name.as_bytes(), "{name:?}");
        assert!(!ground.run().join(name).exists(), "{name:?} stays");
    }
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--quiet", "runstow_report_sigproc.sha256"]).current_dir(&place);
    let output = check.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_name_that_begins_with_a_line_end_is_moved_by_some_category() {
    let ground = Ground::new();
    ground.fill_small();
    let name = "\n.dat";
    write(&ground.run().join(name), b"a name that begins with a line end");
    for (number, category) in Category::ALL.into_iter().enumerate() {
        let job = format!("job-{number}");
        ground.go(Request { job: &job, ..Request::archive(category) }).unwrap();
    }
    let places = ["R_1", "archivedReports/report"].map(|folder| ground.target().join(folder).join(name));
    assert!(places.iter().any(|place| place.exists()), "{:?}", picture(&ground.target()));
    assert!(!ground.run().join(name).exists());
}

#[test]
fn names_that_are_no_text_stay_and_are_reported() {
    let ground = Ground::new();
    ground.fill_small();
    let file = ground.run().join(OsStr::from_bytes(b"acq_\xff\xfe.dat"));
    let below = ground.run().join(OsStr::from_bytes(b"X1_Y1\xc3/acq_0000.dat"));
    write(&file, b"a file");
    write(&below, b"in a folder");
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"a file");
    assert_eq!(std::fs::read(&below).unwrap(), b"in a folder");
    let told = done.left_alone.join("\n");
    assert_eq!(done.left_alone.len(), 2, "{told}");
    assert!(told.contains("not UTF-8") && told.contains("acq_") && told.contains("X1_Y1"), "{told}");
    assert!(!ground.run().join("acq_0000.dat").exists(), "the others are moved");
}

#[test]
fn fifos_sockets_and_devices_stay_and_are_reported() {
    let ground = Ground::new();
    ground.fill_small();
    let at = |name: &str| ground.run().join(name);
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, at("acq_0100.dat"), FileType::Fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("acq_0101.dat")).unwrap();
    let device = mknodat(CWD, at("acq_0102.dat"), FileType::CharacterDevice, mode, rustix::fs::makedev(1, 3));
    if device.is_err() {
        println!("NOT SHOWN: only root may make a device; FIFO and socket are shown all the same");
    }
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert_eq!(done.left_alone.len(), 2 + usize::from(device.is_ok()), "{:?}", done.left_alone);
    assert!(done.left_alone.iter().all(|told| told.contains("left alone")), "{:?}", done.left_alone);
    let kind = |name: &str| at(name).symlink_metadata().unwrap().file_type();
    assert!(kind("acq_0100.dat").is_fifo() && kind("acq_0101.dat").is_socket());
    let archive = picture(&ground.target().join("R_1"));
    assert!(!archive.keys().any(|path| path.to_string_lossy().starts_with("acq_01")), "{archive:?}");
    assert!(!at("acq_0000.dat").exists(), "the others are moved");
}

#[test]
fn circles_of_links_end_and_links_to_outside_reach_nothing() {
    let ground = Ground::new();
    ground.fill_small();
    let outside = ground.path().join("outside");
    write(&outside.join("X0_Y0/acq_0001.dat"), b"not ours");
    write(&outside.join("one.dat"), b"not ours either");
    let before = picture(&outside);
    let links = [
        ("itself.dat", "itself.dat"),
        ("a.dat", "b.dat"),
        ("b.dat", "a.dat"),
        ("X0_Y0/up", ".."),
        ("X1_Y1", "."),
        ("X2_Y2", "/"),
        ("out.dat", "../../outside/one.dat"),
        ("X3_Y3", "../../outside/X0_Y0"),
    ];
    for (name, text) in links {
        symlink(text, ground.run().join(name)).unwrap();
    }
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert_eq!(picture(&outside), before);
    let place = ground.target().join("R_1");
    for (name, text) in links {
        let there = |root: &Path| root.join(name).read_link().is_ok_and(|found| found == Path::new(text));
        assert!(there(&place) || there(&ground.run()), "{name} is lost");
        if name.ends_with(".dat") {
            assert!(there(&place), "{name} is not in the archive");
        }
    }
}

#[test]
fn a_hundred_thousand_files_in_one_folder() {
    const FILES: usize = 100_000;
    let ground = Ground::in_memory();
    ground.fill_small();
    let folder = ground.run().join("X0_Y0");
    for number in 0..FILES {
        std::fs::write(folder.join(format!("acq_{number:06}.dat")), number.to_le_bytes()).unwrap();
    }
    let before = contents(&picture(&ground.run()));
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert!(done.kept.is_empty() && done.left_alone.is_empty());
    assert!(done.removed >= FILES as u64, "{}", done.removed);
    let place = ground.target().join("R_1/X0_Y0");
    for number in 0..FILES {
        let content = std::fs::read(place.join(format!("acq_{number:06}.dat"))).unwrap();
        assert_eq!(content, number.to_le_bytes(), "{number}");
    }
    assert!(before.len() > FILES && !folder.exists(), "the folder became empty");
}

/// Nobody was told of what a stranger had put into a folder of such a name.
#[test]
fn what_lies_in_a_folder_that_is_called_as_ours_stays_and_is_told() {
    let ground = Ground::new();
    ground.fill_small();
    let strange = ground.run().join(".runstow-trash/stranger/acq_0000.dat");
    write(&strange, b"put there by somebody");
    std::fs::create_dir(ground.run().join(".runstow-incoming")).unwrap();
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert!(done.left_alone.len() == 1, "{:?}", done.left_alone);
    assert!(done.left_alone[0].contains(".runstow-trash: a folder"), "{:?}", done.left_alone);
    assert_eq!(std::fs::read(&strange).unwrap(), b"put there by somebody");
}
