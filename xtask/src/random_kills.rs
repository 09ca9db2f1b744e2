//! Many rounds of moves that are killed at random moments.

use std::path::Path;

use anyhow::{Context, Result};
use runstow_testkit::kills::{Action, Kills, Round};

use crate::timed::runstow;

/// Kills, restarts, counts. Ends loudly at the first content that is missing or job that is stuck.
pub fn run(dir: &Path, action: Action, rounds: u32, seed: u64) -> Result<()> {
    let binary = runstow()?;
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    let binary = binary.to_str().context("the path of the binary is not UTF-8")?;
    let mut kills = Kills::new(binary, action, dir, seed);
    println!("{action:?} takes {:.0} ms undisturbed", kills.usual().as_secs_f64() * 1000.0);
    let mut sum = Round::default();
    for round in 1..=rounds {
        let Round { kills, in_removal, contents, left_notes } = kills.round();
        sum.kills += kills;
        sum.in_removal += in_removal;
        sum.contents += contents;
        sum.left_notes += left_notes;
        if round % 50 == 0 || round == rounds {
            println!(
                "{round} rounds: killed {} times while it worked, {} of them after the first removal; \
                 {} contents looked for, 0 lost, 0 jobs stuck; {} journals of ended jobs left",
                sum.kills, sum.in_removal, sum.contents, sum.left_notes
            );
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}
