//! A transaction on either database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_query::{Expr, ExprTrait, Query};
use sea_query_sqlx::SqlxBinder;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use super::{Dialect, Row};
use crate::error::Result;
use crate::tables::CatalogVersion;

/// A transaction. Dropped without [`Tx::commit`] it leaves no trace.
pub(crate) struct Tx {
    inner: Inner,
    statements: Arc<AtomicU64>,
    writes: bool,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) fn sqlite(tx: Transaction<'static, Sqlite>, statements: Arc<AtomicU64>, writes: bool) -> Self {
        Self { inner: Inner::Sqlite(tx), statements, writes }
    }

    pub(super) fn postgres(tx: Transaction<'static, Postgres>, statements: Arc<AtomicU64>, writes: bool) -> Self {
        Self { inner: Inner::Postgres(tx), statements, writes }
    }

    /// The dialect queries are rendered in.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows of a query.
    pub(crate) async fn all(&mut self, query: &impl SqlxBinder) -> Result<Vec<Row>> {
        let (sql, values) = self.dialect().render(query);
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = sqlx::query_with(AssertSqlSafe(sql), values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(tx) => {
                let rows = sqlx::query_with(AssertSqlSafe(sql), values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a query, if any.
    pub(crate) async fn first(&mut self, query: &impl SqlxBinder) -> Result<Option<Row>> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// Runs a change and tells how many rows it touched.
    pub(crate) async fn run(&mut self, query: &impl SqlxBinder) -> Result<u64> {
        let (sql, values) = self.dialect().render(query);
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await?.rows_affected()
            }
            Inner::Postgres(tx) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// Makes the changes durable and visible, all or none, and advances the catalog's version.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if self.writes {
            // Last statement before COMMIT: on PostgreSQL it locks the row only for that moment, and never
            // in another order than other writers do.
            let bump = Query::update()
                .table(CatalogVersion::Table)
                .value(CatalogVersion::Version, Expr::col(CatalogVersion::Version).add(1))
                .to_owned();
            self.run(&bump).await?;
        }
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
