//! One way to answer every list: find the ids once per version of the catalog, then show a slice of them.

use std::collections::HashMap;
use std::sync::Arc;

use sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement};

use super::predicate::{self, ids_of, list_alias};
use super::remembered::Remembered;
use super::resource::stored::{Sql, StoredColumn};
use super::{ListQuery, Page, Resource};
use crate::Catalog;
use crate::db::{Dialect, Row, Tx};
use crate::error::{CatalogError, Result};
use crate::tables::CatalogVersion;

/// How often the ids that all share are tried. A catalog that changes each time between them and their records is then
/// read in one transaction.
const TRIES: usize = 2;

/// All ids of a list, in order, and the version of the catalog at which it had them.
#[derive(Clone)]
pub(crate) struct Selection {
    version: i64,
    ids: Arc<[i64]>,
}

impl Selection {
    /// Room for ids of lists, in bytes.
    const CAPACITY: u64 = 32 << 20;

    /// A memory for the lists of a catalog.
    pub(crate) fn remembered() -> Remembered<Self> {
        Remembered::new(Self::CAPACITY, |found| size_of_val(&*found.ids))
    }

    /// Reads the answer to [`selecting`].
    fn read(row: Option<&Row>) -> Result<Self> {
        let Some(row) = row else { return Ok(Self { version: 0, ids: Arc::from([]) }) };
        let joined = row.get::<Option<String>>(1)?.unwrap_or_default();
        let ids =
            joined.split(' ').filter(|id| !id.is_empty()).map(str::parse).collect::<Result<Arc<[i64]>, _>>();
        let ids =
            ids.map_err(|_| CatalogError::Invalid("the catalog holds an id that is no number".into()))?;
        Ok(Self { version: row.get(0)?, ids })
    }
}

impl Catalog {
    /// One page of a list, at the catalog's present version.
    ///
    /// # Errors
    /// When the database does not answer, or finds a pattern too complex ([`CatalogError::Invalid`]).
    pub async fn list<R: Resource>(&self, query: &ListQuery<R>) -> Result<Page<R::Row>> {
        let version = self.version().await?;
        self.list_at(version, query).await
    }

    /// As [`Catalog::list`] for callers that have just read the version. Runs two statements, or one
    /// when another page of the same list was shown at this version, or is being computed just now. The page may be of
    /// a newer version.
    ///
    /// # Errors
    /// As [`Catalog::list`].
    pub async fn list_at<R: Resource>(&self, version: i64, query: &ListQuery<R>) -> Result<Page<R::Row>> {
        let mut version = version;
        for _ in 0..TRIES {
            let found = self.selection(version, query).await?;
            let total = found.ids.len() as u64;
            let slice = slice(&found.ids, query.limit, query.offset);
            if slice.is_empty() {
                return Ok(Page { version: found.version, total, rows: Vec::new() });
            }
            // One statement sees one version; when it is not the one of the ids, both are read anew.
            let records = records_of::<R>(slice, self.db.dialect());
            let (now, rows) = in_order::<R>(self.db.first(&records).await?.as_ref(), slice)?;
            if now == found.version {
                return Ok(Page { version: now, total, rows });
            }
            version = now;
        }
        let mut tx = self.db.snapshot().await?;
        let found = select(&mut tx, query).await?;
        let slice = slice(&found.ids, query.limit, query.offset);
        let rows = tx.records::<R>(slice).await?;
        tx.commit().await?;
        Ok(Page { version: found.version, total: found.ids.len() as u64, rows })
    }

    /// All ids of a list at a version, or at a newer one.
    async fn selection<R: Resource>(&self, version: i64, query: &ListQuery<R>) -> Result<Selection> {
        let list = format!("{} {:?} {:?} {:?}", R::NAME, query.conditions, query.narrowing, query.order);
        let compute = || {
            let (db, statement) = (self.db.clone(), selecting(query, self.db.dialect()));
            async move { Selection::read(db.first(&statement).await.map_err(too_complex)?.as_ref()) }
        };
        self.selections.at(version, list, compute).await
    }

    /// The records of these ids, in this order; ids that are not there are passed over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_ids<R: Resource>(&self, ids: &[i64]) -> Result<Vec<R::Row>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(in_order::<R>(self.db.first(&records_of::<R>(ids, self.db.dialect())).await?.as_ref(), ids)?.1)
    }
}

/// The same inside a transaction that goes on to change what it has read.
impl Tx {
    /// All ids of a list, in order.
    pub(crate) async fn ids_of<R: Resource>(&mut self, query: &ListQuery<R>) -> Result<Arc<[i64]>> {
        Ok(select(self, query).await?.ids)
    }

    /// The records of these ids, in this order; ids that are not there are passed over.
    pub(crate) async fn records<R: Resource>(&mut self, ids: &[i64]) -> Result<Vec<R::Row>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = records_of::<R>(ids, self.dialect());
        Ok(in_order::<R>(self.first(&query).await?.as_ref(), ids)?.1)
    }
}

async fn select<R: Resource>(tx: &mut Tx, query: &ListQuery<R>) -> Result<Selection> {
    let statement = selecting(query, tx.dialect());
    Selection::read(tx.first(&statement).await.map_err(too_complex)?.as_ref())
}

/// The query for the version, and for all ids of a list in order.
fn selecting<R: Resource>(query: &ListQuery<R>, dialect: Dialect) -> SelectStatement {
    let id = Alias::new("id");
    let mut inner = Query::select();
    R::find(&mut inner);
    inner.expr_as(R::id(), id.clone()).cond_where(R::narrow(&query.narrowing, Sql(dialect)));
    for condition in &query.conditions {
        inner.and_where(predicate::condition(condition.column, &condition.test, dialect));
    }
    let mut by_id = false;
    for (column, direction) in &query.order {
        predicate::sort(&mut inner, *column, *direction);
        by_id = column.value() == R::id();
        if by_id {
            break; // later keys can not change anything
        }
    }
    if !by_id {
        // Ties come in the order in which the original's database met them, which is mostly this one.
        let order = if query.order.is_empty() { Order::Desc } else { Order::Asc };
        inner.order_by_expr(R::id(), order);
    }
    // One text instead of a row for each id: handing over 100,000 rows takes longer than finding them.
    let ids = Expr::col((list_alias(), id));
    let joined = match dialect {
        Dialect::Sqlite => Func::cust("group_concat").arg(ids).arg(" "),
        Dialect::Postgres => Func::cust("string_agg").arg(ids.cast_as("text")).arg(" "),
    };
    Query::select()
        .expr(Expr::SubQuery(None, Box::new(version_of_catalog().into())))
        .expr(joined)
        .from_subquery(inner, list_alias())
        .to_owned()
}

/// The query for the records of these ids, in any order: one row with the version they are read at and a
/// JSON array of all of them. A thousand rows of twenty columns, handed over one by one, take twice as long.
fn records_of<R: Resource>(ids: &[i64], dialect: Dialect) -> SelectStatement {
    let (one, all) = match dialect {
        Dialect::Sqlite => ("json_array", "json_group_array"),
        Dialect::Postgres => ("json_build_array", "json_agg"),
    };
    let record = Func::cust(one).args(R::columns());
    let mut select = Query::select();
    select
        .expr(Expr::SubQuery(None, Box::new(version_of_catalog().into())))
        .expr(Expr::from(Func::cust(all).arg(Expr::from(record))).cast_as("text"));
    R::find(&mut select);
    R::join(&mut select);
    select.and_where(R::id().in_subquery(ids_of(ids, dialect))).to_owned()
}

/// The records in the order of their ids, and the version they were read at.
fn in_order<R: Resource>(found: Option<&Row>, ids: &[i64]) -> Result<(i64, Vec<R::Row>)> {
    let Some(row) = found else { return Ok((0, Vec::new())) };
    let json = row.get::<Option<String>>(1)?.unwrap_or_default();
    let flat: Vec<R::Flat> = if json.is_empty() {
        Vec::new()
    } else {
        serde_json::from_str(&json)
            .map_err(|error| CatalogError::Invalid(format!("the catalog holds a broken record: {error}")))?
    };
    let mut places: HashMap<i64, usize> = HashMap::with_capacity(ids.len());
    places.extend(ids.iter().copied().zip(0..));
    let mut rows: Vec<Option<R::Row>> = vec![None; ids.len()];
    for (id, record) in flat.into_iter().map(R::record) {
        if let Some(place) = places.get(&id) {
            rows[*place] = Some(record);
        }
    }
    Ok((row.get(0)?, rows.into_iter().flatten().collect()))
}

fn version_of_catalog() -> SelectStatement {
    Query::select().column(CatalogVersion::Version).from(CatalogVersion::Table).to_owned()
}

fn slice(ids: &[i64], limit: u64, offset: u64) -> &[i64] {
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(ids.len());
    &ids[place(offset)..place(offset.saturating_add(limit))]
}

/// PostgreSQL gives up on some patterns that the regex crate takes; that is the pattern's fault.
pub(super) fn too_complex(error: CatalogError) -> CatalogError {
    if let CatalogError::Database(database) = &error
        && let Some(inside) = database.as_database_error()
        && inside.code().as_deref() == Some("2201B")
    {
        return CatalogError::Invalid("the pattern is too complex for the catalog's database".into());
    }
    error
}
