//! The pages in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use runstow_testkit::program::Program;

/// Loads a page in headless Chromium and gives what its elements became, and what its console said.
fn browse(url: &str, scratch: &Path, size: &str) -> Output {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0", "--hide-scrollbars", &format!("--window-size={size}")])
        .arg(format!("--user-data-dir={}", scratch.join("profile").display()))
        .args(["--dump-dom", url])
        .output();
    output.expect("chromium is there: scripts/install-test-tools installs it")
}

#[test]
fn chromium_shows_the_first_page_and_a_report_without_complaint() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), "postgres://nobody@127.0.0.1:1/none");
    let server = program.serve(&["demo", "--listen", "127.0.0.1:0"], dir.path());
    for (path, size, texts) in [
        ("/", "1280,900", &["Exome_Trio", "Cancer_Hotspot_Panel", "Local", "used"][..]),
        ("/", "500,900", &["Exome_Trio"]),
        ("/reports/231", "1280,900", &["Signal Processing Input", "Intermediate Files", "S5-02"]),
    ] {
        let output = browse(&format!("{}{path}", server.base()), dir.path(), size);
        let page = String::from_utf8_lossy(&output.stdout);
        for text in texts {
            assert!(page.contains(text), "{path} does not show {text}: {page}");
        }
        // The content security policy allows no inline style or script: a slip shows up here only.
        let console = String::from_utf8_lossy(&output.stderr);
        assert!(!console.contains("CONSOLE"), "{path}: {console}");
    }
}
