//! Mixed reads from many connections for a while: throughput, latency, errors, and whether memory stays flat; then
//! each kind of read alone, which tells what the mixture is made of.

mod reads;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use runstow_testkit::TestDatabase;

use crate::served::{Memory, Server};
use crate::timed::runstow;
use crate::wrk;

const CONNECTIONS: u32 = 64;
/// Between two looks at the server's memory.
const EVERY: Duration = Duration::from_secs(10);

/// Loads a server on each database in turn. `alone` is how many seconds each kind is measured.
pub fn run(dir: &Path, reports: u64, seconds: u64, alone: u64) -> Result<()> {
    let binary = runstow()?;
    std::fs::create_dir_all(dir)?;
    let file = dir.join("request.lua");
    println!("{reports} reports, wrk with {CONNECTIONS} connections");
    for (name, database) in [("SQLite", TestDatabase::sqlite()), ("PostgreSQL", TestDatabase::postgres())] {
        let server = Server::start(&binary, &database.url(), dir, reports)?;
        let mut memory = vec![server.memory()?];
        let done = AtomicBool::new(false);
        let (figures, during) = std::thread::scope(|scope| {
            let watch = scope.spawn(|| watch(&server, &done));
            let figures = wrk::run(&server.base, &file, &reads::mixture(reports), CONNECTIONS, seconds);
            done.store(true, Ordering::Relaxed);
            let during = watch.join().map_err(|_| anyhow!("the look at memory failed"))?;
            anyhow::Ok((figures?, during?))
        })?;
        memory.extend(during);
        memory.push(server.memory()?);
        println!(
            "{:<34}{:>10}{:>10}{:>10}{:>10}{:>8}",
            name, "req/s", "p50 ms", "p99 ms", "longest", "errors"
        );
        row(&format!("mixed, {seconds} s"), &figures);
        let list = |of: fn(&Memory) -> f64| {
            memory.iter().map(|memory| format!("{:.0}", of(memory))).collect::<Vec<_>>().join(", ")
        };
        println!("  memory before, every {} s, and after, in MB", EVERY.as_secs());
        println!("    its own:      {}", list(|memory| memory.own_mb));
        println!("    mapped files: {}", list(|memory| memory.files_mb));
        if alone > 0 {
            for (kind, script) in reads::alone(reports) {
                row(kind, &wrk::run(&server.base, &file, &script, CONNECTIONS, alone)?);
            }
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

fn row(name: &str, figures: &wrk::Figures) {
    let wrk::Figures { rate, p50, p99, longest, errors } = figures;
    println!("{name:<34}{rate:>10.0}{p50:>10.1}{p99:>10.1}{longest:>10.0}{errors:>8}");
}

fn watch(server: &Server, done: &AtomicBool) -> Result<Vec<Memory>> {
    let mut seen = Vec::new();
    let mut next = Instant::now() + EVERY;
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        if Instant::now() >= next {
            seen.push(server.memory()?);
            next += EVERY;
        }
    }
    Ok(seen)
}
