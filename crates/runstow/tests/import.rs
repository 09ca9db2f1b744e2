//! What Torrent Suite has exported or archived of a report comes back: plain files in the same layout, without a list.
#![allow(clippy::disallowed_methods, reason = "tests make the folders they work in")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::{DemoSite, files};

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

/// A storage whose report 118 was exported as Torrent Suite does it, and then deleted for good.
struct Site {
    demo: DemoSite,
    before: std::collections::BTreeMap<PathBuf, Vec<u8>>,
    export: PathBuf,
    _dir: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let demo = DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path());
        let before = files(&demo.results());
        demo.ok(&demo.move_arguments("export", "118", &["--category", "output", "--category", "misc"]));
        let mut exports = std::fs::read_dir(demo.archive().join("exportedReports")).unwrap();
        let export = exports.next().unwrap().unwrap().path();
        // Torrent Suite writes no list and no checksums, and a record of another kind.
        for entry in std::fs::read_dir(&export).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("runstow_") {
                std::fs::remove_file(&path).unwrap();
            } else if name.starts_with("serialized_") {
                std::fs::write(&path, "[{\"pk\": 118, \"model\": \"rundb.results\", \"fields\": {}}]")
                    .unwrap();
            }
        }
        let arguments =
            ["delete", "118", "--category", "output", "--category", "misc", "--yes", "--no-trash"];
        demo.program.ok(&arguments);
        Self { demo, before, export, _dir: dir }
    }

    fn restore(&self, from: &Path, rest: &[&str]) -> (i32, String) {
        let arguments = [&["restore", "118", "--from", from.to_str().unwrap()], rest].concat();
        self.demo.program.said(&arguments)
    }
}

#[test]
fn an_export_of_torrent_suite_comes_back_and_nothing_is_called_proven() {
    let site = Site::new();
    let (code, text) = site.restore(&site.export, &[]);
    assert!(code == 0 && text.contains("Output Files (") && text.contains("Nothing was done"), "{text}");
    assert_ne!(files(&site.demo.results()), site.before);
    let (code, text) = site.restore(&site.export, &["--yes"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("compared with archive list: no"), "{text}");
    assert_eq!(text.matches(": done").count(), 2, "{text}");
    let own = |path: &PathBuf| path.iter().any(|part| part.to_string_lossy().starts_with(".runstow"));
    let mut after = files(&site.demo.results());
    after.retain(|path, _| !own(path));
    for (path, content) in site.before.iter().filter(|(path, _)| !own(path)) {
        // Without a list nobody knows what came from the run's directory: it lies in the report's.
        let there = after.get(path) == Some(content);
        assert!(
            there || (path.starts_with("PGM-01") && after.values().any(|any| any == content)),
            "{path:?}"
        );
    }
    assert_eq!(
        after.len(),
        site.before.keys().filter(|path| !own(path)).count(),
        "something came that was not there"
    );
    let history = site.demo.program.ok(&["show", "118"]);
    assert!(history.contains("which has no list of Runstow"), "{history}");
}

#[test]
fn a_folder_without_files_of_the_report_is_refused_and_nothing_becomes_local() {
    let site = Site::new();
    let empty = site.export.parent().unwrap().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for rest in [&["--yes"][..], &["--yes", "--category", "output"], &["--yes", "--category", "sigproc"]] {
        let (code, text) = site.restore(&empty, rest);
        assert!(code == 1 && text.contains("118"), "{rest:?}: {code}: {text}");
    }
    let (code, text) = site.restore(&empty.join("nowhere"), &["--yes"]);
    assert!(code == 1 && text.contains("nowhere"), "{code}: {text}");
    let list = site.demo.program.ok(&["ls", "--state", "output=DD"]);
    assert!(list.contains("118"), "{list}");
    // An archive that was there and is not mounted now is no empty one.
    site.restore(&site.export, &["--yes"]);
    std::fs::remove_dir_all(&site.export).unwrap();
    std::fs::create_dir(&site.export).unwrap();
    site.demo.program.ok(&["delete", "118", "--category", "misc", "--yes", "--no-trash"]);
    let (code, text) = site.demo.program.said(&["restore", "118", "--category", "misc", "--yes"]);
    assert!(code == 3 && text.contains("is the archive mounted?"), "{text}");
}
