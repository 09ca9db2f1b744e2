//! A storage to measure with: the demo's, with one run of many files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use runstow_testkit::program::Program;

use crate::timed::runstow;

/// The demo's PGM report, whose run has the files.
pub const REPORT: &str = "118";

/// A thousand in a folder, as blocks of a chip have.
const IN_A_FOLDER: u64 = 1000;

/// The files.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many names.
    pub files: u64,
    /// Bytes of each.
    pub bytes: u64,
    /// How they lie.
    pub layout: Layout,
}

/// How files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each has one name.
    Plain,
    /// Each has two names, the second as far from the first as can be.
    HardLinked,
    /// Each in a folder of its own.
    Apart,
}

/// The storage, and the program that moves it.
pub struct Storage {
    /// Where all of it lies.
    pub dir: PathBuf,
    /// The run's folder.
    pub run: PathBuf,
    binary: PathBuf,
}

impl Storage {
    /// Makes it. What lies in the folder is removed.
    pub fn new(dir: &Path, shape: Shape) -> Result<Self> {
        if dir.exists() {
            std::fs::remove_dir_all(dir)?;
        }
        std::fs::create_dir_all(dir)?;
        let binary = runstow()?;
        let name = binary.to_str().context("the path of the binary is not UTF-8")?;
        let maker = Program::new(name, "postgres://nobody@127.0.0.1:1/none");
        drop(maker.serve(&["demo", "--listen", "127.0.0.1:0"], dir));
        let runs = dir.join("runstow-demo/results/PGM-01");
        let run = std::fs::read_dir(runs)?.next().context("the demo has a run")??.path();
        for entry in std::fs::read_dir(&run)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "dat") {
                std::fs::remove_file(path)?;
            }
        }
        let storage = Self { dir: dir.to_owned(), run, binary };
        storage.fill(shape)?;
        Ok(storage)
    }

    fn fill(&self, shape: Shape) -> Result<()> {
        let mut block = vec![0_u8; usize::try_from(shape.bytes)?.min(1 << 20)];
        let mut random = 1_u64;
        for word in block.chunks_mut(8) {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&random.to_le_bytes()[..word.len()]);
        }
        let new = match shape.layout {
            Layout::HardLinked => shape.files / 2,
            Layout::Plain | Layout::Apart => shape.files,
        };
        for number in 0..shape.files {
            let path = self.path(number, shape.layout);
            if number % IN_A_FOLDER == 0 || shape.layout == Layout::Apart {
                std::fs::create_dir_all(path.parent().context("a folder")?)?;
            }
            if number >= new {
                std::fs::hard_link(self.path(number - new, shape.layout), &path)?;
                continue;
            }
            let mut file = std::fs::File::create(path)?;
            let start = number.to_le_bytes();
            let length = block.len().min(start.len());
            block[..length].copy_from_slice(&start[..length]);
            let mut left = shape.bytes;
            while left > 0 {
                let piece = usize::try_from(left)?.min(block.len());
                file.write_all(&block[..piece])?;
                left -= piece as u64;
            }
        }
        Ok(())
    }

    fn path(&self, number: u64, layout: Layout) -> PathBuf {
        let block = self.run.join(format!("X0_Y{}", number / IN_A_FOLDER));
        let folder = if layout == Layout::Apart { block.join(format!("{number:07}")) } else { block };
        folder.join(format!("acq_{number:07}.dat"))
    }

    /// A new catalog that knows the storage; its address.
    pub fn new_catalog(&self) -> Result<String> {
        let catalog = self.dir.join("catalog");
        if catalog.exists() {
            std::fs::remove_dir_all(&catalog)?;
        }
        std::fs::create_dir(&catalog)?;
        let url = format!("sqlite://{}/catalog.db", catalog.display());
        let results = self.dir.join("runstow-demo/results");
        let scanned = self
            .runstow(&url, &["scan", "--file-server"])
            .arg(&results)
            .arg("--report-storage")
            .arg(results.join("analysis/output/Home"))
            .output()?;
        if !scanned.status.success() {
            bail!("the scan failed: {}", String::from_utf8_lossy(&scanned.stderr));
        }
        Ok(url)
    }

    /// The program on a catalog.
    pub fn runstow(&self, url: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(["--database-url", url]).args(args);
        command
    }
}
