//! Orders that a place can be kept of.

use sea_query::{Expr, ExprTrait, Func, Order, SelectStatement};

use super::super::Direction;
use crate::tables::{Experiments, Results};

/// What reports are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowseOrder {
    /// The report's number.
    Id,
    /// The report's name, by bytes.
    Name,
    /// The run's name, by bytes.
    Run,
    /// When the analysis was made.
    Date,
    /// The report's own MB; unknown counts as less than nothing.
    Size,
}

/// A place in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowseKey {
    /// The sort key of the last record seen.
    pub value: SortValue,
    /// Its number.
    pub id: i64,
}

/// A sort key's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortValue {
    /// Of a number or an instant.
    Integer(i64),
    /// Of a name.
    Text(String),
}

impl BrowseOrder {
    /// Are its values text?
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::Run)
    }

    pub(super) fn value(self) -> Expr {
        match self {
            Self::Id => Expr::col((Results::Table, Results::Id)),
            Self::Name => Expr::col((Results::Table, Results::ResultsName)),
            Self::Run => Expr::col((Experiments::Table, Experiments::ExpName)),
            Self::Date => Expr::col((Results::Table, Results::TimeStampUs)),
            Self::Size => {
                // Written out, not bound: the index `results_size` serves this very expression.
                let known = Expr::col((Results::Table, Results::Diskusage));
                Func::coalesce([known, Expr::cust((i64::MIN + 1).to_string())]).into()
            }
        }
    }
}

/// The condition that a record comes after a place.
pub(super) fn after(order: BrowseOrder, direction: Direction, key: &BrowseKey) -> Expr {
    let (value, id) = (order.value(), Expr::col((Results::Table, Results::Id)));
    let bound = match &key.value {
        SortValue::Integer(number) => Expr::val(*number),
        SortValue::Text(text) => Expr::val(text.as_str()),
    };
    let descending = direction == Direction::Descending;
    let further = |one: Expr, other: Expr| if descending { one.lt(other) } else { one.gt(other) };
    let last = Expr::val(key.id);
    // The condition on the value alone is implied by the other. It is for databases that can not begin to read an index
    // at a pair: of columns in two tables, and in SQLite of an expression and a column.
    let near = {
        let (value, bound) = (value.clone(), bound.clone());
        if descending { value.lte(bound) } else { value.gte(bound) }
    };
    match order {
        BrowseOrder::Id => further(id, last),
        BrowseOrder::Name | BrowseOrder::Date => {
            further(Expr::tuple([value, id]), Expr::tuple([bound, last]))
        }
        BrowseOrder::Run | BrowseOrder::Size => {
            near.and(further(Expr::tuple([value, id]), Expr::tuple([bound, last])))
        }
    }
}

pub(super) fn sort(query: &mut SelectStatement, order: BrowseOrder, direction: Direction) {
    let way = match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    if order != BrowseOrder::Id {
        query.order_by_expr(order.value(), way.clone());
    }
    query.order_by((Results::Table, Results::Id), way);
}
