//! Where the columns that may be written lie.

use sea_query::{DynIden, Expr, ExprTrait, Iden, IntoIden as _, Query};

use super::register;
use crate::db::Tx;
use crate::error::Result;
use crate::events::About;
use crate::ids::Sequence;
use crate::query::{
    EventColumn, Events, FileServerColumn, FileServers, GlobalConfigColumn, GlobalConfigs, MessageColumn,
    Messages, ReportColumn, Reports, Value,
};
use crate::registry;
use crate::tables;

/// The numbering of a kind of record. A type of its own: a trait that others can name may not show the inner one.
pub struct Numbering(pub(super) Sequence);

/// The transaction of an editor, for the same reason.
pub struct Inside<'t>(pub(super) &'t mut Tx);

/// The table of a kind of record.
pub trait Stored {
    /// The columns that lists name.
    type Field: Copy;

    /// The kind as events name it.
    const ABOUT: About;

    /// The table.
    fn table() -> DynIden;

    /// The column of the id.
    fn id_column() -> DynIden;

    /// The ids.
    fn numbering() -> Numbering;

    /// A column of the table; none: it belongs to another one and can not be written.
    fn column(column: Self::Field) -> Option<DynIden>;

    /// The column that holds a time's text.
    fn text_column(_: Self::Field) -> Option<DynIden> {
        None
    }

    /// The value as the column holds it. NULL has the column's type: PostgreSQL tells them apart.
    fn bound(_: Self::Field, value: Option<&Value>) -> Expr {
        match value {
            Some(Value::Integer(number) | Value::Time(number)) => Expr::val(*number),
            Some(Value::Float(number)) => Expr::val(*number),
            Some(Value::Text(text)) => Expr::val(text.as_str()),
            Some(Value::Boolean(flag)) => Expr::val(*flag),
            None => Expr::null(),
        }
    }

    /// Adds what a record that was written must have.
    fn complete(_: Inside<'_>, _: i64) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Undoes what refers to records that are about to go.
    fn release(_: Inside<'_>, _: &[i64]) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

fn named(column: impl Iden + 'static) -> DynIden {
    column.into_iden()
}

impl Stored for Reports {
    type Field = ReportColumn;

    const ABOUT: About = About::Record;

    fn table() -> DynIden {
        named(tables::Results::Table)
    }

    fn id_column() -> DynIden {
        named(tables::Results::Id)
    }

    fn numbering() -> Numbering {
        Numbering(Sequence::Results)
    }

    fn column(column: ReportColumn) -> Option<DynIden> {
        Some(named(match column {
            ReportColumn::ResultsName => tables::Results::ResultsName,
            ReportColumn::TimeStamp => tables::Results::TimeStampUs,
            ReportColumn::Diskusage => tables::Results::Diskusage,
            ReportColumn::Id | ReportColumn::ExpDir | ReportColumn::ExpName => return None,
        }))
    }

    fn text_column(column: ReportColumn) -> Option<DynIden> {
        (column == ReportColumn::TimeStamp).then(|| named(tables::Results::TimeStampText))
    }

    async fn complete(inside: Inside<'_>, id: i64) -> Result<()> {
        register::categories_where_none(inside.0, id).await
    }

    async fn release(inside: Inside<'_>, ids: &[i64]) -> Result<()> {
        let query = Query::update()
            .table(tables::Results::Table)
            .value(tables::Results::ParentId, None::<i64>)
            .and_where(Expr::col(tables::Results::ParentId).is_in(ids.iter().copied()))
            .to_owned();
        inside.0.run(&query).await?;
        // Holds and Keep go with the report by themselves. This one refers to nothing, and would keep scans from
        // measuring another report that a client gives the same id.
        registry::forget_observed(inside.0, ids).await
    }
}

impl Stored for Events {
    type Field = EventColumn;

    const ABOUT: About = About::Event;

    fn table() -> DynIden {
        named(tables::Events::Table)
    }

    fn id_column() -> DynIden {
        named(tables::Events::Id)
    }

    fn numbering() -> Numbering {
        Numbering(Sequence::Events)
    }

    fn column(column: EventColumn) -> Option<DynIden> {
        Some(named(match column {
            EventColumn::Id => return None,
            EventColumn::Created => tables::Events::CreatedUs,
            EventColumn::Text => tables::Events::Text,
            EventColumn::Username => tables::Events::Username,
            EventColumn::ObjectPk => tables::Events::ObjectPk,
        }))
    }

    fn text_column(column: EventColumn) -> Option<DynIden> {
        (column == EventColumn::Created).then(|| named(tables::Events::CreatedText))
    }
}

impl Stored for FileServers {
    type Field = FileServerColumn;

    const ABOUT: About = About::FileServer;

    fn table() -> DynIden {
        named(tables::Fileservers::Table)
    }

    fn id_column() -> DynIden {
        named(tables::Fileservers::Id)
    }

    fn numbering() -> Numbering {
        Numbering(Sequence::Fileservers)
    }

    fn column(column: FileServerColumn) -> Option<DynIden> {
        Some(named(match column {
            FileServerColumn::Id => return None,
            FileServerColumn::Name => tables::Fileservers::Name,
            FileServerColumn::Comments => tables::Fileservers::Comments,
            FileServerColumn::FilesPrefix => tables::Fileservers::FilesPrefix,
            FileServerColumn::Percentfull => tables::Fileservers::Percentfull,
        }))
    }
}

impl Stored for Messages {
    type Field = MessageColumn;

    const ABOUT: About = About::Message;

    fn table() -> DynIden {
        named(tables::Messages::Table)
    }

    fn id_column() -> DynIden {
        named(tables::Messages::Id)
    }

    fn numbering() -> Numbering {
        Numbering(Sequence::Messages)
    }

    fn column(column: MessageColumn) -> Option<DynIden> {
        Some(named(match column {
            MessageColumn::Id => return None,
            MessageColumn::Body => tables::Messages::Body,
            MessageColumn::Level => tables::Messages::Level,
            MessageColumn::Route => tables::Messages::Route,
            MessageColumn::Expires => tables::Messages::Expires,
            MessageColumn::Tags => tables::Messages::Tags,
            MessageColumn::Status => tables::Messages::Status,
            MessageColumn::Time => tables::Messages::TimeUs,
        }))
    }

    fn text_column(column: MessageColumn) -> Option<DynIden> {
        (column == MessageColumn::Time).then(|| named(tables::Messages::TimeText))
    }
}

impl Stored for GlobalConfigs {
    type Field = GlobalConfigColumn;

    const ABOUT: About = About::GlobalConfig;

    fn table() -> DynIden {
        named(tables::Globalconfig::Table)
    }

    fn id_column() -> DynIden {
        named(tables::Globalconfig::Id)
    }

    fn numbering() -> Numbering {
        Numbering(Sequence::Globalconfig)
    }

    fn column(column: GlobalConfigColumn) -> Option<DynIden> {
        (column != GlobalConfigColumn::Id).then(|| named(column.iden()))
    }
}
