//! Which reports a command is about: those that were named, or those that are like something.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use runstow_engine::catalog::{Catalog, ReportQuery};

use super::files;
use crate::cli::Filter;
use crate::terminal;

/// Reports asked for at once.
const PAGE: u64 = 500;

/// The reports of these ids or names, or else those that the filter finds, by id; each once. What a filter has found is told.
///
/// # Errors
/// When one that was named is not there, the pattern is none, or nothing is found.
pub async fn reports(catalog: &Catalog, names: &[String], filter: &Filter) -> Result<Vec<i64>> {
    let mut meant = Vec::new();
    for name in names {
        let id = files::named(catalog, name).await?.report.id;
        if !meant.contains(&id) {
            meant.push(id);
        }
    }
    if filter.is_empty() {
        return Ok(meant);
    }
    let query = query(filter)?;
    loop {
        let page = ReportQuery { limit: PAGE, offset: meant.len() as u64, ..query.clone() };
        let page = catalog.reports(&page).await?;
        meant.extend(page.rows.iter().map(|row| row.id));
        if page.rows.is_empty() || meant.len() as u64 >= page.total {
            break;
        }
    }
    meant.sort_unstable();
    meant.dedup();
    if meant.is_empty() {
        bail!("no report matches; `runstow ls` with the same options shows those that do");
    }
    terminal::note(&format!("{} reports match", meant.len()));
    Ok(meant)
}

/// The question to the catalog that a filter stands for.
///
/// # Errors
/// When the pattern is none.
pub fn query(filter: &Filter) -> Result<ReportQuery> {
    let pattern = filter.matching.as_deref().unwrap_or_default();
    filter.query(Timestamp::now()).with_context(|| format!("search {pattern:?}"))
}
