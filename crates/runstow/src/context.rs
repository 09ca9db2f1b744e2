//! What most commands need: configuration and an open catalog.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use runstow_engine::catalog::{Catalog, DatabaseUrl};

use crate::cli::Global;
use crate::config::Config;

/// The options of every command, and what follows from them.
pub struct Context {
    global: Global,
}

impl Context {
    /// Nothing is read yet.
    pub fn new(global: Global) -> Self {
        Self { global }
    }

    /// The configuration.
    ///
    /// # Errors
    /// When a file was named or found and is not valid.
    pub fn config(&self) -> Result<Config> {
        Config::load(self.global.config.as_deref())
    }

    /// The catalog's address: flag, environment, file, default.
    ///
    /// # Errors
    /// When it is no address, or the default place can not be made.
    pub fn database_url(&self, config: &Config) -> Result<DatabaseUrl> {
        let given = self.global.database_url.as_deref().or(config.catalog.url.as_deref());
        match given {
            Some(text) => Ok(text.parse()?),
            None => Ok(DatabaseUrl::Sqlite(default_catalog())),
        }
    }

    /// Opens the catalog.
    ///
    /// # Errors
    /// When it can not be opened.
    pub async fn catalog(&self, config: &Config) -> Result<Catalog> {
        let url = self.database_url(config)?;
        let catalog = Catalog::open(&url).await?;
        catalog.ensure_defaults().await.or_else(|error| match error {
            // Reading is still possible on a read-only disk.
            runstow_engine::catalog::CatalogError::NotWritable(_) => Ok(()),
            other => Err(other),
        })?;
        Ok(catalog)
    }

    /// Configuration and a catalog that is there already: a mistyped address must not look like an empty catalog.
    ///
    /// # Errors
    /// When there is none, or one of them can not be had.
    pub async fn existing(&self) -> Result<(Config, Catalog)> {
        let config = self.config()?;
        let url = self.database_url(&config)?;
        if let DatabaseUrl::Sqlite(path) = &url
            && !path.exists()
        {
            bail!(
                "there is no catalog at {} yet; `runstow scan` or `runstow serve` makes it",
                path.display()
            );
        }
        let catalog = Catalog::open(&url).await?;
        Ok((config, catalog))
    }

    /// Configuration and catalog.
    ///
    /// # Errors
    /// When one of them can not be had.
    pub async fn both(&self) -> Result<(Config, Catalog)> {
        let config = self.config()?;
        let catalog = self.catalog(&config).await.context("opening the catalog")?;
        Ok((config, catalog))
    }
}

/// `$STATE_DIRECTORY` of systemd, else `/var/lib/runstow` when it is there, else the user's own data folder.
fn default_catalog() -> PathBuf {
    const NAME: &str = "catalog.sqlite3";
    if let Some(dir) = std::env::var_os("STATE_DIRECTORY") {
        return PathBuf::from(dir).join(NAME);
    }
    let system = PathBuf::from("/var/lib/runstow");
    if system.is_dir() {
        return system.join(NAME);
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    data.unwrap_or_default().join("runstow").join(NAME)
}
