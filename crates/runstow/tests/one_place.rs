//! Source, archive and restored files are never one place, whatever paths lead there. Finds of a tester: each lost the only
//! copy of a run.
#![allow(clippy::disallowed_methods, reason = "tests make the folders they work in")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use runstow_testkit::TestDatabase;
use runstow_testkit::demo_site::DemoSite;
use runstow_testkit::program::said;

const BINARY: &str = env!("CARGO_BIN_EXE_runstow");

fn site(dir: &tempfile::TempDir) -> DemoSite {
    DemoSite::scanned(BINARY, TestDatabase::sqlite(), dir.path())
}

#[test]
fn nothing_is_archived_to_a_bind_mount_of_its_own_folder() {
    if !rustix::process::geteuid().is_root() {
        println!("NOT SHOWN: only root may mount. Run the tests as root to see it");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir);
    let before = site.contents();
    let place = dir.path().join("mounted");
    std::fs::create_dir(&place).unwrap();
    let inside = site.run_of("PGM-01").join("archive");
    std::fs::create_dir(&inside).unwrap();
    // The folder above the run, the run, and a folder in it.
    for shown in [site.results().join("PGM-01"), site.run_of("PGM-01"), inside] {
        let script =
            "mount --bind \"$0\" \"$1\" && exec \"$2\" archive 118 --category sigproc --to \"$1\" --yes";
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "--propagation", "private", "sh", "-c", script]);
        shell.args([&shown, &place]).arg(BINARY).env("RUNSTOW_DATABASE_URL", site.database.url());
        let (code, text) = said(shell.current_dir(dir.path()));
        assert!(code == 3 && text.contains("lie in each other"), "{shown:?}: {code}: {text}");
        assert_eq!(site.contents(), before, "{shown:?}");
    }
}

#[test]
fn nothing_is_restored_into_its_archive() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir);
    site.ok(&site.move_arguments("archive", "118", &["--category", "sigproc"]));
    let reports = site.program.ok(&["ls", "--json"]);
    let archive = site.archive();
    let (code, text) = site.program.said(&["restore", "118", "--to", archive.to_str().unwrap(), "--yes"]);
    assert!(code == 1 && text.contains("of an archive"), "{code}: {text}");
    assert_eq!(site.program.ok(&["ls", "--json"]), reports, "a report was registered");
    // Nor into another archive of it, and a place of its own is fine.
    let copy = dir.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let copied = Command::new("cp").arg("-a").arg(archive.join(".")).arg(&copy).output().unwrap();
    assert!(copied.status.success());
    let (code, text) = site.program.said(&["restore", "118", "--to", copy.to_str().unwrap(), "--yes"]);
    assert!(code == 1 && text.contains("of an archive"), "{code}: {text}");
    let apart = dir.path().join("apart");
    std::fs::create_dir(&apart).unwrap();
    let (code, text) = site.program.said(&["restore", "118", "--to", apart.to_str().unwrap(), "--yes"]);
    assert!(code == 0, "{code}: {text}");
}
