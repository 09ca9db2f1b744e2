//! What the lists of all kinds of records have in common.

use super::Column;

/// A kind of record that can be listed: [`super::Reports`], [`super::Events`] and their siblings.
pub trait Resource:
    stored::Listed<Record = Self::Row, Extra = Self::Narrowing> + Send + Sync + 'static
{
    /// The columns to filter and sort by.
    type Column: Column + stored::StoredColumn;
    /// Conditions that only this kind of record knows.
    type Narrowing: Clone + std::fmt::Debug + Default + Send + Sync;
    /// One record.
    type Row: Clone + std::fmt::Debug + Send + Sync;
}

/// How records lie in the database; sealed, so that SQL stays in this crate.
pub(super) mod stored {
    use sea_query::{Condition, Expr, SelectStatement};
    use sqlx::{Decode, Postgres, Sqlite, Type};

    use crate::db::{Dialect, Row};
    use crate::error::Result;

    /// The tables of a kind of record.
    pub trait Listed {
        /// One record, as it is read.
        type Record;
        /// What its list can be narrowed by.
        type Extra;

        /// Tells the lists of different kinds apart in caches.
        const NAME: &'static str;

        /// The column that holds the id.
        fn id() -> Expr;

        /// Adds the tables a condition or sort key may name, and what makes a row exist at all.
        fn find(select: &mut SelectStatement);

        /// Adds the tables and columns that [`Listed::read`] wants.
        fn show(select: &mut SelectStatement);

        /// How many columns [`Listed::show`] adds.
        const WIDTH: usize;

        /// Reads a row selected by [`Listed::show`].
        fn read(row: &Stored<'_>) -> Result<Self::Record>;

        /// The conditions of the narrowing.
        fn narrow(extra: &Self::Extra, sql: Sql) -> Condition;
    }

    /// A row of the database. Not the row itself: traits that others can name may not show it.
    pub struct Stored<'r>(pub(in crate::query) &'r Row);

    impl Stored<'_> {
        /// The value of a column of [`Listed::show`], counted from 0.
        pub(in crate::query) fn get<T>(&self, column: usize) -> Result<T>
        where
            T: for<'v> Decode<'v, Sqlite> + Type<Sqlite> + for<'v> Decode<'v, Postgres> + Type<Postgres>,
        {
            self.0.get(column)
        }
    }

    /// The dialect a condition is written for.
    #[derive(Clone, Copy)]
    pub struct Sql(pub(in crate::query) Dialect);

    /// Where a column lies.
    pub trait StoredColumn {
        /// The column that is compared and sorted.
        fn value(self) -> Expr;

        /// The column that holds a time's text; for times only.
        fn time_text(self) -> Option<Expr>;

        /// Whether it may be NULL.
        fn nullable(self) -> bool;
    }
}
