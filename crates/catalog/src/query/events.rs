//! The history: who did what to which report, when.

use sea_query::{Condition as Where, Expr, ExprTrait, JoinType, Query, SelectStatement};
use serde::Deserialize;

use super::resource::stored::{Listed, Sql, StoredColumn};
use super::{Column, ColumnKind, Resource, predicate};
use crate::pattern::Pattern;
use crate::tables::{Events as Table, Results};

/// The kind of record: an event about a report. Events about anything else are not listed (api.md rule 58).
#[derive(Clone, Copy, Debug)]
pub enum Events {}

/// An event's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventColumn {
    /// The event's id.
    Id,
    /// When it happened.
    Created,
    /// What happened, in words.
    Text,
    /// Who did it.
    Username,
    /// The report it is about. It can be written, but not filtered by (api.md rule 58).
    ObjectPk,
}

/// What a list of events can be narrowed by, beyond its columns.
#[derive(Clone, Debug, Default)]
pub struct EventNarrowing {
    /// The event's report is still there and its name matches.
    pub results_name: Option<Pattern>,
}

/// An event as lists show it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EventRow {
    /// The event's id.
    pub id: i64,
    /// The report it is about.
    pub object_pk: i64,
    /// That report's name; `None` once the report is gone.
    pub results_name: Option<String>,
    /// What happened, in words.
    pub text: String,
    /// Who did it.
    pub username: String,
    /// When it happened: microseconds since 1970 UTC.
    pub created_us: i64,
}

impl Resource for Events {
    type Column = EventColumn;
    type Narrowing = EventNarrowing;
    type Row = EventRow;
}

impl Column for EventColumn {
    fn kind(self) -> ColumnKind {
        match self {
            Self::Id | Self::ObjectPk => ColumnKind::Integer,
            Self::Created => ColumnKind::Time,
            Self::Text | Self::Username => ColumnKind::Text,
        }
    }
}

impl StoredColumn for EventColumn {
    fn value(self) -> Expr {
        Expr::col((
            Table::Table,
            match self {
                Self::Id => Table::Id,
                Self::Created => Table::CreatedUs,
                Self::Text => Table::Text,
                Self::Username => Table::Username,
                Self::ObjectPk => Table::ObjectPk,
            },
        ))
    }

    fn time_text(self) -> Option<Expr> {
        (self == Self::Created).then(|| Expr::col((Table::Table, Table::CreatedText)))
    }

    fn nullable(self) -> bool {
        false
    }
}

impl Listed for Events {
    type Record = EventRow;
    type Extra = EventNarrowing;
    type Flat = EventRow;

    const NAME: &'static str = "events";

    fn id() -> Expr {
        EventColumn::Id.value()
    }

    fn find(select: &mut SelectStatement) {
        select.from(Table::Table).and_where(Expr::col((Table::Table, Table::About)).eq("result"));
    }

    fn join(select: &mut SelectStatement) {
        select.join(
            JoinType::LeftJoin,
            Results::Table,
            Expr::col((Results::Table, Results::Id)).equals((Table::Table, Table::ObjectPk)),
        );
    }

    fn columns() -> Vec<Expr> {
        let own = |column| Expr::col((Table::Table, column));
        vec![
            own(Table::Id),
            own(Table::ObjectPk),
            Expr::col((Results::Table, Results::ResultsName)),
            own(Table::Text),
            own(Table::Username),
            own(Table::CreatedUs),
        ]
    }

    fn record(flat: EventRow) -> (i64, EventRow) {
        (flat.id, flat)
    }

    fn narrow(extra: &EventNarrowing, sql: Sql) -> Where {
        let mut all = Where::all();
        if let Some(pattern) = &extra.results_name {
            let name = Expr::col((Results::Table, Results::ResultsName));
            let named = Query::select()
                .column(Results::Id)
                .from(Results::Table)
                .and_where(predicate::matches(name, pattern, sql.0))
                .to_owned();
            all = all.add(Expr::col((Table::Table, Table::ObjectPk)).in_subquery(named));
        }
        all
    }
}
