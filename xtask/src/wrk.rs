//! wrk, told by a script what to ask for.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What one run saw; times in milliseconds.
pub struct Figures {
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers came within this time.
    pub p50: f64,
    /// All but one in a hundred.
    pub p99: f64,
    /// All.
    pub longest: f64,
    /// Answers of 400 and above, and requests without an answer.
    pub errors: u64,
}

const REPORT: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %.2f %.3f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.status + e.timeout + e.read + e.connect))
end
"#;

/// Loads a server. `script` is Lua that says what wrk asks for; it is left in `file`.
pub fn run(base: &str, file: &Path, script: &str, connections: u32, seconds: u64) -> Result<Figures> {
    std::fs::write(file, format!("{script}{REPORT}"))?;
    let output = Command::new("wrk")
        .args([
            "-t2",
            &format!("-c{connections}"),
            &format!("-d{seconds}s"),
            "--timeout",
            "60s",
            "--latency",
            "-s",
        ])
        .arg(file)
        .arg(base)
        .output()
        .context("wrk is not there: apt-get install wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("FIGURES ")).context("wrk gave no figures")?;
    let figures: Vec<f64> = line.split(' ').filter_map(|figure| figure.parse().ok()).collect();
    let [rate, p50, p99, longest, errors] = figures[..] else { bail!("wrk gave {line:?}") };
    Ok(Figures { rate, p50, p99, longest, errors: errors as u64 })
}
