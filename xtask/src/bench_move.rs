//! Export and archive with proof, against programs that copy.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use runstow_testkit::program::Program;

use crate::timed::{self, Run, median, runstow};

/// The demo's PGM report.
const REPORT: &str = "118";

/// Asks the system to forget what it holds of the files below a folder.
const FORGET: &str = "import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        file = os.open(os.path.join(folder, name), os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)";

/// Of how many files one is copied by a process of its own: all would take too long.
const SAMPLE: u64 = 20;

/// What is moved.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Number of files.
    pub files: u64,
    /// Bytes of each.
    pub bytes: u64,
    /// They have this length and no content.
    pub sparse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Export,
    Archive,
    RsyncPair,
    RsyncMedium,
    Cp,
    RsyncEach,
}

impl Peer {
    const ALL: [Self; 6] =
        [Self::Export, Self::Archive, Self::RsyncPair, Self::RsyncMedium, Self::Cp, Self::RsyncEach];

    const fn name(self) -> &'static str {
        match self {
            Self::Export => "runstow export (copy and proof)",
            Self::Archive => "runstow archive (copy, proof, removal)",
            Self::RsyncPair => "rsync -a; rsync -a --checksum --dry-run",
            Self::RsyncMedium => "the same, copies synced and read from disk",
            Self::Cp => "cp -a; sync",
            Self::RsyncEach => "one rsync for each file",
        }
    }
}

/// Folders of the benchmark.
struct Ground {
    dir: PathBuf,
    binary: String,
    /// The run's folder, which holds the files.
    run: PathBuf,
    /// Destinations so far. They are kept: for minutes after files were removed, ext4 looks long for numbers of new ones.
    destinations: u32,
}

impl Ground {
    /// The demo's storage with one run of other files.
    fn new(dir: &Path, shape: Shape) -> Result<Self> {
        if dir.exists() {
            std::fs::remove_dir_all(dir)?;
        }
        std::fs::create_dir_all(dir)?;
        let binary = runstow()?.to_str().context("the path of the binary is not UTF-8")?.to_owned();
        let maker = Program::new(&binary, "postgres://nobody@127.0.0.1:1/none");
        drop(maker.serve(&["demo", "--listen", "127.0.0.1:0"], dir));
        let runs = dir.join("runstow-demo/results/PGM-01");
        let run = std::fs::read_dir(runs)?.next().context("the demo has a run")??.path();
        for entry in std::fs::read_dir(&run)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "dat") {
                std::fs::remove_file(path)?;
            }
        }
        let ground = Self { dir: dir.to_owned(), binary, run, destinations: 0 };
        ground.fill(shape)?;
        Ok(ground)
    }

    fn fill(&self, shape: Shape) -> Result<()> {
        let mut block = vec![0_u8; usize::try_from(shape.bytes)?.min(1 << 20)];
        let mut random = 1_u64;
        for word in block.chunks_mut(8) {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&random.to_le_bytes()[..word.len()]);
        }
        for number in 0..shape.files {
            // A thousand in a folder, as blocks of a chip have.
            let folder = self.run.join(format!("X0_Y{}", number / 1000));
            if number % 1000 == 0 {
                std::fs::create_dir(&folder)?;
            }
            let mut file = std::fs::File::create(folder.join(format!("acq_{number:07}.dat")))?;
            if shape.sparse {
                file.set_len(shape.bytes)?;
                continue;
            }
            block[..8].copy_from_slice(&number.to_le_bytes());
            let mut left = shape.bytes;
            while left > 0 {
                let piece = usize::try_from(left)?.min(block.len());
                file.write_all(&block[..piece])?;
                left -= piece as u64;
            }
        }
        Ok(())
    }

    fn to(&self) -> PathBuf {
        self.dir.join(format!("to-{}", self.destinations))
    }

    /// A catalog that knows the storage, and an empty destination.
    fn prepare(&mut self) -> Result<String> {
        self.destinations += 1;
        let catalog = self.dir.join("catalog");
        if catalog.exists() {
            std::fs::remove_dir_all(&catalog)?;
        }
        for folder in [self.to(), catalog] {
            std::fs::create_dir(folder)?;
        }
        let url = format!("sqlite://{}/catalog/catalog.db", self.dir.display());
        let results = self.dir.join("runstow-demo/results");
        let scanned = Command::new(&self.binary)
            .args(["--database-url", &url, "scan", "--file-server"])
            .arg(&results)
            .arg("--report-storage")
            .arg(results.join("analysis/output/Home"))
            .output()?;
        if !scanned.status.success() {
            bail!("the scan failed: {}", String::from_utf8_lossy(&scanned.stderr));
        }
        // Nothing of it, nor of the peer before, is still being written.
        run("sync", &[])?;
        Ok(url)
    }

    fn command(&self, peer: Peer, url: &str) -> Command {
        let sh = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text, "sh"]).arg(&self.run).arg(self.to());
            command
        };
        match peer {
            Peer::Export | Peer::Archive => {
                let mut command = Command::new(&self.binary);
                let action = if peer == Peer::Export { "export" } else { "archive" };
                command.args(["--database-url", url, action, REPORT, "--category", "sigproc"]);
                command.args(["--not-mounted", "--unfinished", "--yes", "--to"]).arg(self.to());
                command
            }
            Peer::RsyncPair => sh(r#"rsync -a "$1" "$2/" && rsync -a --checksum --dry-run "$1" "$2/""#),
            // What a proof needs: the copies are on the disk, and are read from there.
            Peer::RsyncMedium => sh(&format!(
                r#"rsync -a "$1" "$2/" && sync -f "$2" && python3 -c '{FORGET}' "$2" &&
                   rsync -a --checksum --dry-run "$1" "$2/""#
            )),
            Peer::Cp => sh(r#"cp -a "$1" "$2/" && sync"#),
            // The folders first, as the original's way has them.
            Peer::RsyncEach => sh(&format!(
                r#"cd "$1" && find . -type d -exec mkdir -p "$2/{{}}" ';' &&
                   find . -name '*.dat' | awk 'NR % {SAMPLE} == 1' | while read -r f; do rsync -a "$f" "$2/$f"; done"#
            )),
        }
    }

    /// What an archive has taken away comes back.
    fn take_back(&self) -> Result<()> {
        let archived = self.to().join(self.run.file_name().context("a name")?);
        std::fs::create_dir_all(&self.run)?;
        for entry in std::fs::read_dir(archived)? {
            let path = entry?.path();
            let name = path.file_name().context("a name")?;
            let place = self.run.join(name);
            if path.is_dir() && name.to_string_lossy().starts_with("X0_") {
                std::fs::rename(&path, place)?;
            }
        }
        Ok(())
    }
}

fn run(program: &str, args: &[&str]) -> Result<()> {
    if !Command::new(program).args(args).status()?.success() {
        bail!("{program} failed");
    }
    Ok(())
}

/// Measures one shape. `each` also measures one process for each file.
pub fn measure(dir: &Path, shape: Shape, rounds: usize, each: bool) -> Result<()> {
    let mut ground = Ground::new(dir, shape)?;
    let peers: Vec<Peer> = Peer::ALL.into_iter().filter(|peer| each || *peer != Peer::RsyncEach).collect();
    let mut figures: Vec<Vec<Run>> = peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (peer, runs) in peers.iter().zip(&mut figures) {
            let url = ground.prepare()?;
            let mut taken = timed::run(&mut ground.command(*peer, &url))?;
            if *peer == Peer::RsyncEach {
                taken.seconds *= SAMPLE as f64;
            }
            if *peer == Peer::Archive {
                ground.take_back()?;
            }
            println!("  {:<42}{:>10.2}", peer.name(), taken.seconds);
            runs.push(taken);
        }
    }
    let seconds = |runs: &[Run]| runs.iter().map(|run| run.seconds).collect::<Vec<_>>();
    let ours = seconds(&figures[0]);
    println!(
        "\n{} files of {} bytes{}, medians of {rounds} rounds",
        shape.files,
        shape.bytes,
        if shape.sparse { ", sparse" } else { "" }
    );
    println!("{:<42}{:>10}{:>12}{:>22}", "program", "seconds", "peak MB", "it / runstow export");
    for (peer, runs) in peers.iter().zip(&figures) {
        let ratios = seconds(runs).iter().zip(&ours).map(|(peer, ours)| peer / ours).collect();
        let peak = runs.iter().map(|run| run.peak_mb).fold(0.0, f64::max);
        println!("{:<42}{:>10.1}{peak:>12.0}{:>22.2}", peer.name(), median(seconds(runs)), median(ratios));
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}
