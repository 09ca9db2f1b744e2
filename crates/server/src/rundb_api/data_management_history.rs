//! `datamanagementhistory`: who did what to which report, when (api.md rule 58).

use std::sync::LazyLock;

use runstow_catalog::RecordEditor;
use runstow_catalog::query::{EventColumn, EventNarrowing, EventRow, Events};

use super::face::{Face, Field};
use super::filters::{self, Given, Lookup};
use super::json_text::JsonText;
use super::refusal::Refusal;
use super::schema::{self, Default, Listed, Type};
use super::timestamp;
use super::write::{Change, Object, Writable, WritableField};

/// The resource.
pub(super) enum DataManagementHistory {}

impl Face for DataManagementHistory {
    type Kind = Events;

    const NAME: &'static str = "datamanagementhistory";

    fn field(name: &str) -> Option<Field<EventColumn>> {
        Some(match name {
            "created" => Field::Column(EventColumn::Created),
            "text" => Field::Column(EventColumn::Text),
            "username" => Field::Column(EventColumn::Username),
            "resultsName" => Field::Special,
            "id" | "object_pk" | "resource_uri" => Field::Fixed,
            _ => return None,
        })
    }

    fn schema() -> &'static str {
        static SCHEMA: LazyLock<String> = LazyLock::new(|| {
            let fields = vec![
                schema::field("created", Type::Time).blank().default(Default::Boolean(true)),
                schema::id(),
                schema::integer("object_pk"),
                schema::resource_uri(),
                schema::text("resultsName").nullable().readonly(),
                schema::text("text").default(Default::Text("")),
                schema::text("username").blank().default(Default::Text("ION")),
            ];
            let listed = ["created", "text", "username", "resultsName"];
            schema::text_of(fields, &Listed { filtering: &listed, ordering: &listed })
        });
        &SCHEMA
    }

    fn write(row: &EventRow, out: &mut JsonText) {
        out.raw(r#"{"created": "#);
        timestamp::write(row.created_us, out);
        out.raw(r#", "id": "#);
        out.integer(row.id);
        out.raw(r#", "object_pk": "#);
        out.integer(row.object_pk);
        out.raw(r#", "resource_uri": "/rundb/api/v1/datamanagementhistory/"#);
        out.integer(row.id);
        out.raw(r#"/", "resultsName": "#);
        out.optional(row.results_name.as_deref());
        out.raw(r#", "text": "#);
        out.text(&row.text);
        out.raw(r#", "username": "#);
        out.text(&row.username);
        out.raw("}");
    }

    fn id(row: &EventRow) -> i64 {
        row.id
    }

    /// `resultsName` is a regular expression over reports, whatever its name says.
    fn filter_special(
        parameter: &str,
        lookup: Lookup,
        given: &Given<'_>,
        narrowing: &mut EventNarrowing,
    ) -> Result<(), Refusal> {
        match (lookup, given) {
            (Lookup::Exact, Given::Nothing) => {}
            (Lookup::Exact, Given::Text(text)) => {
                narrowing.results_name = Some(filters::pattern(text, true, parameter)?);
            }
            _ => return Err(Refusal::parameter(parameter, "only a regular expression is possible")),
        }
        Ok(())
    }
}

impl Writable for DataManagementHistory {
    fn writable(name: &str) -> Option<WritableField<EventColumn>> {
        Some(match name {
            "created" => WritableField::of(EventColumn::Created),
            "object_pk" => WritableField::of(EventColumn::ObjectPk),
            "text" => WritableField::of(EventColumn::Text),
            "username" => WritableField::of(EventColumn::Username),
            _ => return None,
        })
    }

    fn title(row: &EventRow) -> String {
        row.text.clone()
    }

    /// What an event is about could not be said, so this crashed the original.
    async fn create(
        _: &mut RecordEditor,
        _: Option<i64>,
        _: &Object,
        _: Vec<Change<EventColumn>>,
    ) -> Result<i64, Refusal> {
        Err(Refusal::BadRequest(
            "Events can not be made through this API; they come from what is done.".to_owned(),
        ))
    }
}
