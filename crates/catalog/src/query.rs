//! Questions to the catalog: typed lists of reports, events, file servers, messages and settings.
//!
//! A [`ListQuery`] names columns, never SQL, and means the same on both databases: text is compared by
//! bytes, NULL comes last ascending and first descending, case folds one to one beyond ASCII.
//! [`Catalog::list`] answers with one page and the number of rows behind it.

mod browse;
#[cfg(test)]
mod differential;
mod events;
mod file_servers;
mod global_config;
mod listing;
mod messages;
mod pages;
mod predicate;
mod remembered;
mod reports;
mod resource;

use crate::Catalog;
use crate::error::Result;
use crate::pattern::Pattern;

pub use browse::{
    BrowseKey, BrowseOrder, Browsed, EventFilter, LoggedEvent, ReportBrowse, ReportEntry, SortValue,
};
pub use events::{EventColumn, EventNarrowing, EventRow, Events};
pub use file_servers::{FileServerColumn, FileServerRow, FileServers};
pub use global_config::{GlobalConfigColumn, GlobalConfigRow, GlobalConfigs};
pub(crate) use listing::Selection;
pub use messages::{MessageColumn, MessageRow, Messages};
pub use pages::{CategoryDetail, Counts, HistoryEntry, ReportDetail};
pub(crate) use predicate::ids_of;
pub(crate) use remembered::Remembered;
pub(crate) use reports::hidden_runs;
pub use reports::{CategoryFilter, CategoryRow, ReportColumn, ReportNarrowing, ReportRow, Reports};
pub use resource::Resource;

/// A list of one kind of record: what to show, in which order, and which part of it.
#[derive(Clone, Debug)]
pub struct ListQuery<R: Resource> {
    /// All of these hold for every row.
    pub conditions: Vec<Condition<R::Column>>,
    /// Conditions that only this kind of record knows.
    pub narrowing: R::Narrowing,
    /// Sort keys, first key first. Ties are broken by id ascending; without keys it is id descending.
    pub order: Vec<(R::Column, Direction)>,
    /// At most this many rows.
    pub limit: u64,
    /// Rows passed over first.
    pub offset: u64,
}

/// A list of reports.
pub type ReportQuery = ListQuery<Reports>;

impl<R: Resource> Default for ListQuery<R> {
    /// The newest twenty.
    fn default() -> Self {
        Self {
            conditions: Vec::new(),
            narrowing: R::Narrowing::default(),
            order: Vec::new(),
            limit: 20,
            offset: 0,
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The catalog's version this page shows, see [`Catalog::version`].
    pub version: i64,
    /// Rows of the whole list.
    pub total: u64,
    /// The rows of this page, in order.
    pub rows: Vec<T>,
}

/// Which way a sort key runs. NULL counts as larger than everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Small first, NULL last.
    Ascending,
    /// Large first, NULL before them.
    Descending,
}

/// A test of one column.
#[derive(Clone, Debug)]
pub struct Condition<C> {
    /// The column tested.
    pub column: C,
    /// What must hold for it.
    pub test: Test,
}

/// What a column is tested for. NULL passes no test but [`Test::Null`].
#[derive(Clone, Debug)]
pub enum Test {
    /// Equal to the value.
    Equal(Value),
    /// Greater than the value.
    Greater(Value),
    /// Greater than the value or equal to it.
    GreaterOrEqual(Value),
    /// Less than the value.
    Less(Value),
    /// Less than the value or equal to it.
    LessOrEqual(Value),
    /// From the first value to the second, both included.
    Between(Value, Value),
    /// One of the values.
    In(Vec<Value>),
    /// NULL (`true`) or not (`false`).
    Null(bool),
    /// The column's text contains this.
    Contains(String),
    /// The column's text begins with this.
    StartsWith(String),
    /// The column's text ends with this.
    EndsWith(String),
    /// The column's text matches.
    Matches(Pattern),
    /// A part of a time in UTC has this value. For time columns only.
    Part(TimePart, i64),
    /// Nothing passes: the value can not be in such a column.
    Nothing,
}

/// A value of the column's own type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// Text, compared by bytes.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
}

/// A part of a time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// The year.
    Year,
    /// 1 to 12.
    Month,
    /// Day of the month, from 1.
    Day,
    /// 1 (Sunday) to 7 (Saturday).
    WeekDay,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59; matches the whole second (api.md D11).
    Second,
}

/// The type of a column, which decides the values it can be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Takes [`Value::Integer`].
    Integer,
    /// Takes [`Value::Float`].
    Float,
    /// Takes [`Value::Text`].
    Text,
    /// Takes [`Value::Boolean`].
    Boolean,
    /// Takes [`Value::Time`].
    Time,
}

/// A column that lists can be filtered and sorted by.
pub trait Column: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The type of its values.
    fn kind(self) -> ColumnKind;
}

impl Catalog {
    /// One page of reports. Reports whose run has an empty `expDir` do not exist here (api.md rule 10).
    ///
    /// # Errors
    /// When the database does not answer, or finds a pattern too complex ([`crate::CatalogError::Invalid`]).
    pub async fn reports(&self, query: &ReportQuery) -> Result<Page<ReportRow>> {
        self.list(query).await
    }

    /// One report, or `None` when there is none of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn report(&self, id: i64) -> Result<Option<ReportRow>> {
        Ok(self.by_ids::<Reports>(&[id]).await?.pop())
    }
}
