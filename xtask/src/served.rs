//! A catalog of many reports, and a server that shows it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// Resident memory, in MB of 2^20 bytes.
pub struct Memory {
    /// What nobody else has.
    pub own_mb: f64,
    /// Pages of files that are mapped: the program itself, and SQLite's file once for each of its connections.
    /// The kernel takes them back when it needs room.
    pub files_mb: f64,
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub base: String,
}

impl Server {
    /// Fills a database with so many reports and serves it, open to all readers.
    pub fn start(binary: &Path, database: &str, dir: &Path, reports: u64) -> Result<Self> {
        let dataset = dir.join("dataset.json");
        std::fs::write(&dataset, dataset_text(reports))?;
        let status = Command::new(binary)
            .args(["--database-url", database, "catalog", "load", "--replace"])
            .arg(&dataset)
            .status()?;
        if !status.success() {
            bail!("catalog load failed");
        }
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

    /// What the kernel says it holds now.
    pub fn memory(&self) -> Result<Memory> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mb = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
            Ok::<_, anyhow::Error>(kb.context("the kernel does not tell the server's memory")? / 1024.0)
        };
        Ok(Memory { own_mb: mb("RssAnon:")?, files_mb: mb("RssFile:")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
