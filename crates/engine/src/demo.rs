//! A small realistic storage to try Runstow on: a PGM run, and an S5 run with thumbnail and re-analysis.
//!
//! Every file is real and has bytes of its own. Names and shapes are those of the field; sizes are
//! about a thousandth.

mod content;
mod report;
mod run;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use runstow_storage::fresh_tree::{FreshTree, FreshTreeError};

/// Marks a folder as a demo made by this, so that a second start can use it again.
const MARKER: &str = "runstow-demo.txt";

/// Where the demo's storage is.
#[derive(Clone, Debug)]
pub struct DemoStorage {
    /// Holds the runs.
    pub file_server: PathBuf,
    /// Holds the reports.
    pub report_storage: PathBuf,
    /// A SQLite file for the demo's catalog.
    pub catalog: PathBuf,
    /// Whether it was there already from an earlier start.
    pub reused: bool,
}

/// Makes the demo storage in `dir`, or finds the one made there before.
///
/// # Errors
/// When `dir` holds anything else, or can not be written.
pub fn make_demo_storage(dir: &Path, now: Timestamp) -> Result<DemoStorage, FreshTreeError> {
    let reused = dir.join(MARKER).is_file();
    if !reused {
        let tree = FreshTree::create(dir)?;
        let mut maker = content::Maker::new(&tree);
        let pgm_started = now - SignedDuration::from_hours(61 * 24);
        let s5_started = now - SignedDuration::from_hours(9 * 24);
        run::pgm(
            &mut maker,
            &run::RunPlan::new("PGM-01", 118, "Cancer_Hotspot_Panel", "318C", "PGM", pgm_started),
        )?;
        run::s5(&mut maker, &run::RunPlan::new("S5-02", 42, "Exome_Trio", "540", "S5", s5_started))?;
        let note = "This folder was made by `runstow demo`. Everything in it is invented; remove it when you like.\n";
        // Last, so that a demo cut off half way is not taken for a whole one.
        maker.text(MARKER, note, now)?;
    }
    Ok(DemoStorage {
        file_server: dir.join("results"),
        report_storage: dir.join("results/analysis/output/Home"),
        catalog: dir.join("catalog.sqlite3"),
        reused,
    })
}
