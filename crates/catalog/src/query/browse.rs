//! Lists for programs that page by cursor: where a page begins depends on the last record seen, not on how many came
//! before, so records that come or go meanwhile neither repeat nor hide others.

mod entries;
mod events;
mod keyset;
#[cfg(test)]
mod plans;

use sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};

pub use entries::ReportEntry;
pub use events::{EventFilter, LoggedEvent};
pub use keyset::{BrowseKey, BrowseOrder, SortValue};

use super::resource::stored::{Listed as _, Sql};
use super::{Direction, ReportNarrowing, Reports, reports};
use crate::Catalog;
use crate::db::{Dialect, Row};
use crate::error::Result;
use crate::tables::Results;

/// Which reports to show, in which order, after which one.
#[derive(Clone, Debug)]
pub struct ReportBrowse {
    /// By name and by the state of the categories.
    pub narrowing: ReportNarrowing,
    /// Those of this run.
    pub run: Option<i64>,
    /// Those that analyse the thumbnail only (`true`), or the others.
    pub thumbnail: Option<bool>,
    /// Made at this instant or later: microseconds since 1970 UTC.
    pub from_us: Option<i64>,
    /// Made before this instant.
    pub before_us: Option<i64>,
    /// With at least so many MB of their own (basecall, output and misc).
    pub min_mb: Option<i64>,
    /// With at most so many MB of their own.
    pub max_mb: Option<i64>,
    /// What to sort by. Ties go by number, the same way.
    pub order: BrowseOrder,
    /// Which way.
    pub direction: Direction,
    /// Those that come after this place of the order.
    pub after: Option<BrowseKey>,
    /// At most so many.
    pub limit: u64,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Browsed {
    /// The reports, in order.
    pub entries: Vec<ReportEntry>,
    /// Where the next page begins; none: this is the last one.
    pub next: Option<BrowseKey>,
}

impl Catalog {
    /// One page of reports, as they are at one instant.
    ///
    /// # Errors
    /// When the database does not answer, or finds a pattern too complex ([`crate::CatalogError::Invalid`]).
    pub async fn browse_reports(&self, browse: &ReportBrowse) -> Result<Browsed> {
        let mut tx = self.db.snapshot().await?;
        let query = page(browse, tx.dialect());
        let rows = tx.all(&query).await.map_err(super::listing::too_complex)?;
        let shown = usize::try_from(browse.limit).unwrap_or(usize::MAX).min(rows.len());
        let next = match rows.get(shown.wrapping_sub(1)) {
            Some(last) if rows.len() > shown => Some(key(browse.order, last)?),
            _ => None,
        };
        let ids = rows[..shown].iter().map(|row| row.get(0)).collect::<Result<Vec<i64>>>()?;
        let entries = entries::read(&mut tx, &ids).await?;
        tx.commit().await?;
        Ok(Browsed { entries, next })
    }

    /// How many reports a list has altogether, at this version of the catalog or a newer one. Counted once per version.
    ///
    /// # Errors
    /// As [`Catalog::browse_reports`].
    pub async fn count_browsed(&self, version: i64, browse: &ReportBrowse) -> Result<u64> {
        let ReportBrowse { narrowing, run, thumbnail, from_us, before_us, min_mb, max_mb, .. } = browse;
        let list = format!("{:?}", (narrowing, run, thumbnail, from_us, before_us, min_mb, max_mb));
        let compute = || {
            let mut query = found(browse, browse.narrowing.asks_run(), self.db.dialect());
            query.expr(Func::count(Reports::id()));
            let db = self.db.clone();
            async move {
                let row = db.first(&query).await.map_err(super::listing::too_complex)?;
                row.map_or(Ok(0), |row| Ok(row.get::<i64>(0)?.unsigned_abs()))
            }
        };
        self.counts.at(version, list, compute).await
    }

    /// Everything about one report; `None` when lists do not show it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn report_entry(&self, id: i64) -> Result<Option<ReportEntry>> {
        let mut tx = self.db.snapshot().await?;
        let mut found = entries::read(&mut tx, &[id]).await?;
        Ok(found.pop())
    }
}

fn page(browse: &ReportBrowse, dialect: Dialect) -> SelectStatement {
    let with_run = browse.order == BrowseOrder::Run || browse.narrowing.asks_run();
    let mut query = found(browse, with_run, dialect);
    query.expr(Reports::id()).expr(browse.order.value());
    if let Some(after) = &browse.after {
        query.and_where(keyset::after(browse.order, browse.direction, after));
    }
    keyset::sort(&mut query, browse.order, browse.direction);
    query.limit(browse.limit.saturating_add(1)).to_owned()
}

/// The reports of the list, joined with their runs or not, and no column of them yet.
fn found(browse: &ReportBrowse, with_run: bool, dialect: Dialect) -> SelectStatement {
    let mut query = Query::select();
    if with_run {
        Reports::find(&mut query);
    } else {
        reports::find_alone(&mut query);
    }
    let result = |column| Expr::col((Results::Table, column));
    let narrowed = Reports::narrow(&browse.narrowing, Sql(dialect))
        .add_option(browse.run.map(|run| result(Results::ExperimentId).eq(run)))
        .add_option(browse.thumbnail.map(|thumbnail| result(Results::Thumbnail).eq(thumbnail)))
        .add_option(browse.from_us.map(|us| result(Results::TimeStampUs).gte(us)))
        .add_option(browse.before_us.map(|us| result(Results::TimeStampUs).lt(us)))
        .add_option(browse.min_mb.map(|mb| result(Results::Diskusage).gte(mb)))
        .add_option(browse.max_mb.map(|mb| result(Results::Diskusage).lte(mb)));
    query.cond_where(narrowed).to_owned()
}

fn key(order: BrowseOrder, row: &Row) -> Result<BrowseKey> {
    let value = if order.is_text() { SortValue::Text(row.get(1)?) } else { SortValue::Integer(row.get(1)?) };
    Ok(BrowseKey { value, id: row.get(0)? })
}
