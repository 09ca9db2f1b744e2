//! Scan, classify and measure against programs that only add sizes up.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::timed::{self, Run, median, runstow};

/// Makes the tree when it is not there, then runs each program in turn for some rounds.
fn make_tree(dir: &Path, files: u64) -> Result<()> {
    if dir.join("runs.json").exists() {
        return Ok(());
    }
    println!("making a tree of about {files} files in {}", dir.display());
    let status = Command::new("python3")
        .arg("conformance/files/mkrun.py")
        .arg("tree")
        .arg(dir)
        .args(["--runs", "10", "--bytes", "sparse", "--files", &files.to_string()])
        .status()?;
    if !status.success() {
        bail!("mkrun.py failed");
    }
    Ok(())
}

/// The benchmark.
fn measure(dir: &Path, rounds: usize) -> Result<()> {
    let binary = runstow()?;
    let scratch = dir.with_extension("catalog");
    std::fs::create_dir_all(&scratch)?;
    let mut peers: Vec<(&str, Vec<Run>)> =
        ["du -s", "find -printf", "pdu --threads=2", "runstow scan"].map(|name| (name, Vec::new())).into();
    // Round 0 warms the cache and is not counted.
    for round in 0..=rounds {
        for (name, runs) in &mut peers {
            let mut command = match *name {
                "du -s" => with(Command::new("du"), &["-s"], dir),
                "find -printf" => {
                    let mut find = Command::new("find");
                    find.arg(dir).args(["-printf", "%s %p\\n"]);
                    find
                }
                "pdu --threads=2" => {
                    with(Command::new("pdu"), &["--threads=2", "--quantity=apparent-size"], dir)
                }
                _ => {
                    let catalog = scratch.join(format!("round-{round}-{}.sqlite3", std::process::id()));
                    let mut scan = Command::new(&binary);
                    scan.arg("--database-url").arg(format!("sqlite://{}", catalog.display()));
                    scan.arg("scan").arg("--runs").arg(dir.join("runs.json"));
                    scan
                }
            };
            match timed::run(&mut command) {
                Ok(figures) if round > 0 => runs.push(figures),
                Ok(_) => {}
                Err(error) if round == 0 => println!("{name} is left out: {error}"),
                Err(_) if runs.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
    }
    std::fs::remove_dir_all(&scratch)?;
    let ours = peers
        .last()
        .map(|(_, runs)| runs.iter().map(|run| run.seconds).collect::<Vec<_>>())
        .unwrap_or_default();
    println!("\n{:<18}{:>10}{:>12}{:>26}", "program", "median s", "peak MB", "runstow / it (median)");
    for (name, runs) in &peers {
        if runs.is_empty() {
            continue;
        }
        let seconds = median(runs.iter().map(|run| run.seconds).collect());
        let peak = runs.iter().map(|run| run.peak_mb).fold(0.0, f64::max);
        let ratio = median(runs.iter().zip(&ours).map(|(peer, ours)| ours / peer.seconds).collect());
        println!("{name:<18}{seconds:>10.2}{peak:>12.0}{ratio:>26.2}");
    }
    Ok(())
}

fn with(mut command: Command, args: &[&str], dir: &Path) -> Command {
    command.args(args).arg(dir);
    command
}

/// Makes the tree and measures.
pub fn run(dir: &Path, files: u64, rounds: usize) -> Result<()> {
    make_tree(dir, files)?;
    measure(dir, rounds)
}
