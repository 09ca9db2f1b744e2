//! `runstow verify --dir`: archives without a catalog.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use runstow_engine::moves::verify::{Bare, BareTold, Choice, Stop, Watch, grouped, verify_bare};
use runstow_lifecycle::{Category, Megabytes};

use super::super::serve;
use crate::cli::Verify;
use crate::terminal::{self, harmless, table::size};

/// Stops at Ctrl-C.
#[derive(Default)]
struct Stopped(AtomicBool);

impl Watch for Stopped {
    fn go_on(&self) -> Result<(), Stop> {
        if self.0.load(Ordering::SeqCst) { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

/// Reads all archives in a directory; true when all are whole.
///
/// # Errors
/// When there are none, or they can not be read.
pub async fn run(dir: &Path, options: &Verify) -> Result<bool> {
    let stopped = Arc::new(Stopped::default());
    let stop = serve::stop_signal()?;
    let watch = Arc::clone(&stopped);
    let dir = dir.to_owned();
    let categories =
        if options.category.is_empty() { Category::ALL.to_vec() } else { options.category.clone() };
    let choice = options.sample.map_or(Choice::All, |sample| sample.choice(rand::random()));
    let reading = tokio::task::spawn_blocking(move || {
        let mut whole = true;
        let mut told = |told: BareTold<'_>| match told {
            BareTold::Found(folder, finding) => {
                let mut path = folder.to_string_lossy().into_owned();
                if !finding.path.0.is_empty() {
                    path += &format!("/{}", finding.path);
                }
                terminal::line(&format!("{}: {}", harmless(&path), harmless(&finding.damage.to_string())));
            }
            BareTold::Read(bare) => {
                whole &= bare.verified.whole();
                tell(&bare);
            }
        };
        let count = verify_bare(&dir, &categories, choice, &*watch, &mut told)?;
        if count == 0 {
            bail!(
                "no archive of Runstow lies in {} or below it (looked for serialized_….json and runstow_….jsonl)",
                dir.display()
            );
        }
        Ok(whole)
    });
    tokio::select! {
        outcome = reading => outcome?,
        () = stop => {
            stopped.0.store(true, Ordering::SeqCst);
            bail!("stopped; what was told so far is not complete");
        }
    }
}

fn tell(bare: &Bare) {
    let folder = harmless(&bare.folder.to_string_lossy());
    let Some(category) = bare.category else {
        terminal::line(&format!(
            "{folder}: no record of Runstow lies there: there is nothing to compare with"
        ));
        return;
    };
    let verified = &bare.verified;
    let outcome = match verified.findings() {
        0 => "whole".to_owned(),
        count => format!("{} findings", grouped(count)),
    };
    terminal::line(&format!(
        "{folder} {category}: {} of {} files read ({}): {outcome}",
        grouped(verified.read_files),
        grouped(verified.files),
        size(Some(Megabytes::from_bytes(verified.read_bytes).0)),
    ));
    for (notes, what) in [(&verified.times, "times"), (&verified.modes, "permissions")] {
        if notes.count > 0 {
            let count = grouped(notes.count);
            terminal::line(&format!(
                "  note: {count} entries have other {what} than when they were archived"
            ));
        }
    }
    if let Some(why) = &verified.extras_unknown {
        terminal::line(&format!("  note: {}", harmless(why)));
    }
    if !verified.from_medium {
        terminal::line("  note: the file system may have answered from memory");
    }
}
