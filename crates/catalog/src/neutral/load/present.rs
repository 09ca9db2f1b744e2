//! What the catalog holds before a load, and its removal.

use sea_query::{Expr, ExprTrait, Iden, Query};

use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::records::{self, GlobalconfigRow};
use crate::tables::{
    ApiKeys, CategoryKeeps, CategoryStates, Events, Experiments, Fileservers, Globalconfig, Holds,
    JobBatches, Jobs, Messages, RememberedAnswers, Results, RunKeeps, ScanWarnings, Scans, Sessions,
    Settings, Trash, Users, Volumes,
};
use crate::{ids, settings};

/// Refuses a catalog that holds anything but the defaults that a fresh one is given.
pub(super) async fn require_empty(tx: &mut Tx) -> Result<()> {
    let mut found = Vec::new();
    for (count, what) in [
        (count(tx, Experiments::Table).await?, "runs"),
        (count(tx, Results::Table).await?, "reports"),
        (count(tx, Users::Table).await?, "users"),
        (count(tx, Events::Table).await?, "events"),
        (count(tx, Fileservers::Table).await?, "file servers"),
        (count(tx, Messages::Table).await?, "messages"),
        (count(tx, Volumes::Table).await?, "volumes"),
        (count(tx, Trash::Table).await?, "entries of the trash"),
    ] {
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    let config: Vec<GlobalconfigRow> =
        records::read_all(&tx.all(&records::select::<GlobalconfigRow>()).await?)?;
    if config.iter().any(|row| *row != GlobalconfigRow::default()) {
        found.push("a changed configuration".into());
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(CatalogError::Conflict(format!(
        "the catalog holds {} already, and nothing was changed: load into an empty catalog, or use --replace to \
         remove all of that first",
        found.join(", ")
    )))
}

async fn count(tx: &mut Tx, table: impl Iden + 'static) -> Result<i64> {
    let query = Query::select().expr(Expr::col(sea_query::Asterisk).count()).from(table).to_owned();
    match tx.first(&query).await? {
        Some(row) => row.get(0),
        None => Ok(0),
    }
}

/// Empties the catalog, children before parents, and starts all ids at 1. Secret settings stay: no document
/// brings them back.
pub(super) async fn clear(tx: &mut Tx) -> Result<()> {
    async fn empty(tx: &mut Tx, table: impl Iden + 'static) -> Result<u64> {
        tx.run(&Query::delete().from_table(table).to_owned()).await
    }
    empty(tx, RememberedAnswers::Table).await?;
    empty(tx, Trash::Table).await?;
    empty(tx, Jobs::Table).await?;
    empty(tx, JobBatches::Table).await?;
    empty(tx, Holds::Table).await?;
    empty(tx, RunKeeps::Table).await?;
    empty(tx, CategoryKeeps::Table).await?;
    empty(tx, Sessions::Table).await?;
    empty(tx, ApiKeys::Table).await?;
    empty(tx, Users::Table).await?;
    empty(tx, CategoryStates::Table).await?;
    empty(tx, Results::Table).await?;
    empty(tx, Experiments::Table).await?;
    empty(tx, Events::Table).await?;
    empty(tx, Fileservers::Table).await?;
    empty(tx, Messages::Table).await?;
    empty(tx, Globalconfig::Table).await?;
    empty(tx, Volumes::Table).await?;
    empty(tx, ScanWarnings::Table).await?;
    empty(tx, Scans::Table).await?;
    let open = Query::delete().from_table(Settings::Table).and_where(settings::is_secret().not()).to_owned();
    tx.run(&open).await?;
    ids::reset(tx).await
}
