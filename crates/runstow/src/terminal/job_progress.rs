//! Progress of jobs: a bar for each running one on a terminal, plain lines otherwise.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use runstow_engine::catalog::Job;
use runstow_lifecycle::{JobStatus, Megabytes, Phase};

use super::{harmless, note};

/// How often a plain line about the same phase may be written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress on standard error.
pub struct JobProgress {
    bars: Option<MultiProgress>,
    known: HashMap<i64, Known>,
}

/// A job as it was seen.
struct Known {
    status: JobStatus,
    /// Where the present phase was when it was first seen: that is what the rate is counted from.
    pace: Pace,
    written: Instant,
    shown: String,
    bar: Option<ProgressBar>,
}

/// What was done when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    phase: Phase,
    bytes: i64,
    at_us: i64,
}

impl Default for JobProgress {
    fn default() -> Self {
        Self { bars: std::io::stderr().is_terminal().then(MultiProgress::new), known: HashMap::new() }
    }
}

impl JobProgress {
    /// Shows what is new about a job that has not ended.
    pub fn show(&mut self, job: &Job) {
        let pace = Pace::of(job);
        let known = self.known.entry(job.id).or_insert_with(|| Known {
            // Nothing was said about it yet, unless it has only been waiting for its turn.
            status: JobStatus::Queued,
            pace,
            written: Instant::now(),
            shown: String::new(),
            bar: None,
        });
        let turned = known.status != job.status || known.pace.phase != pace.phase;
        if turned || pace.bytes < known.pace.bytes {
            known.pace = pace;
        }
        known.status = job.status;
        let text = describe(job, known.pace);
        if let (Some(bars), JobStatus::Running) = (&self.bars, job.status) {
            let bar = known.bar.get_or_insert_with(|| bars.add(bar()));
            bar.set_length(job.progress.bytes_total.unwrap_or_default().max(0).unsigned_abs());
            bar.set_position(job.progress.bytes_done.max(0).unsigned_abs());
            bar.set_message(text);
            return;
        }
        if let Some(bar) = known.bar.take() {
            bar.finish_and_clear();
        }
        if job.status.ended() {
            return;
        }
        let due = known.written.elapsed() >= LINE_EVERY && job.status == JobStatus::Running;
        if known.shown != text && (turned || due) {
            known.written = Instant::now();
            known.shown.clone_from(&text);
            self.say(&text);
        }
    }

    /// A line of its own.
    pub fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => drop(bars.println(text)),
            None => note(text),
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("[{bar:24}] {wide_msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

impl Pace {
    fn of(job: &Job) -> Self {
        let at_us = job.progress_us.or(job.started_us).unwrap_or(job.created_us);
        Self { phase: job.progress.phase, bytes: job.progress.bytes_done, at_us }
    }

    /// Bytes in a second since then.
    fn rate(self, now: Self) -> Option<f64> {
        let (bytes, us) = (now.bytes - self.bytes, now.at_us - self.at_us);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = bytes as f64 / us as f64 * 1e6;
        (bytes > 0 && us > 0).then_some(rate)
    }
}

/// “job 7: archive sigproc of R_2026: copy 1.20 GB of 3.40 GB, 210 MB/s, 11 s left”.
fn describe(job: &Job, since: Pace) -> String {
    let name = job.report_name.clone().unwrap_or_else(|| format!("report {}", job.report_id));
    let mut text = format!("job {}: {} {} of {}: ", job.id, job.action, job.category, harmless(&name));
    if job.status != JobStatus::Running {
        text += job.status.name();
        if let Some(told) = &job.reason {
            text += &format!(": {}", harmless(&told.text));
        }
        return text;
    }
    let size = |bytes: i64| Megabytes::from_bytes(bytes.max(0).unsigned_abs());
    let progress = &job.progress;
    text += progress.phase.name();
    match progress.bytes_total {
        Some(total) => text += &format!(" {} of {}", size(progress.bytes_done), size(total)),
        None if progress.bytes_done > 0 => text += &format!(" {}", size(progress.bytes_done)),
        None => {}
    }
    if let Some(rate) = since.rate(Pace::of(job)) {
        text += &format!(", {}/s", Megabytes(rate / Megabytes::BYTES as f64));
        let left = progress.bytes_total.map(|total| (total - progress.bytes_done).max(0));
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        if let Some(seconds) = left.map(|left| left as f64 / rate) {
            text += &format!(", {} left", spell(seconds));
        }
    }
    text
}

/// A time for people: `40 s`, `12 min`, `3 h 20 min`.
fn spell(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_what_was_done_since_the_phase_was_first_seen() {
        let since = Pace { phase: Phase::Copy, bytes: 1 << 20, at_us: 1_000_000 };
        let now = Pace { bytes: 21 << 20, at_us: 3_000_000, ..since };
        assert_eq!(since.rate(now), Some(f64::from(10 << 20)));
        assert_eq!(since.rate(since), None);
        assert_eq!(since.rate(Pace { bytes: 0, ..now }), None, "a phase that began anew");
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(
            [0.2, 99.0, 100.0, 5999.0, 12_000.0].map(spell),
            ["1 s", "99 s", "2 min", "100 min", "3 h 20 min"]
        );
    }
}
