//! `runstow catalog`

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use runstow_engine::catalog::{Catalog, Replace, TrashFilter, Trashed};

use super::plans::bytes;
use super::settle;
use crate::cli::{CatalogCommand, Load};
use crate::context::Context;
use crate::terminal;

/// Runs one of them.
///
/// # Errors
/// When the file can not be read or the catalog does not take it; then nothing was changed.
pub async fn run(context: &Context, command: &CatalogCommand) -> Result<ExitCode> {
    match command {
        CatalogCommand::Load(options) => load(context, options).await,
        CatalogCommand::Dump => {
            let (_, catalog) = context.existing().await?;
            terminal::line(catalog.dump().await?.trim_end_matches('\n'));
            catalog.close().await;
            Ok(ExitCode::SUCCESS)
        }
        CatalogCommand::Settle(options) => settle::run(context, options).await,
    }
}

async fn load(context: &Context, options: &Load) -> Result<ExitCode> {
    // Not `both()`: defaults are not to be written into a catalog that is about to be loaded.
    let catalog = Catalog::open(&context.database_url(&context.config()?)?).await?;
    let document = read(&options.file)?;
    let replace = match (options.replace, options.forget_trash) {
        (false, _) => Replace::No,
        (true, false) => Replace::Yes,
        (true, true) => Replace::ForgettingTrash,
    };
    let before = catalog.trash(TrashFilter::default()).await?;
    let summary = catalog
        .load(document, replace)
        .await
        .with_context(|| format!("loading {}", options.file.display()))?;
    terminal::line(&format!("loaded {summary}"));
    if summary.jobs > 0 {
        terminal::note("The jobs go on as soon as a worker takes them; `runstow jobs` lists them.");
    }
    forgotten(&before, &catalog.trash(TrashFilter::default()).await?);
    settle::tell(&catalog).await?;
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Names what nobody else will name again.
fn forgotten(before: &[Trashed], after: &[Trashed]) {
    for entry in before.iter().filter(|entry| after.iter().all(|other| other.folder != entry.folder)) {
        terminal::note(&format!(
            "forgotten: {} of report {}, {}, in {}",
            entry.category,
            entry.report_id,
            bytes(u64::try_from(entry.bytes).unwrap_or(0)),
            terminal::harmless(&entry.folder.text())
        ));
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("can not read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("can not read {}", file.display()))
}
