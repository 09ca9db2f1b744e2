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
    use serde::de::DeserializeOwned;

    use crate::db::Dialect;

    /// The tables of a kind of record.
    pub trait Listed {
        /// One record.
        type Record;
        /// What its list can be narrowed by.
        type Extra;
        /// One record as the database hands it over: [`Listed::columns`] as a JSON array, flags as 0 and 1 or as
        /// JSON has them.
        type Flat: DeserializeOwned;

        /// Tells the lists of different kinds apart in caches.
        const NAME: &'static str;

        /// The column that holds the id.
        fn id() -> Expr;

        /// Adds the tables a condition or sort key may name, and what makes a row exist at all.
        fn find(select: &mut SelectStatement);

        /// Adds the tables that only [`Listed::columns`] name.
        fn join(select: &mut SelectStatement);

        /// What makes up a record.
        fn columns() -> Vec<Expr>;

        /// The record and its id.
        fn record(flat: Self::Flat) -> (i64, Self::Record);

        /// The conditions of the narrowing.
        fn narrow(extra: &Self::Extra, sql: Sql) -> Condition;
    }

    /// The dialect a condition is written for. Not the dialect itself: a trait that others can name may not
    /// show it.
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
