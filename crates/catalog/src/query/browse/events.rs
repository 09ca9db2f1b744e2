//! What happened, in the order in which it happened: to read, to page through, and to follow.

use sea_query::{Cond, Expr, ExprTrait, Func, Order, Query};

use super::super::Direction;
use crate::Catalog;
use crate::error::Result;
use crate::events::About;
use crate::records::{self, EventRow, Record as _};
use crate::tables::Events as Table;

/// An event, whatever it is about. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its number. Later events have larger ones.
    pub id: i64,
    /// What kind of record it is about.
    pub about: About,
    /// The record's number; the record may be gone.
    pub object_id: i64,
    /// What happened.
    pub text: String,
    /// Who did it.
    pub username: String,
    /// When.
    pub created_us: i64,
}

/// Which events to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Those about this report, or about its run.
    pub report: Option<(i64, i64)>,
    /// With those about accounts.
    pub accounts: bool,
    /// Older first or newer first.
    pub direction: Direction,
    /// Beyond this number, in that direction.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u64,
}

impl Catalog {
    /// Events by number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn logged_events(&self, filter: &EventFilter) -> Result<Vec<LoggedEvent>> {
        let mut query = records::select::<EventRow>();
        let about = |about: About, id: i64| {
            Cond::all().add(Expr::col(Table::About).eq(about.name())).add(Expr::col(Table::ObjectPk).eq(id))
        };
        if let Some((report, run)) = filter.report {
            let either = Cond::any()
                .add(about(About::Result, report))
                .add(about(About::Record, report))
                .add(about(About::Experiment, run));
            query.cond_where(either);
        }
        if !filter.accounts {
            query.and_where(Expr::col(Table::About).ne(About::User.name()));
        }
        let id = || Expr::col((Table::Table, Table::Id));
        let way = match filter.direction {
            Direction::Ascending => {
                if let Some(after) = filter.after {
                    query.and_where(id().gt(after));
                }
                Order::Asc
            }
            Direction::Descending => {
                if let Some(after) = filter.after {
                    query.and_where(id().lt(after));
                }
                Order::Desc
            }
        };
        query.order_by((Table::Table, Table::Id), way).limit(filter.limit);
        let rows = self.db.all(&query).await?;
        rows.iter().map(|row| Ok(EventRow::read(row)?.into())).collect()
    }

    /// The number of the last event; 0 when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_event(&self) -> Result<i64> {
        let query = Query::select().expr(Func::max(Expr::col(Table::Id))).from(Table::Table).to_owned();
        let row = self.db.first(&query).await?;
        row.map_or(Ok(0), |row| Ok(row.get::<Option<i64>>(0)?.unwrap_or_default()))
    }
}

impl From<EventRow> for LoggedEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { id, about, object_pk, text, username, created_us, created_text: _ } = row;
        Self { id, about: About::from_name(&about), object_id: object_pk, text, username, created_us }
    }
}
