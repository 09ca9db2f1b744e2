//! Measures a tree with the 5.18 file set, as one start folder: files, bytes, seconds, memory.
//!
//! `cargo run --release -p runstow-storage --example measure_tree -- FOLDER [THREADS]`
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal")]

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use runstow_lifecycle::{Category, Classifier, FileSets, Megabytes};
use runstow_storage::{ReportFiles, measure};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let Some(folder) = args.next() else {
        eprintln!("say which folder to measure");
        return ExitCode::FAILURE;
    };
    if let Some(threads) = args.next().and_then(|t| t.to_str()?.parse().ok()) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        if let Err(error) = pool {
            eprintln!("no thread pool: {error}");
        }
    }
    let begin = Instant::now();
    let classifier = match Classifier::new(FileSets::built_in().for_version(None)) {
        Ok(classifier) => classifier,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let ready = begin.elapsed();
    let report = ReportFiles { report_dir: None, leaves_onboard: false, classifier: &classifier };
    let measured = measure(Some(Path::new(&folder)), report);
    for category in Category::ALL {
        let size = measured.size(category);
        println!("{category:<10} {:>10} files {:>12}", size.files, size.megabytes().to_string());
    }
    let files: u64 = measured.sizes.iter().map(|s| s.files).sum();
    let bytes: u64 = measured.sizes.iter().map(runstow_storage::CategorySize::bytes).sum();
    println!("{files} files in categories, {}, {} skipped", Megabytes::from_bytes(bytes), measured.skipped);
    println!(
        "{:.3} s ({:.3} s to make the classifier), peak {} kB",
        begin.elapsed().as_secs_f64(),
        ready.as_secs_f64(),
        peak()
    );
    ExitCode::SUCCESS
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").to_owned()
}
