//! Export and archive with proof, against programs that copy.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::storage::{REPORT, Shape, Storage};
use crate::timed::{self, Run, median};

/// Asks the system to forget what it holds of the files below a folder.
const FORGET: &str = "import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        file = os.open(os.path.join(folder, name), os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)";

/// Of how many files one is copied by a process of its own: all would take too long.
const SAMPLE: u64 = 20;

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
    storage: Storage,
    /// Destinations so far. They are kept: for minutes after files were removed, ext4 looks long for numbers of new ones.
    destinations: u32,
}

impl Ground {
    fn to(&self) -> PathBuf {
        self.storage.dir.join(format!("to-{}", self.destinations))
    }

    /// A catalog that knows the storage, and an empty destination.
    fn prepare(&mut self) -> Result<String> {
        self.destinations += 1;
        std::fs::create_dir(self.to())?;
        let url = self.storage.new_catalog()?;
        // Nothing of it, nor of the peer before, is still being written.
        if !Command::new("sync").status()?.success() {
            bail!("sync failed");
        }
        Ok(url)
    }

    fn command(&self, peer: Peer, url: &str) -> Command {
        let sh = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text, "sh"]).arg(&self.storage.run).arg(self.to());
            command
        };
        match peer {
            Peer::Export | Peer::Archive => {
                let action = if peer == Peer::Export { "export" } else { "archive" };
                let mut command = self.storage.runstow(url, &[action, REPORT, "--category", "sigproc"]);
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
        let run = &self.storage.run;
        let archived = self.to().join(run.file_name().context("a name")?);
        std::fs::create_dir_all(run)?;
        for entry in std::fs::read_dir(archived)? {
            let path = entry?.path();
            let name = path.file_name().context("a name")?;
            let place = run.join(name);
            if path.is_dir() && name.to_string_lossy().starts_with("X0_") {
                std::fs::rename(&path, place)?;
            }
        }
        Ok(())
    }
}

/// Measures one shape. `each` also measures one process for each file.
pub fn measure(dir: &Path, shape: Shape, rounds: usize, each: bool) -> Result<()> {
    let mut ground = Ground { storage: Storage::new(dir, shape)?, destinations: 0 };
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
    println!("\n{} files of {} bytes, medians of {rounds} rounds", shape.files, shape.bytes);
    println!("{:<42}{:>10}{:>12}{:>22}", "program", "seconds", "peak MB", "it / runstow export");
    for (peer, runs) in peers.iter().zip(&figures) {
        let ratios = seconds(runs).iter().zip(&ours).map(|(peer, ours)| peer / ours).collect();
        let peak = runs.iter().map(|run| run.peak_mb).fold(0.0, f64::max);
        println!("{:<42}{:>10.1}{peak:>12.0}{:>22.2}", peer.name(), median(seconds(runs)), median(ratios));
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}
