//! Measures a tree and says how long it took and how much memory.
//!
//! `cargo run --release -p runstow-storage --example measure_tree -- FOLDER [THREADS] [--runs]`
//!
//! FOLDER counts as one run dir with the 5.18 file set. With `--runs` it is a tree that
//! `conformance/files/mkrun.py` made, and each of its runs is measured with all its reports.
#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use runstow_lifecycle::{Category, Classifier, FileSets, Megabytes};
use runstow_storage::{CategorySize, Measured, ReportFiles, leaves_onboard, measure_run};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let of_runs = args.iter().position(|a| a == "--runs").map(|i| args.remove(i)).is_some();
    let folder = PathBuf::from(args.first().ok_or("say which folder to measure")?);
    if let Some(threads) = args.get(1) {
        rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    }
    let begin = Instant::now();
    let new = Classifier::new(FileSets::built_in().for_version(None))?;
    let old = Classifier::new(FileSets::built_in().for_version(Some("2.2")))?;
    let ready = begin.elapsed();
    let measured = if of_runs {
        runs(&folder, &new, &old)?
    } else {
        measure_run(
            Some(&folder),
            &[ReportFiles { report_dir: None, leaves_onboard: false, classifier: &new }],
        )
    };
    let took = begin.elapsed();
    for category in Category::ALL {
        let sizes = measured.iter().map(|m| m.size(category));
        let (files, bytes) = sizes.fold((0, 0), |(f, b), s: &CategorySize| (f + s.files, b + s.bytes()));
        println!("{category:<10} {files:>10} files {:>12}", Megabytes::from_bytes(bytes).to_string());
    }
    let skipped: u64 = measured.iter().map(|m| m.skipped).sum();
    println!(
        "{} reports, {skipped} skipped, {:.3} s ({:.3} s for the classifiers), peak {}",
        measured.len(),
        took.as_secs_f64(),
        ready.as_secs_f64(),
        peak()
    );
    Ok(())
}

fn runs(root: &Path, new: &Classifier, old: &Classifier) -> Result<Vec<Measured>, Box<dyn Error>> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(root.join("runs.json"))?)?;
    let list = |name: &str| manifest[name].as_array().cloned().unwrap_or_default();
    let folder = |record: &Value, name: &str| root.join(record[name].as_str().unwrap_or_default());
    let mut all = Vec::new();
    for run in list("experiments") {
        let reports: Vec<(PathBuf, Value)> = list("reports")
            .into_iter()
            .filter(|r| r["experiment"] == run["id"])
            .map(|r| (folder(&r, "reportDir"), r))
            .collect();
        let files: Vec<ReportFiles<'_>> = reports
            .iter()
            .map(|(dir, record)| ReportFiles {
                report_dir: Some(dir),
                leaves_onboard: leaves_onboard(Some(dir), record["isThumbnail"] == true),
                classifier: if record["version"] == "2.2" { old } else { new },
            })
            .collect();
        all.extend(measure_run(Some(&folder(&run, "expDir")), &files));
    }
    Ok(all)
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned()
}
