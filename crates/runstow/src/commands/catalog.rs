//! `runstow catalog load` and `dump`

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use runstow_engine::catalog::{Catalog, Replace};

use crate::cli::CatalogCommand;
use crate::context::Context;
use crate::terminal;

/// Runs one of the two.
///
/// # Errors
/// When the file can not be read or the catalog does not take it; then nothing was changed.
pub async fn run(context: &Context, command: CatalogCommand) -> Result<ExitCode> {
    // Not `both()`: defaults are not to be written into a catalog that is about to be loaded.
    let config = context.config()?;
    let catalog = match command {
        CatalogCommand::Load { .. } => Catalog::open(&context.database_url(&config)?).await?,
        CatalogCommand::Dump => context.existing().await?.1,
    };
    match command {
        CatalogCommand::Load { replace, file } => {
            let bytes = read(&file)?;
            let replace = if replace { Replace::Yes } else { Replace::No };
            let summary =
                catalog.load(bytes, replace).await.with_context(|| format!("loading {}", file.display()))?;
            terminal::line(&format!("loaded {summary}"));
        }
        CatalogCommand::Dump => terminal::line(catalog.dump().await?.trim_end_matches('\n')),
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("can not read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("can not read {}", file.display()))
}
