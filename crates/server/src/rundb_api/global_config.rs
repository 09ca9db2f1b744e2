//! `globalconfig`: the original's settings (api.md rule 61).

use std::sync::LazyLock;

use runstow_catalog::query::{Column, ColumnKind, GlobalConfigColumn, GlobalConfigRow, GlobalConfigs, Value};

use super::face::{Face, Field};
use super::json_text::JsonText;
use super::schema::{self, Default, Listed, Type};

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

/// What a new record's column holds, as far as the original says.
fn schema_of(column: GlobalConfigColumn) -> schema::FieldSchema {
    use GlobalConfigColumn as Is;
    let name = column.name();
    match column {
        Is::Id => return schema::id(),
        Is::Name => return schema::text(name),
        Is::BaseRecalibrationMode => return schema::text(name).default(Default::Text("standard_recal")),
        Is::MajorPlatform => return schema::text(name).nullable().default(Default::Text("")),
        _ => {}
    }
    let default = match column {
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
    };
    let kind = match column.kind() {
        ColumnKind::Boolean => Type::Boolean,
        ColumnKind::Integer => Type::Integer,
        _ => Type::Text,
    };
    schema::field(name, kind).blank().default(default)
}
