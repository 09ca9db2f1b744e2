//! Noting what scans did not find. Absence counts; it never changes a state (lifecycle.md §3.5).

use sea_query::{Expr, ExprTrait, Func, Iden, IntoTableRef, Query};

use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::tables::{Experiments, Results};

/// Ids in one statement.
const PART: usize = 4000;

impl Catalog {
    /// Notes that a scan at this time did not find these runs and reports.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn note_absent(&self, run_ids: &[i64], report_ids: &[i64], now_us: i64) -> Result<()> {
        let mut tx = self.db.write().await?;
        absent(&mut tx, Experiments::Table, RUN, run_ids, now_us).await?;
        absent(&mut tx, Results::Table, REPORT, report_ids, now_us).await?;
        tx.commit().await
    }

    /// Notes that a scan found these runs and reports; only those that had been absent are written.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn note_seen(&self, run_ids: &[i64], report_ids: &[i64], now_us: i64) -> Result<()> {
        let mut tx = self.db.write().await?;
        seen(&mut tx, Experiments::Table, RUN, run_ids, now_us).await?;
        seen(&mut tx, Results::Table, REPORT, report_ids, now_us).await?;
        tx.commit().await
    }
}

/// The columns about absence of one table.
#[derive(Clone, Copy)]
struct Columns<C> {
    id: C,
    scans: C,
    since: C,
    seen: C,
}

const RUN: Columns<Experiments> = Columns {
    id: Experiments::Id,
    scans: Experiments::AbsentScans,
    since: Experiments::AbsentSinceUs,
    seen: Experiments::SeenUs,
};

const REPORT: Columns<Results> = Columns {
    id: Results::Id,
    scans: Results::AbsentScans,
    since: Results::AbsentSinceUs,
    seen: Results::SeenUs,
};

async fn absent<C: Iden + Copy + 'static>(
    tx: &mut Tx,
    table: impl IntoTableRef + Copy,
    columns: Columns<C>,
    ids: &[i64],
    now_us: i64,
) -> Result<()> {
    for part in ids.chunks(PART) {
        let since = Func::coalesce([Expr::col(columns.since), Expr::value(now_us)]);
        let query = Query::update()
            .table(table)
            .value(columns.scans, Expr::col(columns.scans).add(1))
            .value(columns.since, since)
            .and_where(Expr::col(columns.id).is_in(part.iter().copied()))
            .to_owned();
        tx.run(&query).await?;
    }
    Ok(())
}

async fn seen<C: Iden + Copy + 'static>(
    tx: &mut Tx,
    table: impl IntoTableRef + Copy,
    columns: Columns<C>,
    ids: &[i64],
    now_us: i64,
) -> Result<()> {
    for part in ids.chunks(PART) {
        let query = Query::update()
            .table(table)
            .value(columns.scans, 0)
            .value(columns.since, None::<i64>)
            .value(columns.seen, now_us)
            .and_where(Expr::col(columns.id).is_in(part.iter().copied()))
            .and_where(Expr::col(columns.scans).gt(0))
            .to_owned();
        tx.run(&query).await?;
    }
    Ok(())
}
