//! `message`: banners for people (api.md rule 60).

use std::sync::LazyLock;

use runstow_catalog::query::{MessageColumn, MessageRow, Messages, Value};
use runstow_catalog::{Assignment, RecordEditor, times};

use super::face::{Face, Field};
use super::json_text::JsonText;
use super::refusal::Refusal;
use super::schema::{self, Default, Listed, Type};
use super::timestamp;
use super::write::{Change, Object, Writable, WritableField, told_created};

/// The resource.
pub(super) enum Message {}

impl Face for Message {
    type Kind = Messages;

    const NAME: &'static str = "message";

    fn field(name: &str) -> Option<Field<MessageColumn>> {
        Some(match name {
            "body" => Field::Column(MessageColumn::Body),
            "expires" => Field::Column(MessageColumn::Expires),
            "id" => Field::Column(MessageColumn::Id),
            "level" => Field::Column(MessageColumn::Level),
            "route" => Field::Column(MessageColumn::Route),
            "status" => Field::Column(MessageColumn::Status),
            "tags" => Field::Column(MessageColumn::Tags),
            "time" => Field::Column(MessageColumn::Time),
            "resource_uri" => Field::Fixed,
            _ => return None,
        })
    }

    fn schema() -> &'static str {
        static SCHEMA: LazyLock<String> = LazyLock::new(|| {
            let fields = vec![
                schema::text("body").blank().default(Default::Text("")),
                schema::text("expires").blank().default(Default::Text("read")),
                schema::id(),
                schema::integer("level").default(Default::Number(20)),
                schema::resource_uri(),
                schema::text("route").blank().default(Default::Text("")),
                schema::text("status").blank().default(Default::Text("unread")),
                schema::text("tags").blank().default(Default::Text("")),
                schema::field("time", Type::Time).blank().default(Default::Boolean(true)),
            ];
            let listed = ["body", "expires", "id", "level", "route", "status", "tags", "time"];
            schema::text_of(fields, &Listed { filtering: &listed, ordering: &listed })
        });
        &SCHEMA
    }

    fn write(row: &MessageRow, out: &mut JsonText) {
        out.raw(r#"{"body": "#);
        out.text(&row.body);
        out.raw(r#", "expires": "#);
        out.text(&row.expires);
        out.raw(r#", "id": "#);
        out.integer(row.id);
        out.raw(r#", "level": "#);
        out.integer(row.level);
        out.raw(r#", "resource_uri": "/rundb/api/v1/message/"#);
        out.integer(row.id);
        out.raw(r#"/", "route": "#);
        out.text(&row.route);
        out.raw(r#", "status": "#);
        out.text(&row.status);
        out.raw(r#", "tags": "#);
        out.text(&row.tags);
        out.raw(r#", "time": "#);
        timestamp::write(row.time_us, out);
        out.raw("}");
    }

    fn id(row: &MessageRow) -> i64 {
        row.id
    }
}

impl Writable for Message {
    fn writable(name: &str) -> Option<WritableField<MessageColumn>> {
        Some(WritableField::of(match name {
            "body" => MessageColumn::Body,
            "expires" => MessageColumn::Expires,
            "level" => MessageColumn::Level,
            "route" => MessageColumn::Route,
            "status" => MessageColumn::Status,
            "tags" => MessageColumn::Tags,
            "time" => MessageColumn::Time,
            _ => return None,
        }))
    }

    fn title(row: &MessageRow) -> String {
        row.body.clone()
    }

    /// The time is that of the request, whatever is sent (api.md rule 60).
    fn counts_when_new(name: &str) -> bool {
        name != "time"
    }

    async fn create(
        editor: &mut RecordEditor,
        id: Option<i64>,
        _: &Object,
        changes: Vec<Change<MessageColumn>>,
    ) -> Result<i64, Refusal> {
        let told = told_created::<Self>(&changes);
        let text = |column, text: &str| Assignment { column, value: Some(Value::Text(text.to_owned())) };
        let mut row = vec![
            text(MessageColumn::Body, ""),
            text(MessageColumn::Expires, "read"),
            Assignment { column: MessageColumn::Level, value: Some(Value::Integer(20)) },
            text(MessageColumn::Route, ""),
            text(MessageColumn::Status, "unread"),
            text(MessageColumn::Tags, ""),
        ];
        for change in changes {
            if let Some(place) = row.iter_mut().find(|place| place.column == change.assignment.column) {
                *place = change.assignment;
            }
        }
        row.push(Assignment { column: MessageColumn::Time, value: Some(Value::Time(times::now_us())) });
        Ok(editor.create::<Messages>(id, &row, told).await?)
    }
}
