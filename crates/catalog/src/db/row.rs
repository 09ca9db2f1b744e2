//! A row of either database, read by position.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use crate::error::Result;

/// A row. Columns are counted from 0 in the order of the query; NULL is read into an `Option`.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column. Integers are `i64`, floats `f64`, text `String`, bytes `Vec<u8>`.
    ///
    /// # Errors
    /// When the column is NULL and `T` is no `Option`, or has another type.
    pub(crate) fn get<'r, T>(&'r self, column: usize) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}
