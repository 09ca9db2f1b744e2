//! Records as table rows: what is written, how it is read back, and how many go into one statement.

mod account;
mod data;
mod jobs;
mod protection;
mod site;
mod verifications;

use sea_query::{Expr, Iden, IntoIden as _, OnConflict, Query, SelectStatement};

pub(crate) use account::{ApiKeyRow, UserRow};
pub(crate) use data::{CategoryRow, ExperimentRow, ResultRow};
pub(crate) use jobs::{JobBatchRow, JobMarkRow, JobRow, JobTurnRow, TrashRow};
pub(crate) use protection::{CategoryKeepRow, HoldRow, RunKeepRow};
pub(crate) use site::{EventRow, FileserverRow, GlobalconfigRow, MessageRow, SettingRow, VolumeRow};
pub(crate) use verifications::VerificationRow;

use crate::db::{Row, Tx};
use crate::error::Result;

/// Values bound in one statement. Both databases take more (SQLite 32766, PostgreSQL 65535), but longer
/// statements are no faster.
const VALUES_PER_STATEMENT: usize = 4096;

/// A record that is one row of one table.
pub(crate) trait Record: Sized {
    /// Names of the table and its columns.
    type Column: Iden + Copy + PartialEq + Send + Sync + 'static;
    const TABLE: Self::Column;
    /// The primary key.
    const KEY: &'static [Self::Column];
    /// All columns, in the order of [`Record::values`] and [`Record::read`].
    const COLUMNS: &'static [Self::Column];

    fn values(&self) -> Vec<Expr>;
    fn read(row: &Row) -> Result<Self>;
}

/// Selects whole records, for [`Record::read`].
pub(crate) fn select<R: Record>() -> SelectStatement {
    let columns = R::COLUMNS.iter().map(|column| (R::TABLE, *column));
    Query::select().columns(columns).from(R::TABLE).to_owned()
}

/// Reads all rows of a [`select`].
pub(crate) fn read_all<R: Record>(rows: &[Row]) -> Result<Vec<R>> {
    rows.iter().map(R::read).collect()
}

/// Adds records. A key that is there already is an error.
pub(crate) async fn insert<R: Record>(tx: &mut Tx, records: &[R]) -> Result<()> {
    write(tx, records, None).await
}

/// Adds records, or replaces those of the same key.
pub(crate) async fn upsert<R: Record>(tx: &mut Tx, records: &[R]) -> Result<()> {
    let others = R::COLUMNS.iter().copied().filter(|column| !R::KEY.contains(column));
    let replace = OnConflict::columns(R::KEY.iter().copied()).update_columns(others).to_owned();
    write(tx, records, Some(replace)).await
}

async fn write<R: Record>(tx: &mut Tx, records: &[R], conflict: Option<OnConflict>) -> Result<()> {
    for chunk in records.chunks((VALUES_PER_STATEMENT / R::COLUMNS.len()).max(1)) {
        let mut query = Query::insert();
        query.into_table(R::TABLE).columns(R::COLUMNS.iter().map(|column| column.into_iden()));
        for record in chunk {
            query.values_panic(record.values());
        }
        if let Some(conflict) = &conflict {
            query.on_conflict(conflict.clone());
        }
        tx.run(&query).await?;
    }
    Ok(())
}

/// Declares a record: a struct whose fields are the columns of a table.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident in $table:ident key [$($key:ident),+] { $($(#[$on:meta])* $field:ident: $type:ty = $column:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        pub(crate) struct $name { $($(#[$on])* pub(crate) $field: $type),+ }

        impl crate::records::Record for $name {
            type Column = $table;
            const TABLE: $table = $table::Table;
            const KEY: &'static [$table] = &[$($table::$key),+];
            const COLUMNS: &'static [$table] = &[$($table::$column),+];

            fn values(&self) -> Vec<sea_query::Expr> {
                vec![$(sea_query::Expr::from(self.$field.clone())),+]
            }

            fn read(row: &crate::db::Row) -> crate::error::Result<Self> {
                let mut column = 0..;
                Ok(Self { $($field: row.get(column.next().unwrap_or_default())?),+ })
            }
        }
    };
}
use record;
