//! Running a program to its end while watching its time and memory.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What one run took.
pub struct Run {
    /// Wall clock.
    pub seconds: f64,
    /// Highest resident memory, MB of 2^20 bytes.
    pub peak_mb: f64,
}

/// Runs a command with its output thrown away.
pub fn run(command: &mut Command) -> Result<Run> {
    let name = format!("{command:?}");
    let started = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("can not start {name}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0;
    let status = loop {
        // VmHWM is a high-water mark, so a coarse look misses little.
        if let Ok(text) = std::fs::read_to_string(&status_file) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak_kb = peak_kb.max(kb.unwrap_or(0));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{name}: {status}");
    }
    Ok(Run { seconds, peak_mb: peak_kb as f64 / 1024.0 })
}

/// The median of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The release binary, built now.
pub fn runstow() -> Result<PathBuf> {
    let status =
        Command::new("cargo").args(["build", "--release", "--quiet", "--bin", "runstow"]).status()?;
    if !status.success() {
        bail!("cargo build failed");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    std::path::absolute(target.join("release/runstow")).context("no absolute path for the binary")
}
