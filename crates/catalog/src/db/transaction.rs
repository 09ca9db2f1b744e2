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
    purpose: Purpose,
    changed: bool,
}

/// What a transaction is for, which decides whether its commit advances the catalog's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading one state of the catalog.
    Read,
    /// Changing what the catalog says.
    Write,
    /// Changing what nobody computes answers from: sessions, last use of keys, scans, fill of volumes.
    WriteAside,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) fn sqlite(
        tx: Transaction<'static, Sqlite>,
        statements: Arc<AtomicU64>,
        purpose: Purpose,
    ) -> Self {
        Self { inner: Inner::Sqlite(tx), statements, purpose, changed: false }
    }

    pub(super) fn postgres(
        tx: Transaction<'static, Postgres>,
        statements: Arc<AtomicU64>,
        purpose: Purpose,
    ) -> Self {
        Self { inner: Inner::Postgres(tx), statements, purpose, changed: false }
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
        let touched = match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await?.rows_affected()
            }
            Inner::Postgres(tx) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await?.rows_affected()
            }
        };
        self.changed |= touched > 0;
        Ok(touched)
    }

    /// Waits until no other writer is active, so that PostgreSQL has one writer at a time, as SQLite has.
    ///
    /// One order of writers means that no two of them can wait for each other, whatever rows they touch.
    pub(super) async fn be_the_only_writer(&mut self) -> Result<()> {
        if self.dialect() == Dialect::Postgres {
            let query = Query::select()
                .column(CatalogVersion::Version)
                .from(CatalogVersion::Table)
                .lock_exclusive()
                .to_owned();
            self.all(&query).await?;
        }
        Ok(())
    }

    /// Lets the catalog's version stay: what was changed is nothing that answers are computed from.
    pub(crate) fn leave_version(&mut self) {
        self.purpose = Purpose::WriteAside;
    }

    /// Makes the changes durable and visible, all or none. Advances the catalog's version if this is a
    /// [`Purpose::Write`] that touched a row.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if self.purpose == Purpose::Write && self.changed {
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

    /// Ends without a trace, at once. A transaction that is only dropped ends a moment later, and its rows stay locked
    /// till then.
    pub(crate) async fn abandon(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}
