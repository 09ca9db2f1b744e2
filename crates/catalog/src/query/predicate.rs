//! From a test of a column to SQL that means the same on both databases.

use jiff::civil::date;
use jiff::tz::TimeZone;
use sea_query::{
    Alias, BinOper, CaseStatement, Expr, ExprTrait, Func, NullOrdering, Order, Query, SelectStatement,
};

use super::resource::stored::StoredColumn;
use super::{Column, ColumnKind, Direction, Test, TimePart, Value};
use crate::db::Dialect;
use crate::pattern::Pattern;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The condition that a column passes a test.
pub(super) fn condition<C: Column + StoredColumn>(column: C, test: &Test, dialect: Dialect) -> Expr {
    let value = column.value();
    match test {
        Test::Equal(to) => value.eq(bound(to)),
        Test::Greater(than) => value.gt(bound(than)),
        Test::GreaterOrEqual(to) => value.gte(bound(to)),
        Test::Less(than) => value.lt(bound(than)),
        Test::LessOrEqual(to) => value.lte(bound(to)),
        Test::Between(from, to) => value.between(bound(from), bound(to)),
        Test::In(values) => one_of(column, values, dialect),
        Test::Null(true) => value.is_null(),
        Test::Null(false) => value.is_not_null(),
        // The empty text is in every text, but databases disagree about where.
        Test::Contains(part) | Test::StartsWith(part) | Test::EndsWith(part) if part.is_empty() => {
            value.is_not_null()
        }
        Test::Contains(part) => {
            let position = match dialect {
                Dialect::Sqlite => "instr",
                Dialect::Postgres => "strpos",
            };
            Expr::from(Func::cust(position).arg(text(column, dialect)).arg(part.as_str())).gt(0)
        }
        Test::StartsWith(part) => {
            let start = Func::cust("substr").arg(text(column, dialect)).arg(1).arg(characters(part));
            Expr::from(start).eq(part.as_str())
        }
        Test::EndsWith(part) => {
            let end = match dialect {
                Dialect::Sqlite => Func::cust("substr").arg(text(column, dialect)).arg(-characters(part)),
                Dialect::Postgres => Func::cust("right").arg(text(column, dialect)).arg(characters(part)),
            };
            Expr::from(end).eq(part.as_str())
        }
        Test::Matches(pattern) => matches(text(column, dialect), pattern, dialect),
        Test::Part(part, number) => time_part(column, *part, *number),
        Test::Nothing => nothing(),
    }
}

/// Adds a sort key: NULL last ascending, first descending, as PostgreSQL has it.
pub(super) fn sort<C: Column + StoredColumn>(select: &mut SelectStatement, column: C, direction: Direction) {
    let order = match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    if column.nullable() {
        let nulls = match direction {
            Direction::Ascending => NullOrdering::Last,
            Direction::Descending => NullOrdering::First,
        };
        select.order_by_expr_with_nulls(column.value(), order, nulls);
    } else {
        // Without the words about NULL an index can serve the order.
        select.order_by_expr(column.value(), order);
    }
}

/// The condition that a text matches a pattern; NULL never does.
pub(super) fn matches(text: Expr, pattern: &Pattern, dialect: Dialect) -> Expr {
    match dialect {
        // The regex crate behind REGEXP.
        Dialect::Sqlite => text.binary(BinOper::Custom("REGEXP"), pattern.rust()),
        Dialect::Postgres => text.binary(BinOper::Custom("~"), pattern.postgres()),
    }
}

/// A column's text, as text lookups see it (api.md rules 25 and 28).
fn text<C: Column + StoredColumn>(column: C, dialect: Dialect) -> Expr {
    let value = column.value();
    match column.kind() {
        ColumnKind::Text => value,
        ColumnKind::Time => column.time_text().unwrap_or(value),
        ColumnKind::Integer => value.cast_as("text"),
        ColumnKind::Boolean => CaseStatement::new().case(value, "true").finally("false").into(),
        ColumnKind::Float => fifteen_digits(value, dialect),
    }
}

/// A number's text with fifteen digits, C's `%.15g`, as the original's database printed it.
fn fifteen_digits(value: Expr, dialect: Dialect) -> Expr {
    match dialect {
        // To `printf` NULL is 0.
        Dialect::Sqlite => {
            let text = Func::cust("printf").arg("%.15g").arg(value.clone());
            CaseStatement::new().case(value.is_not_null(), text).into()
        }
        // PostgreSQL today prints more digits, but not when it makes a decimal number of one first. That one is
        // never printed with an exponent, which very small and very large numbers have.
        Dialect::Postgres => {
            let decimal = value.cast_as("numeric");
            let size = || Expr::from(Func::cust("abs").arg(decimal.clone()));
            let plain = size().gte(1e-4).and(size().lt(1e15)).or(decimal.clone().eq(0));
            let scientific = Func::cust("to_char").arg(decimal.clone()).arg("9.99999999999999EEEE");
            let trimmed = Func::cust("regexp_replace").arg(Expr::from(scientific)).arg(r"\.?0+e").arg("e");
            let scientific = Func::cust("ltrim").arg(Expr::from(trimmed));
            CaseStatement::new().case(plain, decimal.cast_as("text")).finally(scientific).into()
        }
    }
}

fn one_of<C: Column + StoredColumn>(column: C, values: &[Value], dialect: Dialect) -> Expr {
    if values.is_empty() {
        return nothing();
    }
    if column.kind() == ColumnKind::Boolean {
        return column.value().is_in(values.iter().map(bound));
    }
    let list: Vec<serde_json::Value> = values
        .iter()
        .map(|value| match value {
            Value::Integer(number) | Value::Time(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Boolean(flag) => (*flag).into(),
        })
        .collect();
    let cast = match column.kind() {
        ColumnKind::Integer | ColumnKind::Time => Some("bigint"),
        ColumnKind::Float => Some("double precision"),
        ColumnKind::Text | ColumnKind::Boolean => None,
    };
    let element = Expr::col((list_alias(), Alias::new("value")));
    let mut select = list_of(serde_json::Value::Array(list).to_string(), dialect);
    select.expr(match (cast, dialect) {
        (Some(cast), Dialect::Postgres) => element.cast_as(cast),
        _ => element,
    });
    column.value().in_subquery(select)
}

/// The table a list given as JSON turns into; its one column is `value`. One parameter for any number of
/// values: databases bound the number of parameters.
pub(super) fn list_of(json: String, dialect: Dialect) -> SelectStatement {
    let function = match dialect {
        Dialect::Sqlite => Func::cust("json_each").arg(json),
        Dialect::Postgres => Func::cust("jsonb_array_elements_text").arg(Expr::val(json).cast_as("jsonb")),
    };
    Query::select().from_function(function, list_alias()).to_owned()
}

/// Some ids, to be looked for in a column. The statement is the same text for any number of them, so that it is prepared
/// once.
pub(crate) fn ids_of(ids: &[i64], dialect: Dialect) -> SelectStatement {
    let mut ids = list_of(serde_json::Value::from(ids).to_string(), dialect);
    ids.expr(Expr::col((list_alias(), Alias::new("value"))).cast_as("bigint")).to_owned()
}

/// The name of [`list_of`]'s table.
pub(super) fn list_alias() -> Alias {
    Alias::new("list")
}

fn time_part<C: Column + StoredColumn>(column: C, part: TimePart, number: i64) -> Expr {
    let range = match part {
        TimePart::Year => return year(column, number),
        TimePart::WeekDay => return week_day(column, number),
        TimePart::Month => 1..=12,
        TimePart::Day => 1..=31,
        TimePart::Hour => 0..=23,
        TimePart::Minute | TimePart::Second => 0..=59,
    };
    // Places in `2017-03-18 06:39:37.203+00`.
    let first = match part {
        TimePart::Month => 6,
        TimePart::Day => 9,
        TimePart::Hour => 12,
        TimePart::Minute => 15,
        _ => 18,
    };
    match column.time_text() {
        Some(text) if range.contains(&number) => {
            Expr::from(Func::cust("substr").arg(text).arg(first).arg(2)).eq(format!("{number:02}"))
        }
        _ => nothing(),
    }
}

fn year<C: Column + StoredColumn>(column: C, year: i64) -> Expr {
    let start =
        |year: i16| Some(TimeZone::UTC.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).ok()?.as_microsecond());
    match i16::try_from(year) {
        Ok(year @ 1..=9998) => match (start(year), start(year + 1)) {
            (Some(from), Some(to)) => column.value().gte(from).and(column.value().lt(to)),
            _ => nothing(),
        },
        Ok(9999) => start(9999).map_or_else(nothing, |from| column.value().gte(from)),
        _ => nothing(),
    }
}

fn week_day<C: Column + StoredColumn>(column: C, number: i64) -> Expr {
    if !(1..=7).contains(&number) {
        return nothing();
    }
    // 1970-01-01 was a Thursday, day 5 of a week that begins with Sunday as 1. Whole weeks are added so that
    // the division never sees a negative number, which databases round differently.
    let weeks_to_year_zero = 104_000 * 7 * DAY;
    column.value().add(weeks_to_year_zero).div(DAY).add(4).modulo(7).eq(number - 1)
}

fn bound(value: &Value) -> Expr {
    match value {
        Value::Integer(number) | Value::Time(number) => Expr::val(*number),
        Value::Float(number) => Expr::val(*number),
        Value::Text(text) => Expr::val(text.as_str()),
        Value::Boolean(flag) => Expr::val(*flag),
    }
}

/// Characters of a text, as both databases count them.
fn characters(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX)
}

fn nothing() -> Expr {
    Expr::val(1).eq(0)
}
