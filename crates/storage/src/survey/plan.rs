//! Which folders to walk for the reports of a run, each once.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use runstow_lifecycle::Classifier;
use runstow_lifecycle::classify::SIGPROC_RESULTS;

use super::{ReportFiles, Scan, Side, Slot, Survey, View};

pub(super) fn of_run<'c>(run_dir: Option<&Path>, reports: &[ReportFiles<'c>]) -> Vec<Survey<'c>> {
    let mut shared = run_dir.map(Survey::empty);
    let mut all = Vec::new();
    for (position, report) in reports.iter().enumerate() {
        let Some(report_dir) = report.report_dir else {
            if let (Some(shared), Some(run_dir)) = (&mut shared, run_dir) {
                shared.see(position, report, &[(Side::Run, run_dir, b"")]);
            }
            continue;
        };
        match (&mut shared, run_dir) {
            (Some(shared), Some(run_dir)) => match Relation::of(report_dir, run_dir) {
                Relation::Same => {
                    shared.see(position, report, &[(Side::Report, report_dir, b"")]);
                    shared.covers.push((position, Side::Run));
                }
                Relation::ReportInRun(below) => {
                    let views: [(_, _, &[u8]); 2] =
                        [(Side::Report, report_dir, &below), (Side::Run, run_dir, b"")];
                    shared.see(position, report, &views);
                }
                Relation::RunInReport(below) => {
                    let views: [(_, _, &[u8]); 2] =
                        [(Side::Report, report_dir, b""), (Side::Run, run_dir, &below)];
                    all.push(Survey::empty(report_dir).seen(position, report, &views));
                }
                Relation::Apart => {
                    shared.see(position, report, &[(Side::Run, run_dir, b"")]);
                    all.push(Survey::empty(report_dir).seen(
                        position,
                        report,
                        &[(Side::Report, report_dir, b"")],
                    ));
                }
            },
            _ => {
                all.push(Survey::empty(report_dir).seen(position, report, &[(Side::Report, report_dir, b"")]))
            }
        }
    }
    all.extend(shared.filter(|s| !s.slots.is_empty()));
    all
}

pub(super) fn of_archive<'c>(folder: &Path, report: &ReportFiles<'c>) -> Survey<'c> {
    Survey::empty(folder).seen(0, report, &[(Side::Archive, folder, b"")])
}

impl<'c> Survey<'c> {
    fn empty(start: &Path) -> Self {
        Self { start: start.to_owned(), scans: Vec::new(), slots: Vec::new(), covers: Vec::new() }
    }

    fn seen(mut self, position: usize, report: &ReportFiles<'c>, from: &[(Side, &Path, &[u8])]) -> Self {
        self.see(position, report, from);
        self
    }

    /// Lets a report see this walk's files, from the given start folders and their places below the walk's.
    fn see(&mut self, position: usize, report: &ReportFiles<'c>, from: &[(Side, &Path, &[u8])]) {
        let mut views = Vec::new();
        for (side, folder, below) in from {
            views.push(View {
                scan: self.scan(report.classifier, below),
                side: *side,
                leaves_onboard: report.leaves_onboard,
                linked: folder.join(SIGPROC_RESULTS).is_symlink(),
            });
            self.covers.push((position, *side));
        }
        self.slots.push(Slot { report: position, views });
    }

    fn scan(&mut self, classifier: &'c Classifier, below: &[u8]) -> usize {
        let same = |s: &Scan<'_>| std::ptr::eq(s.classifier, classifier) && s.below == below;
        self.scans.iter().position(same).unwrap_or_else(|| {
            self.scans.push(Scan { classifier, below: below.to_vec() });
            self.scans.len() - 1
        })
    }
}

/// How a report dir and a run dir lie to each other, all links resolved.
enum Relation {
    Apart,
    Same,
    ReportInRun(Vec<u8>),
    RunInReport(Vec<u8>),
}

impl Relation {
    fn of(report_dir: &Path, run_dir: &Path) -> Self {
        let (Ok(report), Ok(run)) = (report_dir.canonicalize(), run_dir.canonicalize()) else {
            return Self::Apart;
        };
        if report == run {
            Self::Same
        } else if let Ok(below) = report.strip_prefix(&run) {
            Self::ReportInRun(with_slash(below))
        } else if let Ok(below) = run.strip_prefix(&report) {
            Self::RunInReport(with_slash(below))
        } else {
            Self::Apart
        }
    }
}

fn with_slash(path: &Path) -> Vec<u8> {
    [path.as_os_str().as_bytes(), b"/"].concat()
}
