//! File servers: the roots that hold runs.

use sea_query::{Condition as Where, Expr, SelectStatement};

use super::resource::stored::{Listed, Sql, Stored, StoredColumn};
use super::{Column, ColumnKind, Resource};
use crate::error::Result;
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
#[derive(Clone, Debug, PartialEq)]
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

    const NAME: &'static str = "fileservers";
    const WIDTH: usize = 5;

    fn id() -> Expr {
        FileServerColumn::Id.value()
    }

    fn find(select: &mut SelectStatement) {
        select.from(Table::Table);
    }

    fn show(select: &mut SelectStatement) {
        Self::find(select);
        for column in [Table::Id, Table::Name, Table::Comments, Table::FilesPrefix, Table::Percentfull] {
            select.column((Table::Table, column));
        }
    }

    fn read(row: &Stored<'_>) -> Result<FileServerRow> {
        Ok(FileServerRow {
            id: row.get(0)?,
            name: row.get(1)?,
            comments: row.get(2)?,
            files_prefix: row.get(3)?,
            percentfull: row.get(4)?,
        })
    }

    fn narrow((): &(), _: Sql) -> Where {
        Where::all()
    }
}
