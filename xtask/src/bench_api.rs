//! The list API on a large catalog, loaded by wrk.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::timed::runstow;

/// What the original stack answers at 100,000 reports, requests a second (issue “The main job runs”).
const ORIGINAL: [(u64, f64); 2] = [(20, 14.5), (1000, 0.5)];

/// Makes a catalog, serves it and measures.
pub fn run(dir: &Path, reports: u64, seconds: u64) -> Result<()> {
    let binary = runstow()?;
    std::fs::create_dir_all(dir)?;
    let dataset = dir.join("dataset.json");
    std::fs::write(&dataset, dataset_text(reports))?;
    let database = format!("sqlite://{}/catalog-{}.sqlite3", dir.display(), std::process::id());
    let status = Command::new(&binary)
        .args(["--database-url", &database, "catalog", "load", "--replace"])
        .arg(&dataset)
        .status()?;
    if !status.success() {
        bail!("catalog load failed");
    }
    let mut server = Server::start(&binary, &database)?;
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
            let lua = dir.join("request.lua");
            std::fs::write(&lua, script + REPORT)?;
            let output = Command::new("wrk")
                .args(["-t2", "-c8", &format!("-d{seconds}s"), "--latency", "-s"])
                .arg(&lua)
                .arg(&server.base)
                .output()
                .context("wrk is not there: apt-get install wrk")?;
            let text = String::from_utf8_lossy(&output.stdout);
            let line =
                text.lines().find_map(|line| line.strip_prefix("FIGURES ")).context("wrk gave no figures")?;
            let figures: Vec<f64> = line.split(' ').filter_map(|figure| figure.parse().ok()).collect();
            let [rate, p50, p99, errors] = figures[..] else { bail!("wrk gave {line:?}") };
            let ratio = rate / original;
            println!(
                "{:<34}{rate:>10.0}{p50:>10.2}{p99:>10.2}{ratio:>16.0}",
                format!("limit={limit}, {name}")
            );
            if errors > 0.0 {
                println!("  {errors} answers were errors");
            }
        }
    }
    server.child.kill()?;
    server.child.wait()?;
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

const PATH: &str = "/rundb/api/v1/compositedatamanagement/";

const REPORT: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %.2f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.timeout + e.read + e.connect))
end
"#;

/// A script that asks for another page each time, so that no answer is found ready.
fn any_page(limit: u64, reports: u64, filter: &str) -> String {
    let last = reports.saturating_sub(limit);
    format!(
        "math.randomseed(os.time())\nrequest = function()\n  return wrk.format(\"GET\", \
         \"{PATH}?limit={limit}&offset=\" .. math.random(0, {last}) .. \"{filter}\")\nend\n"
    )
}

struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(binary: &Path, database: &str) -> Result<Self> {
        let mut child = Command::new(binary)
            .args([
                "--database-url",
                database,
                "serve",
                "--no-scan",
                "--anonymous-read",
                "--listen",
                "127.0.0.1:0",
            ])
            .env("RUNSTOW_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(out).lines();
        let base = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            })
            .context("the server did not say its address")?;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, base: base.trim_end_matches('/').to_owned() })
    }
}

/// A neutral catalog: one run for every two reports.
fn dataset_text(reports: u64) -> String {
    let runs = reports.div_ceil(2);
    let mut text = String::from("{\"users\": [],\n\"experiments\": [\n");
    for id in 1..=runs {
        let comma = if id < runs { "," } else { "" };
        let _ = writeln!(
            text,
            "{{\"id\": {id}, \"expName\": \"R_2020_user_S5-{}-{id}\", \"expDir\": \"/results/S5/R_2020_user_S5-{}-{id}\", \
             \"date\": \"2020-01-01T00:00:00+00:00\", \"chipType\": \"540\", \"storage_options\": \"A\", \
             \"diskusage\": {}}}{comma}",
            id % 7,
            id % 7,
            id % 90_000
        );
    }
    text.push_str("],\n\"results\": [\n");
    for id in 1..=reports {
        let comma = if id < reports { "," } else { "" };
        let state = ["L", "L", "L", "AD", "DD", "SA"][(id % 6) as usize];
        let category = format!(
            "{{\"state\": \"{state}\", \"keep\": {}, \"diskspace\": {}.25}}",
            id % 11 == 0,
            id % 4000
        );
        // Keep of signal files is the run's, and these runs have none.
        let signal = category.replace("true", "false");
        let _ = writeln!(
            text,
            "{{\"id\": {id}, \"experiment\": {}, \"resultsName\": \"Auto_user_S5-{}-{id}\", \
             \"timeStamp\": \"2021-03-04T05:06:07.{:06}+00:00\", \"diskusage\": {}, \"thumbnail\": {}, \"categories\": \
             {{\"sigproc\": {signal}, \"basecall\": {category}, \"output\": {category}, \"misc\": {category}}}}}{comma}",
            id.div_ceil(2),
            id % 7,
            id % 1_000_000,
            id % 5000,
            id % 2 == 0
        );
    }
    text.push_str("],\n\"events\": [], \"fileservers\": [], \"messages\": [], \"globalconfig\": []}\n");
    text
}
