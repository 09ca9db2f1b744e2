//! The list API on a large catalog, loaded by wrk.

use std::path::Path;

use anyhow::Result;

use crate::served::Server;
use crate::timed::runstow;
use crate::wrk;

/// What the original stack answers at 100,000 reports, requests a second (issue “The main job runs”).
const ORIGINAL: [(u64, f64); 2] = [(20, 14.5), (1000, 0.5)];

/// Makes a catalog, serves it and measures.
pub fn run(dir: &Path, reports: u64, seconds: u64) -> Result<()> {
    let binary = runstow()?;
    std::fs::create_dir_all(dir)?;
    let database = format!("sqlite://{}/catalog-{}.sqlite3", dir.display(), std::process::id());
    let server = Server::start(&binary, &database, dir, reports)?;
    println!("{reports} reports on SQLite, wrk with 8 connections, {seconds} s each");
    println!("{:<34}{:>10}{:>10}{:>10}{:>16}", "request", "req/s", "p50 ms", "p99 ms", "times original");
    for (limit, original) in ORIGINAL {
        for (name, script) in [
            ("same page", format!("wrk.path = \"{PATH}?limit={limit}\"\n")),
            ("any page", any_page(limit, reports, "")),
            (
                "any page, any filter",
                any_page(limit, reports, "&expName__contains=\" .. math.random(1, 99) .. \""),
            ),
        ] {
            let wrk::Figures { rate, p50, p99, errors, .. } =
                wrk::run(&server.base, &dir.join("request.lua"), &script, 8, seconds)?;
            let ratio = rate / original;
            println!(
                "{:<34}{rate:>10.0}{p50:>10.2}{p99:>10.2}{ratio:>16.0}",
                format!("limit={limit}, {name}")
            );
            if errors > 0 {
                println!("  {errors} answers were errors");
            }
        }
    }
    drop(server);
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

const PATH: &str = "/rundb/api/v1/compositedatamanagement/";

/// A script that asks for another page each time, so that no answer is found ready.
fn any_page(limit: u64, reports: u64, filter: &str) -> String {
    let last = reports.saturating_sub(limit);
    format!(
        "math.randomseed(os.time())\nrequest = function()\n  return wrk.format(\"GET\", \
         \"{PATH}?limit={limit}&offset=\" .. math.random(0, {last}) .. \"{filter}\")\nend\n"
    )
}
