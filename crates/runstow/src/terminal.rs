//! What people read: progress, tables, sizes, questions.

pub mod password;
pub mod progress;
pub mod table;

use std::io::Write;

/// Writes a line to standard output; a reader that went away (`| head`) ends the program quietly.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Text that can not move the cursor or colour the screen: control characters are shown as `?`.
/// Names of files and reports come from disks that Runstow does not control.
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
