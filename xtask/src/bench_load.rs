//! Mixed reads from many connections for a while: throughput, latency, errors, and whether memory stays flat.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use runstow_testkit::TestDatabase;

use crate::served::Server;
use crate::timed::runstow;
use crate::wrk;

const CONNECTIONS: u32 = 64;
/// Between two looks at the server's memory.
const EVERY: Duration = Duration::from_secs(10);

/// Loads a server on each database in turn.
pub fn run(dir: &Path, reports: u64, seconds: u64) -> Result<()> {
    let binary = runstow()?;
    std::fs::create_dir_all(dir)?;
    println!(
        "{reports} reports, mixed reads, wrk with {CONNECTIONS} connections, {seconds} s on each database"
    );
    for (name, database) in [("SQLite", TestDatabase::sqlite()), ("PostgreSQL", TestDatabase::postgres())] {
        let server = Server::start(&binary, &database.url(), dir, reports)?;
        let before = server.memory_mb()?;
        let done = AtomicBool::new(false);
        let (figures, mut memory) = std::thread::scope(|scope| {
            let watch = scope.spawn(|| watch(&server, &done));
            let figures =
                wrk::run(&server.base, &dir.join("request.lua"), &mix(reports), CONNECTIONS, seconds);
            done.store(true, Ordering::Relaxed);
            let memory = watch.join().map_err(|_| anyhow!("the look at memory failed"))?;
            anyhow::Ok((figures?, memory?))
        })?;
        memory.insert(0, before);
        memory.push(server.memory_mb()?);
        let wrk::Figures { rate, p50, p99, longest, errors } = figures;
        println!(
            "{name}: {rate:.0} requests/s, p50 {p50:.1} ms, p99 {p99:.1} ms, longest {longest:.0} ms, {errors} errors"
        );
        let memory: Vec<String> = memory.iter().map(|mb| format!("{mb:.0}")).collect();
        println!("  memory in MB before, every {} s, and after: {}", EVERY.as_secs(), memory.join(", "));
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

fn watch(server: &Server, done: &AtomicBool) -> Result<Vec<f64>> {
    let mut seen = Vec::new();
    let mut next = Instant::now() + EVERY;
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        if Instant::now() >= next {
            seen.push(server.memory_mb()?);
            next += EVERY;
        }
    }
    Ok(seen)
}

/// What clients and pages ask for, in about these proportions.
fn mix(reports: u64) -> String {
    format!(
        r#"
local rundb, api, reports = "/rundb/api/v1/", "/api/v1/", {reports}
local list = rundb .. "compositedatamanagement/?limit=20"
local function any() return math.random(1, reports) end
local kinds = {{
  {{ 35, function() return list .. "&offset=" .. math.random(0, reports - 20) end }},
  {{ 10, function() return list end }},
  {{ 5, function() return rundb .. "compositedatamanagement/?limit=1000&offset=" .. math.random(0, reports - 1000) end }},
  {{ 5, function() return list .. "&resultsName__contains=S5-" .. math.random(0, 6) .. "-" .. math.random(10, 99) end }},
  {{ 5, function() return list .. "&sigproc_filter=L&offset=" .. math.random(0, 1000) end }},
  {{ 5, function() return list .. "&id__in=" .. any() .. "," .. any() .. "," .. any() end }},
  {{ 15, function() return rundb .. "compositedatamanagement/" .. any() .. "/" end }},
  {{ 2, function() return rundb .. "compositedatamanagement/schema/" end }},
  {{ 3, function() return rundb .. "message/" end }},
  {{ 5, function() return api .. "reports" end }},
  {{ 3, function() return api .. "reports?sort=-size&count=true&limit=" .. math.random(1, 100) end }},
  {{ 5, function() return api .. "reports/" .. any() end }},
  {{ 2, function() return api .. "statistics" end }},
}}
local seed = 0
setup = function(thread) seed = seed + 1; thread:set("seed", seed) end
init = function() math.randomseed(seed) end
request = function()
  local left = math.random(1, 100)
  for _, kind in ipairs(kinds) do
    left = left - kind[1]
    if left <= 0 then return wrk.format("GET", kind[2]()) end
  end
end
"#
    )
}
