//! What people read: progress, tables, sizes, questions.

pub mod job_progress;
pub mod password;
pub mod progress;
pub mod table;

use std::io::Write;

/// Writes a line to standard output. A reader that went away (`| head`) ends the program quietly; anything else, such
/// as a full disk under a redirected dump, ends it as failed.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        note(&format!("error: the output could not be written: {error}; what was written is not complete"));
        std::process::exit(1);
    }
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Text that can not move the cursor or colour the screen: control characters are shown as `?`.
/// Names of files and reports come from disks that Runstow does not control.
pub fn harmless(text: &str) -> String {
    // The second range turns the direction of writing around, so that a name reads as another.
    let moves = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if moves(c) { '?' } else { c }).collect()
}
