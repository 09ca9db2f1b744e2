//! Opening either database with the settings that the catalog relies on.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{
    ColumnIndex, ConnectOptions, Connection, Database, Decode, Executor, IntoArguments, Pool, Postgres, Row,
    Transaction, Type,
};

use crate::error::{CatalogError, Result};
use crate::url::DatabaseUrl;

/// How long a request waits for a busy database before it is told so.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pool of readers and the pool of one writer.
pub(super) async fn sqlite(url: &DatabaseUrl, path: &Path) -> Result<(SqlitePool, SqlitePool)> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        .optimize_on_close(true, 1000)
        // Rows that may wait to be fetched. All of them are: a thread that stops for each fifty only loses time.
        .row_buffer_size(1024)
        .with_regexp()
        .disable_statement_logging();
    let open = |error: sqlx::Error| CatalogError::Open {
        url: url.to_string(),
        cause: said(&error),
        hint: "look at the path, its owner, the space left and whether the disk is read-only",
    };
    super::file::prepare(path).map_err(|error| open(sqlx::Error::Io(error)))?;
    let writer = patient(SqlitePoolOptions::new().max_connections(1)).connect_with(options.clone());
    let writer = writer.await.map_err(open)?;
    bring_up_to_date(&writer, sqlx::migrate!("migrations/sqlite"), url).await?;
    let readers = patient(SqlitePoolOptions::new().max_connections(8));
    let readers = readers.connect_with(options.pragma("query_only", "ON")).await.map_err(open)?;
    Ok((readers, writer))
}

/// Begins a transaction as a task of its own, so that it comes to its end even when nobody waits for it any more. Given
/// up in between, sqlx 0.9 would put a connection back that is in a transaction and does not know it, and the next one
/// to get it could not begin a snapshot.
pub(super) async fn begin(
    pool: &PgPool,
    statement: Option<&'static str>,
) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let task = tokio::spawn(async move {
        match statement {
            Some(statement) => pool.begin_with(statement).await,
            None => pool.begin().await,
        }
    });
    match task.await {
        Ok(begun) => Ok(begun?),
        Err(gone) => Err(CatalogError::Unavailable(format!("a transaction could not be begun: {gone}"))),
    }
}

pub(super) async fn postgres(url: &DatabaseUrl, text: &str) -> Result<PgPool> {
    let open = |error: sqlx::Error| CatalogError::Open {
        url: url.to_string(),
        cause: said(&error),
        hint: "look at the address, the password and whether the server runs",
    };
    let options = text
        .parse::<PgConnectOptions>()
        .map_err(open)?
        .application_name("runstow")
        .options([("lock_timeout", PATIENCE.as_millis().to_string())])
        .disable_statement_logging();
    // Once without the pool, which would hide the reason behind its own patience.
    options.connect().await.map_err(open)?.close().await.map_err(open)?;
    let pool = patient(PgPoolOptions::new().max_connections(16)).connect_with(options).await.map_err(open)?;
    bring_up_to_date(&pool, sqlx::migrate!("migrations/postgres"), url).await?;
    Ok(pool)
}

/// What the database said, without its driver's wrapping.
fn said(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |inside| inside.message().to_owned())
}

/// A pool that waits for a free connection, and drops one that can not be used again: SQLite ends a transaction
/// by itself when the disk is full, and sqlx would count it as open for ever.
fn patient<D: Database>(options: PoolOptions<D>) -> PoolOptions<D> {
    options
        .acquire_timeout(PATIENCE)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// Runs the migrations that are missing. When none is, nothing is written, so that a database which can only be
/// read is good for reading.
async fn bring_up_to_date<D>(pool: &Pool<D>, migrations: Migrator, url: &DatabaseUrl) -> Result<()>
where
    D: Database,
    D::Connection: Migrate,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    for<'c> &'c Pool<D>: Executor<'c, Database = D>,
    D::Arguments: IntoArguments<D>,
    usize: ColumnIndex<D::Row>,
    for<'r> i64: Decode<'r, D> + Type<D>,
    for<'r> Vec<u8>: Decode<'r, D> + Type<D>,
{
    let applied =
        sqlx::query("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version");
    if let Ok(applied) = applied.fetch_all(pool).await {
        let same = |(row, migration): (&D::Row, &sqlx::migrate::Migration)| {
            row.try_get::<i64, _>(0).is_ok_and(|version| version == migration.version)
                && row.try_get::<Vec<u8>, _>(1).is_ok_and(|checksum| *checksum == *migration.checksum)
        };
        if applied.len() == migrations.iter().len() && applied.iter().zip(migrations.iter()).all(same) {
            return Ok(());
        }
    }
    migrations
        .run(pool)
        .await
        .map_err(|error| CatalogError::Migrate { url: url.to_string(), cause: error.to_string() })
}
