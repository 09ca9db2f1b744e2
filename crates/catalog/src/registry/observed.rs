//! When reports were walked, and what was the newest change seen then: how a scan knows what to leave alone.
//!
//! Nobody computes answers from this, so writing it does not advance the catalog's version.

use std::collections::HashMap;

use sea_query::{Expr, ExprTrait as _, Iden, OnConflict, Query};

use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;

#[derive(Iden, Clone, Copy)]
#[iden = "observations"]
enum Observations {
    Table,
    ResultId,
    NewestUs,
    WalkedUs,
}

/// Rows in one statement.
const PART: usize = 1000;

/// What a scan saw before it walked a report. Times are microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The newest change at the top of the report and its run.
    pub newest_us: i64,
    /// When the walk began.
    pub walked_us: i64,
}

impl Catalog {
    /// What was observed of each report, by its number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn observations(&self) -> Result<HashMap<i64, Observation>> {
        let query = Query::select()
            .columns([Observations::ResultId, Observations::NewestUs, Observations::WalkedUs])
            .from(Observations::Table)
            .to_owned();
        let rows = self.db.all(&query).await?;
        rows.iter()
            .map(|row| Ok((row.get(0)?, Observation { newest_us: row.get(1)?, walked_us: row.get(2)? })))
            .collect()
    }

    /// Keeps what was observed of reports that were walked to the end.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn note_observed(&self, observed: &[(i64, Observation)]) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        for part in observed.chunks(PART) {
            let mut query = Query::insert();
            query.into_table(Observations::Table).columns([
                Observations::ResultId,
                Observations::NewestUs,
                Observations::WalkedUs,
            ]);
            for (id, seen) in part {
                query.values_panic([(*id).into(), seen.newest_us.into(), seen.walked_us.into()]);
            }
            let replace = OnConflict::column(Observations::ResultId)
                .update_columns([Observations::NewestUs, Observations::WalkedUs])
                .to_owned();
            tx.run(query.on_conflict(replace)).await?;
        }
        tx.commit().await
    }
}

/// Forgets what was observed of reports that go.
pub(crate) async fn forget_observed(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    let query = Query::delete()
        .from_table(Observations::Table)
        .and_where(Expr::col(Observations::ResultId).is_in(ids.iter().copied()))
        .to_owned();
    tx.run(&query).await.map(drop)
}
