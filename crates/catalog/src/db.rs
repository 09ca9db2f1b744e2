//! One way to speak to either database: SQLite (a pool of readers, one writer) or PostgreSQL.
//!
//! Queries are built once with sea-query and rendered for the database at hand. Everything that
//! changes the catalog goes through [`Db::write`], which also advances the catalog's version.

mod file;
mod open;
mod row;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::error::Result;
use crate::url::DatabaseUrl;
pub(crate) use row::Row;
pub(crate) use transaction::{Purpose, Tx};

/// Which dialect a rendered query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The text and bound values of a query in this dialect.
    pub(crate) fn render(self, query: &impl SqlxBinder) -> (String, SqlxValues) {
        match self {
            Self::Sqlite => query.build_sqlx(SqliteQueryBuilder),
            Self::Postgres => query.build_sqlx(PostgresQueryBuilder),
        }
    }
}

/// An open database.
#[derive(Clone)]
pub(crate) struct Db {
    pool: Pool,
    statements: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Pool {
    /// SQLite allows one writer: a pool of one makes waiting fair and failure-free.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database, making a SQLite file that is missing, and brings its tables up to date.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self> {
        let pool = match url {
            DatabaseUrl::Sqlite(path) => {
                let (readers, writer) = open::sqlite(url, path).await?;
                Pool::Sqlite { readers, writer }
            }
            DatabaseUrl::Postgres(text) => Pool::Postgres(open::postgres(url, text).await?),
        };
        Ok(Self { pool, statements: Arc::default() })
    }

    /// The dialect queries are rendered in.
    pub(crate) fn dialect(&self) -> Dialect {
        match &self.pool {
            Pool::Sqlite { .. } => Dialect::Sqlite,
            Pool::Postgres(_) => Dialect::Postgres,
        }
    }

    /// SQL statements run so far, for metrics and for tests that bound them. BEGIN and COMMIT do not count.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// All rows of a query, outside a transaction.
    pub(crate) async fn all(&self, query: &impl SqlxBinder) -> Result<Vec<Row>> {
        let (sql, values) = self.dialect().render(query);
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pool {
            Pool::Sqlite { readers, .. } => {
                let rows = sqlx::query_with(AssertSqlSafe(sql), values).fetch_all(readers).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Pool::Postgres(pool) => {
                let rows = sqlx::query_with(AssertSqlSafe(sql), values).fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a query, if any.
    pub(crate) async fn first(&self, query: &impl SqlxBinder) -> Result<Option<Row>> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// A transaction that sees one state of the catalog throughout and changes nothing.
    pub(crate) async fn snapshot(&self) -> Result<Tx> {
        match &self.pool {
            Pool::Sqlite { readers, .. } => {
                Ok(Tx::sqlite(readers.begin_with("BEGIN").await?, self.statements.clone(), Purpose::Read))
            }
            Pool::Postgres(pool) => {
                let tx = open::begin(pool, Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
                Ok(Tx::postgres(tx, self.statements.clone(), Purpose::Read))
            }
        }
    }

    /// A transaction that changes the catalog; its [`Tx::commit`] advances the catalog's version.
    pub(crate) async fn write(&self) -> Result<Tx> {
        let mut tx = self.begin(Purpose::Write).await?;
        tx.be_the_only_writer().await?;
        Ok(tx)
    }

    /// A transaction that changes only what nobody computes answers from; the version stays.
    pub(crate) async fn write_aside(&self) -> Result<Tx> {
        self.begin(Purpose::WriteAside).await
    }

    async fn begin(&self, purpose: Purpose) -> Result<Tx> {
        match &self.pool {
            // IMMEDIATE: a plain BEGIN that later writes fails instead of waiting when another writer is ahead.
            Pool::Sqlite { writer, .. } => {
                Ok(Tx::sqlite(writer.begin_with("BEGIN IMMEDIATE").await?, self.statements.clone(), purpose))
            }
            Pool::Postgres(pool) => {
                Ok(Tx::postgres(open::begin(pool, None).await?, self.statements.clone(), purpose))
            }
        }
    }

    /// Has the database look at how its tables are filled, after they have grown at a stroke.
    pub(crate) async fn analyze(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { writer, .. } => sqlx::query("ANALYZE").execute(writer).await.map(drop)?,
            Pool::Postgres(pool) => sqlx::query("ANALYZE").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Waits for running statements and closes; SQLite folds its log into the file.
    pub(crate) async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}
