//! File servers: the roots that hold runs.

use sea_query::{Condition as Where, Expr, SelectStatement};
use serde::Deserialize;

use super::resource::stored::{Listed, Sql, StoredColumn};
use super::{Column, ColumnKind, Resource};
use crate::tables::Fileservers as Table;

/// The kind of record: a file server.
#[derive(Clone, Copy, Debug)]
pub enum FileServers {}

/// A file server's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileServerColumn {
    /// The file server's id.
    Id,
    /// Its name.
    Name,
    /// Remarks.
    Comments,
    /// The directory that runs lie under.
    FilesPrefix,
    /// How full it is, in percent.
    Percentfull,
}

/// A file server as lists show it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FileServerRow {
    /// The file server's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Remarks.
    pub comments: String,
    /// The directory that runs lie under.
    pub files_prefix: String,
    /// How full it is, in percent; `None` while unknown.
    pub percentfull: Option<f64>,
}

impl Resource for FileServers {
    type Column = FileServerColumn;
    type Narrowing = ();
    type Row = FileServerRow;
}

impl Column for FileServerColumn {
    fn kind(self) -> ColumnKind {
        match self {
            Self::Id => ColumnKind::Integer,
            Self::Percentfull => ColumnKind::Float,
            Self::Name | Self::Comments | Self::FilesPrefix => ColumnKind::Text,
        }
    }
}

impl StoredColumn for FileServerColumn {
    fn value(self) -> Expr {
        Expr::col((
            Table::Table,
            match self {
                Self::Id => Table::Id,
                Self::Name => Table::Name,
                Self::Comments => Table::Comments,
                Self::FilesPrefix => Table::FilesPrefix,
                Self::Percentfull => Table::Percentfull,
            },
        ))
    }

    fn time_text(self) -> Option<Expr> {
        None
    }

    fn nullable(self) -> bool {
        self == Self::Percentfull
    }
}

impl Listed for FileServers {
    type Record = FileServerRow;
    type Extra = ();
    type Flat = FileServerRow;

    const NAME: &'static str = "fileservers";

    fn id() -> Expr {
        FileServerColumn::Id.value()
    }

    fn find(select: &mut SelectStatement) {
        select.from(Table::Table);
    }

    fn join(_: &mut SelectStatement) {}

    fn columns() -> Vec<Expr> {
        let all = [Table::Id, Table::Name, Table::Comments, Table::FilesPrefix, Table::Percentfull];
        all.into_iter().map(|column| Expr::col((Table::Table, column))).collect()
    }

    fn record(flat: FileServerRow) -> (i64, FileServerRow) {
        (flat.id, flat)
    }

    fn narrow((): &(), _: Sql) -> Where {
        Where::all()
    }
}
