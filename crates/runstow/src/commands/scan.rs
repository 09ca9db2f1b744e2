//! `runstow scan`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_engine::scan::{Measuring, ScanOutcome, ScanSettings, register_runs_file, scan};
use runstow_lifecycle::Megabytes;

use crate::cli::Scan;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::{self, progress::TerminalProgress, table::size};

/// Some storage was skipped.
const SKIPPED: u8 = 3;

/// Scans once.
///
/// # Errors
/// When there is nothing to scan, the runs.json is not usable, or the catalog can not be written.
pub async fn run(context: &Context, options: &Scan) -> Result<ExitCode> {
    let (config, catalog) = context.both().await?;
    let mut settings = settings(&config)?;
    settings.measuring = match (options.full, options.no_measure) {
        (true, _) => Measuring::All,
        (_, true) => Measuring::Nothing,
        _ => Measuring::Changed,
    };
    add_roots(&mut settings.roots, &options.file_servers, RootKind::Runs)?;
    add_roots(&mut settings.roots, &options.report_storages, RootKind::Reports)?;
    let progress = Arc::new(TerminalProgress::default());
    let outcome = match &options.runs {
        Some(file) => register_runs_file(&catalog, file, &settings, progress).await?,
        None => {
            if settings.roots.is_empty() {
                bail!(
                    "there is nothing to scan: name storage roots in runstow.toml ([[file_server]], [[report_storage]]) \
                     or with --file-server DIR and --report-storage DIR"
                );
            }
            scan(&catalog, &settings, progress).await?
        }
    };
    if options.json {
        terminal::line(&serde_json::to_string(&outcome)?);
    } else {
        tell(&outcome);
    }
    catalog.close().await;
    Ok(if outcome.skipped_volumes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SKIPPED) })
}

/// What the configuration says about scans.
///
/// # Errors
/// When the zone or the site's file sets are not usable.
pub fn settings(config: &Config) -> Result<ScanSettings> {
    let mut roots = Vec::new();
    for (kind, configured) in
        [(RootKind::Runs, &config.file_server), (RootKind::Reports, &config.report_storage)]
    {
        roots.extend(configured.iter().map(|root| StorageRoot {
            name: root.name.clone(),
            path: root.path.clone(),
            kind,
            depth: root.depth.unwrap_or(kind.usual_depth()),
            mark: root.mark,
        }));
    }
    let mut settings = ScanSettings::new(roots);
    settings.quiet = jiff::SignedDuration::from_mins(config.scan.quiet_minutes.into());
    settings.remeasure = jiff::SignedDuration::from_hours(config.scan.remeasure_hours.into());
    settings.zone = config.scan.zone()?;
    if let Some(path) = &config.scan.file_sets {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("can not read file sets {}", path.display()))?;
        settings.add_file_sets(&text).with_context(|| format!("file sets {}", path.display()))?;
    }
    Ok(settings)
}

fn add_roots(roots: &mut Vec<StorageRoot>, paths: &[std::path::PathBuf], kind: RootKind) -> Result<()> {
    for path in paths {
        let path =
            std::path::absolute(path).with_context(|| format!("no absolute path for {}", path.display()))?;
        if roots.iter().any(|root| root.path == path) {
            continue;
        }
        let name = free_name(roots, &path);
        roots.push(StorageRoot { name, path, kind, depth: kind.usual_depth(), mark: true });
    }
    Ok(())
}

/// The folder's own name, or its path when another root has that name.
fn free_name(roots: &[StorageRoot], path: &Path) -> String {
    let own =
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned();
    if roots.iter().any(|root| root.name == own) { path.to_string_lossy().into_owned() } else { own }
}

/// The outcome, for people.
pub fn tell(outcome: &ScanOutcome) {
    for volume in &outcome.skipped_volumes {
        terminal::note(&format!("skipped: {} ({}): {}", volume.name, volume.path, volume.reason));
    }
    let ScanOutcome { runs, new_runs, reports, new_reports, absent, measured, files, bytes, .. } = outcome;
    terminal::line(&format!("{runs} runs ({new_runs} new), {reports} reports ({new_reports} new)"));
    if *absent > 0 {
        terminal::line(&format!(
            "{absent} known runs or reports were not found; nothing changes state by that"
        ));
    }
    terminal::line(&format!(
        "measured {measured} reports: {files} files, {} (what reports share counts for each) in {:.1} s",
        size(Some(Megabytes::from_bytes(*bytes).0)),
        outcome.seconds
    ));
    if !outcome.warnings.is_empty() {
        terminal::line(&format!("{} warnings", outcome.warnings.len()));
    }
}
