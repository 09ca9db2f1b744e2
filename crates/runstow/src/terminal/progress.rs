//! Progress: a bar when a terminal is there, plain lines otherwise.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use runstow_engine::progress::Progress;

use super::{harmless, note};

/// How often a plain line may be written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress on standard error.
pub struct TerminalProgress {
    bar: Option<ProgressBar>,
    plain: Mutex<Plain>,
    files: AtomicU64,
}

struct Plain {
    phase: String,
    total: Option<u64>,
    steps: u64,
    written: Instant,
}

impl Default for TerminalProgress {
    fn default() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let plain = Plain { phase: String::new(), total: None, steps: 0, written: Instant::now() };
        Self { bar, plain: Mutex::new(plain), files: AtomicU64::new(0) }
    }
}

impl TerminalProgress {
    fn tell_files(&self) {
        let files = self.files.load(Ordering::Relaxed);
        if let (Some(bar), true) = (&self.bar, files > 0) {
            bar.set_message(format!("{files} files"));
        }
    }
}

impl Progress for TerminalProgress {
    fn phase(&self, name: &str, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            let shape = if total.is_some() {
                "{prefix} [{bar:30}] {pos}/{len} {wide_msg} {eta}"
            } else {
                "{spinner} {prefix} {pos} {wide_msg}"
            };
            if let Ok(style) = ProgressStyle::with_template(shape) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_position(0);
            bar.set_length(total.unwrap_or(0));
            bar.set_prefix(name.to_owned());
            bar.set_message("");
        } else if let Ok(mut plain) = self.plain.lock() {
            *plain = Plain { phase: name.to_owned(), total, steps: 0, written: Instant::now() };
            note(&match total {
                Some(total) => format!("{name}: {total}"),
                None => format!("{name} …"),
            });
        }
    }

    fn step(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(harmless(what));
        } else if let Ok(mut plain) = self.plain.lock() {
            plain.steps += 1;
            if plain.written.elapsed() >= LINE_EVERY {
                plain.written = Instant::now();
                let of = plain.total.map_or_else(String::new, |total| format!(" of {total}"));
                let files = self.files.load(Ordering::Relaxed);
                note(&format!("{}: {}{of}, {files} files", plain.phase, plain.steps));
            }
        }
    }

    fn files(&self, count: u64) {
        self.files.fetch_add(count, Ordering::Relaxed);
        self.tell_files();
    }

    fn warning(&self, path: &str, message: &str) {
        let text = format!("warning: {}: {}", harmless(path), harmless(message));
        match &self.bar {
            Some(bar) => bar.println(text),
            None => note(&text),
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
