//! `globalconfig`: the original's settings (api.md rule 61).

use std::sync::LazyLock;

use runstow_catalog::query::{Column, ColumnKind, GlobalConfigColumn, GlobalConfigRow, GlobalConfigs, Value};
use runstow_catalog::{Assignment, RecordEditor};

use super::face::{Face, Field};
use super::json_text::JsonText;
use super::refusal::Refusal;
use super::schema::{self, Default, Listed, Type};
use super::write::{Change, Object, Writable, WritableField, told_created};

/// The resource.
pub(super) enum GlobalConfig {}

impl Face for GlobalConfig {
    type Kind = GlobalConfigs;

    const NAME: &'static str = "globalconfig";

    fn field(name: &str) -> Option<Field<GlobalConfigColumn>> {
        if name == "resource_uri" {
            return Some(Field::Fixed);
        }
        GlobalConfigColumn::ALL
            .iter()
            .find(|column| column.name() == name)
            .map(|column| Field::Column(*column))
    }

    fn schema() -> &'static str {
        static SCHEMA: LazyLock<String> = LazyLock::new(|| {
            let mut fields: Vec<_> =
                GlobalConfigColumn::ALL.iter().map(|column| schema_of(*column)).collect();
            fields.push(schema::resource_uri());
            let listed: Vec<_> = GlobalConfigColumn::ALL.iter().map(|column| column.name()).collect();
            schema::text_of(fields, &Listed { filtering: &listed, ordering: &listed })
        });
        &SCHEMA
    }

    fn write(row: &GlobalConfigRow, out: &mut JsonText) {
        // resource_uri has its alphabetical place among the columns.
        let uri_before = |name: &str| name > "resource_uri";
        let mut uri_written = false;
        out.raw("{");
        for (place, (column, value)) in GlobalConfigColumn::ALL.iter().zip(&row.values).enumerate() {
            if place > 0 {
                out.raw(", ");
            }
            if !uri_written && uri_before(column.name()) {
                out.integer(format_args!(r#""resource_uri": "/rundb/api/v1/globalconfig/{}/", "#, row.id));
                uri_written = true;
            }
            out.text(column.name());
            out.raw(": ");
            match value {
                Value::Boolean(flag) => out.boolean(*flag),
                Value::Integer(number) | Value::Time(number) => out.integer(number),
                Value::Float(number) => out.float(*number),
                Value::Text(text) => out.text(text),
            }
        }
        out.raw("}");
    }

    fn id(row: &GlobalConfigRow) -> i64 {
        row.id
    }
}

/// What a new record's column holds; nothing where the original said nothing.
fn default_of(column: GlobalConfigColumn) -> Default {
    use GlobalConfigColumn as Is;
    match column {
        Is::Name => Default::None,
        Is::BaseRecalibrationMode => Default::Text("standard_recal"),
        Is::CheckNewsPosts
        | Is::ClusterAutoDisable
        | Is::EnableAutoPkgDl
        | Is::EnableAutoSecurity
        | Is::EnableNightlyEmail
        | Is::TelemetryEnabled => Default::Boolean(true),
        Is::DefaultStorageOptions => Default::Text("D"),
        Is::PasswordMaxAge => Default::Number(90),
        Is::RecordsToDisplay => Default::Number(20),
        Is::Selected => Default::Text(""),
        _ if column.kind() == ColumnKind::Boolean => Default::Boolean(false),
        _ => Default::Text(""),
    }
}

fn schema_of(column: GlobalConfigColumn) -> schema::FieldSchema {
    use GlobalConfigColumn as Is;
    let (name, default) = (column.name(), default_of(column));
    match column {
        Is::Id => return schema::id(),
        Is::Name | Is::BaseRecalibrationMode => return schema::text(name).default(default),
        Is::MajorPlatform => return schema::text(name).nullable().default(default),
        _ => {}
    }
    let kind = match column.kind() {
        ColumnKind::Boolean => Type::Boolean,
        ColumnKind::Integer => Type::Integer,
        _ => Type::Text,
    };
    schema::field(name, kind).blank().default(default)
}

impl Writable for GlobalConfig {
    fn writable(name: &str) -> Option<WritableField<GlobalConfigColumn>> {
        match Self::field(name)? {
            Field::Column(GlobalConfigColumn::Id) | Field::Special | Field::Fixed => None,
            Field::Column(column @ GlobalConfigColumn::MajorPlatform) => {
                Some(WritableField::of(column).nullable())
            }
            Field::Column(column) => Some(WritableField::of(column)),
        }
    }

    fn title(row: &GlobalConfigRow) -> String {
        let named = GlobalConfigColumn::ALL.iter().zip(&row.values);
        named
            .filter_map(|(column, value)| match (column, value) {
                (GlobalConfigColumn::Name, Value::Text(name)) => Some(name.clone()),
                _ => None,
            })
            .collect()
    }

    /// `selected` has no default that the original could store (api.md rule 61).
    async fn create(
        editor: &mut RecordEditor,
        id: Option<i64>,
        _: &Object,
        changes: Vec<Change<GlobalConfigColumn>>,
    ) -> Result<i64, Refusal> {
        if !changes.iter().any(|change| change.assignment.column == GlobalConfigColumn::Selected) {
            return Err(Refusal::BadRequest("'selected' is needed to make a configuration.".to_owned()));
        }
        let told = told_created::<Self>(&changes);
        let mut row: Vec<_> = GlobalConfigColumn::ALL
            .iter()
            .filter(|column| **column != GlobalConfigColumn::Id)
            .map(|column| Assignment { column: *column, value: Some(default_value(*column)) })
            .collect();
        for change in changes {
            if let Some(place) = row.iter_mut().find(|place| place.column == change.assignment.column) {
                *place = change.assignment;
            }
        }
        Ok(editor.create::<GlobalConfigs>(id, &row, told).await?)
    }
}

fn default_value(column: GlobalConfigColumn) -> Value {
    match (default_of(column), column.kind()) {
        (Default::Boolean(flag), _) => Value::Boolean(flag),
        (Default::Number(number), _) => Value::Integer(number),
        (Default::None | Default::Text(_), ColumnKind::Boolean) => Value::Boolean(false),
        (Default::None, _) => Value::Text(String::new()),
        (Default::Text(text), _) => Value::Text(text.to_owned()),
    }
}
