//! Messages: banners for people.

use sea_query::{Condition as Where, Expr, SelectStatement};
use serde::Deserialize;

use super::resource::stored::{Listed, Sql, StoredColumn};
use super::{Column, ColumnKind, Resource};
use crate::tables::Messages as Table;

/// The kind of record: a message.
#[derive(Clone, Copy, Debug)]
pub enum Messages {}

/// A message's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageColumn {
    /// The message's id.
    Id,
    /// Its text.
    Body,
    /// How urgent: 20 information, 30 warning, 40 error …
    Level,
    /// Whom it is for; empty: everyone.
    Route,
    /// When it goes away, e.g. `read`.
    Expires,
    /// A word that finds it again.
    Tags,
    /// `unread` or `read`.
    Status,
    /// When it was made.
    Time,
}

/// A message as lists show it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MessageRow {
    /// The message's id.
    pub id: i64,
    /// Its text.
    pub body: String,
    /// How urgent: 20 information, 30 warning, 40 error …
    pub level: i64,
    /// Whom it is for; empty: everyone.
    pub route: String,
    /// When it goes away, e.g. `read`.
    pub expires: String,
    /// A word that finds it again.
    pub tags: String,
    /// `unread` or `read`.
    pub status: String,
    /// When it was made: microseconds since 1970 UTC.
    pub time_us: i64,
}

impl Resource for Messages {
    type Column = MessageColumn;
    type Narrowing = ();
    type Row = MessageRow;
}

impl Column for MessageColumn {
    fn kind(self) -> ColumnKind {
        match self {
            Self::Id | Self::Level => ColumnKind::Integer,
            Self::Time => ColumnKind::Time,
            Self::Body | Self::Route | Self::Expires | Self::Tags | Self::Status => ColumnKind::Text,
        }
    }
}

impl StoredColumn for MessageColumn {
    fn value(self) -> Expr {
        Expr::col((
            Table::Table,
            match self {
                Self::Id => Table::Id,
                Self::Body => Table::Body,
                Self::Level => Table::Level,
                Self::Route => Table::Route,
                Self::Expires => Table::Expires,
                Self::Tags => Table::Tags,
                Self::Status => Table::Status,
                Self::Time => Table::TimeUs,
            },
        ))
    }

    fn time_text(self) -> Option<Expr> {
        (self == Self::Time).then(|| Expr::col((Table::Table, Table::TimeText)))
    }

    fn nullable(self) -> bool {
        false
    }
}

impl Listed for Messages {
    type Record = MessageRow;
    type Extra = ();
    type Flat = MessageRow;

    const NAME: &'static str = "messages";

    fn id() -> Expr {
        MessageColumn::Id.value()
    }

    fn find(select: &mut SelectStatement) {
        select.from(Table::Table);
    }

    fn join(_: &mut SelectStatement) {}

    fn columns() -> Vec<Expr> {
        let all = [
            Table::Id,
            Table::Body,
            Table::Level,
            Table::Route,
            Table::Expires,
            Table::Tags,
            Table::Status,
            Table::TimeUs,
        ];
        all.into_iter().map(|column| Expr::col((Table::Table, column))).collect()
    }

    fn record(flat: MessageRow) -> (i64, MessageRow) {
        (flat.id, flat)
    }

    fn narrow((): &(), _: Sql) -> Where {
        Where::all()
    }
}
