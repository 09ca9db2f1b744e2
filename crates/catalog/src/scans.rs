//! The history of scans: when, with what outcome, and what they warned of.

use sea_query::{Expr, ExprTrait, Func, Order, Query};

use crate::Catalog;
use crate::db::Row;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::ids::{self, Sequence};
use crate::tables::{ScanWarnings, Scans};
use crate::times::now_us;

/// Scans kept.
const KEPT: i64 = 100;

/// Warnings in one statement.
const PART: usize = 1000;

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOutcome {
    /// It runs, or the program that ran it was killed.
    Running,
    /// It saw all there is.
    Complete,
    /// It left something out, such as a volume that is not there.
    Partial,
    /// It was stopped by someone.
    Stopped,
    /// It could not go on.
    Failed,
}

impl ScanOutcome {
    const ALL: [Self; 5] = [Self::Running, Self::Complete, Self::Partial, Self::Stopped, Self::Failed];

    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// One scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its number.
    pub id: i64,
    /// When it started, in microseconds since 1970 UTC.
    pub started_us: i64,
    /// When it ended.
    pub finished_us: Option<i64>,
    /// How it ended.
    pub outcome: ScanOutcome,
    /// What it did, as JSON of the caller's making.
    pub summary: String,
    /// How many warnings it gave.
    pub warnings: i64,
}

/// Something that a scan could not make sense of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanWarning {
    /// The file or directory.
    pub path: String,
    /// What is wrong with it and what became of it.
    pub message: String,
}

impl Catalog {
    /// Notes that a scan has started, and gives its number.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn start_scan(&self) -> Result<i64> {
        let mut tx = self.db.write_aside().await?;
        let id = ids::take(&mut tx, Sequence::Scans, 1).await?;
        let query = Query::insert()
            .into_table(Scans::Table)
            .columns([Scans::Id, Scans::StartedUs, Scans::Outcome, Scans::Summary])
            .values_panic([id.into(), now_us().into(), ScanOutcome::Running.name().into(), "{}".into()])
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Notes how a scan ended and what it warned of. The last 100 scans are kept.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn finish_scan(
        &self,
        id: i64,
        outcome: ScanOutcome,
        summary: &str,
        warnings: &[ScanWarning],
    ) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        let query = Query::update()
            .table(Scans::Table)
            .value(Scans::FinishedUs, now_us())
            .value(Scans::Outcome, outcome.name())
            .value(Scans::Summary, without_nul(summary))
            .and_where(Expr::col(Scans::Id).eq(id))
            .to_owned();
        if tx.run(&query).await? == 0 {
            return Err(CatalogError::NotFound(format!("there is no scan number {id}")));
        }
        for (part, first) in warnings.chunks(PART).zip((0_i64..).step_by(PART)) {
            let mut query = Query::insert();
            query.into_table(ScanWarnings::Table).columns([
                ScanWarnings::ScanId,
                ScanWarnings::Position,
                ScanWarnings::Path,
                ScanWarnings::Message,
            ]);
            for (warning, position) in part.iter().zip(first..) {
                let (path, message) = (without_nul(&warning.path), without_nul(&warning.message));
                query.values_panic([id.into(), position.into(), path.into(), message.into()]);
            }
            tx.run(&query).await?;
        }
        let old = Query::delete()
            .from_table(Scans::Table)
            .and_where(Expr::col(Scans::Id).lte(id - KEPT))
            .to_owned();
        tx.run(&old).await?;
        tx.commit().await
    }

    /// The last scans, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_scans(&self, count: u64) -> Result<Vec<Scan>> {
        let warnings = Query::select()
            .expr(Func::count(Expr::col((ScanWarnings::Table, ScanWarnings::Position))))
            .from(ScanWarnings::Table)
            .and_where(
                Expr::col((ScanWarnings::Table, ScanWarnings::ScanId)).equals((Scans::Table, Scans::Id)),
            )
            .to_owned();
        let query = Query::select()
            .columns([
                (Scans::Table, Scans::Id),
                (Scans::Table, Scans::StartedUs),
                (Scans::Table, Scans::FinishedUs),
                (Scans::Table, Scans::Outcome),
                (Scans::Table, Scans::Summary),
            ])
            .expr(Expr::SubQuery(None, Box::new(warnings.into())))
            .from(Scans::Table)
            .order_by((Scans::Table, Scans::Id), Order::Desc)
            .limit(count)
            .to_owned();
        self.db.all(&query).await?.iter().map(read).collect()
    }

    /// What a scan warned of, in the order given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn scan_warnings(&self, scan_id: i64) -> Result<Vec<ScanWarning>> {
        let query = Query::select()
            .columns([ScanWarnings::Path, ScanWarnings::Message])
            .from(ScanWarnings::Table)
            .and_where(Expr::col(ScanWarnings::ScanId).eq(scan_id))
            .order_by(ScanWarnings::Position, Order::Asc)
            .to_owned();
        let rows = self.db.all(&query).await?;
        rows.iter().map(|row| Ok(ScanWarning { path: row.get(0)?, message: row.get(1)? })).collect()
    }
}

fn read(row: &Row) -> Result<Scan> {
    let outcome: String = row.get(3)?;
    let outcome = ScanOutcome::ALL.into_iter().find(|known| known.name() == outcome).ok_or_else(|| {
        CatalogError::Invalid(format!("the catalog holds a scan with the unknown outcome {outcome:?}"))
    })?;
    Ok(Scan {
        id: row.get(0)?,
        started_us: row.get(1)?,
        finished_us: row.get(2)?,
        outcome,
        summary: row.get(4)?,
        warnings: row.get(5)?,
    })
}
