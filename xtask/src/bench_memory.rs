//! The memory that moves take, with very many files, hard links and folders.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::storage::{Layout, REPORT, Shape, Storage};
use crate::timed;

const CATEGORY: [&str; 2] = ["--category", "sigproc"];

/// Measures every action on `files` files of each kind.
pub fn measure(dir: &Path, files: u64) -> Result<()> {
    println!("{:<24}{:<22}{:>10}{:>12}", format!("{files} files of 100 bytes"), "", "seconds", "peak MB");
    let layouts = [
        ("one name each", Layout::Plain),
        ("two names each", Layout::HardLinked),
        ("a folder each", Layout::Apart),
    ];
    for (name, layout) in layouts {
        let storage = Storage::new(dir, Shape { files, bytes: 100, layout })?;
        let url = storage.new_catalog()?;
        let to = |folder: &str| -> Result<PathBuf> {
            let path = storage.dir.join(folder);
            std::fs::create_dir_all(&path)?;
            Ok(path)
        };
        let (archive, export) = (to("archive")?, to("export")?);
        let act = |action: &str, more: &[&str]| -> Result<()> {
            let mut command = storage.runstow(&url, &[action]);
            command.args(CATEGORY).args(more);
            let taken = timed::run(&mut command)?;
            println!("{name:<24}{action:<22}{:>10.1}{:>12.0}", taken.seconds, taken.peak_mb);
            Ok(())
        };
        let [archive, export] = [&archive, &export].map(|path| path.display().to_string());
        let copy = |to| [REPORT, "--not-mounted", "--unfinished", "--yes", "--to", to];
        act("export", &copy(&export))?;
        act("archive", &copy(&archive))?;
        act("verify", &[REPORT])?;
        act("restore", &[REPORT, "--yes"])?;
        act("delete", &[REPORT, "--unfinished", "--yes"])?;
        act("restore", &[REPORT, "--yes"])?;
        act("delete", &[REPORT, "--unfinished", "--yes", "--no-trash"])?;
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}
