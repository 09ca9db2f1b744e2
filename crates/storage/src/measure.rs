//! How much disk space the categories of a run's reports take (categories.md §8).

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::{Category, Megabytes};

use crate::Skipped;
use crate::survey::{self, Decision, Presences, ReportFiles, Side, Sink, SinkPart};
use crate::walk::File;

/// How many of the entries that were left out are kept by name.
const SAMPLE: usize = 20;

/// Disk space of one category of one report, in bytes of apparent size. Links count 0, hard links once per name, files
/// that would be kept back count too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategorySize {
    /// In the report dir itself.
    pub report_bytes: u64,
    /// In the run dir: shared with the run's other reports.
    pub run_bytes: u64,
    /// Reached through the report's link to the signal processing results of another report: that one owns them.
    pub linked_bytes: u64,
    /// Files and links.
    pub files: u64,
}

impl CategorySize {
    /// All together: the category's disk space as Torrent Suite means it.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.report_bytes.saturating_add(self.run_bytes).saturating_add(self.linked_bytes)
    }

    /// The same in MB of 2^20 bytes.
    #[must_use]
    pub fn megabytes(&self) -> Megabytes {
        Megabytes::from_bytes(self.bytes())
    }

    const fn add(&mut self, other: &Self) {
        self.report_bytes = self.report_bytes.saturating_add(other.report_bytes);
        self.run_bytes = self.run_bytes.saturating_add(other.run_bytes);
        self.linked_bytes = self.linked_bytes.saturating_add(other.linked_bytes);
        self.files += other.files;
    }
}

/// What one report takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// By category, in the order of [`Category::ALL`].
    pub sizes: [CategorySize; 4],
    /// Its start folders. A size is complete only when they could be walked.
    pub presences: Presences,
    /// How many entries were left out.
    pub skipped: u64,
    /// The first few of them.
    pub skipped_sample: Vec<(Side, Skipped)>,
}

impl Measured {
    /// The size of one category.
    #[must_use]
    pub const fn size(&self, category: Category) -> &CategorySize {
        &self.sizes[category.index()]
    }
}

/// Measures all reports of a run. The run dir is walked once for all of them.
#[must_use]
pub fn measure_run(run_dir: Option<&Path>, reports: &[ReportFiles<'_>]) -> Vec<Measured> {
    let sums = Sums { reports: Mutex::new(vec![Measured::default(); reports.len()]), count: reports.len() };
    let presences = survey::run(run_dir, reports, &sums);
    let mut measured = sums.reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (one, presences) in measured.iter_mut().zip(presences) {
        one.presences = presences;
    }
    measured
}

/// Measures one report.
#[must_use]
pub fn measure(run_dir: Option<&Path>, report: ReportFiles<'_>) -> Measured {
    measure_run(run_dir, &[report]).pop().unwrap_or_default()
}

struct Sums {
    reports: Mutex<Vec<Measured>>,
    count: usize,
}

/// Sums of a part of a folder, added to the whole at its end: the threads seldom meet.
struct Part<'s> {
    whole: &'s Sums,
    sizes: Vec<[CategorySize; 4]>,
    skipped: Vec<(usize, Side, Skipped)>,
}

impl Sink for Sums {
    type Part<'s> = Part<'s>;

    fn begin<'s>(&'s self, _start: &'s Path) -> Part<'s> {
        Part { whole: self, sizes: vec![Default::default(); self.count], skipped: Vec::new() }
    }
}

impl SinkPart for Part<'_> {
    fn found(&mut self, decisions: &[(usize, Decision)], file: &File<'_>) {
        if decisions.iter().all(|(_, d)| d.all.selected.is_empty()) {
            return;
        }
        let bytes = match file.size() {
            Ok(bytes) => bytes,
            Err(skipped) => {
                for (report, decision) in decisions {
                    let side = if decision.in_report.is_empty() { Side::Run } else { Side::Report };
                    self.skipped.push((*report, side, skipped.clone()));
                }
                return;
            }
        };
        for (report, decision) in decisions {
            for category in decision.all.selected.iter() {
                let size = &mut self.sizes[*report][category.index()];
                size.files += 1;
                *match () {
                    () if decision.linked.contains(category) => &mut size.linked_bytes,
                    () if decision.in_report.contains(category) => &mut size.report_bytes,
                    () => &mut size.run_bytes,
                } += bytes;
            }
        }
    }

    fn skipped(&mut self, reports: &mut dyn Iterator<Item = (usize, Side)>, skipped: Skipped) {
        self.skipped.extend(reports.map(|(report, side)| (report, side, skipped.clone())));
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let mut reports = self.whole.reports.lock().unwrap_or_else(PoisonError::into_inner);
        for (whole, part) in reports.iter_mut().zip(&self.sizes) {
            for (sum, one) in whole.sizes.iter_mut().zip(part) {
                sum.add(one);
            }
        }
        for (report, side, skipped) in self.skipped.drain(..) {
            reports[report].skipped += 1;
            if reports[report].skipped_sample.len() < SAMPLE {
                reports[report].skipped_sample.push((side, skipped));
            }
        }
    }
}
