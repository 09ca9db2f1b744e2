//! `fileserver`: the roots that hold runs (api.md rule 59).

use std::sync::LazyLock;

use runstow_catalog::RecordEditor;
use runstow_catalog::query::{FileServerColumn, FileServerRow, FileServers};

use super::face::{Face, Field};
use super::json_text::JsonText;
use super::refusal::Refusal;
use super::schema::{self, Default, Listed, Type};
use super::write::{Change, Object, Writable, WritableField};

/// The resource.
pub(super) enum FileServer {}

impl Face for FileServer {
    type Kind = FileServers;

    const NAME: &'static str = "fileserver";

    fn field(name: &str) -> Option<Field<FileServerColumn>> {
        Some(match name {
            "comments" => Field::Column(FileServerColumn::Comments),
            "filesPrefix" => Field::Column(FileServerColumn::FilesPrefix),
            "id" => Field::Column(FileServerColumn::Id),
            "name" => Field::Column(FileServerColumn::Name),
            "percentfull" => Field::Column(FileServerColumn::Percentfull),
            "resource_uri" => Field::Fixed,
            _ => return None,
        })
    }

    fn schema() -> &'static str {
        static SCHEMA: LazyLock<String> = LazyLock::new(|| {
            let fields = vec![
                schema::text("comments").blank().default(Default::Text("")),
                schema::text("filesPrefix"),
                schema::id(),
                schema::text("name"),
                schema::field("percentfull", Type::Float).nullable().default(Default::Number(0)),
                schema::resource_uri(),
            ];
            // `location` is listed although there is no such field.
            let listed = ["comments", "filesPrefix", "id", "location", "name", "percentfull"];
            schema::text_of(fields, &Listed { filtering: &listed, ordering: &listed })
        });
        &SCHEMA
    }

    fn write(row: &FileServerRow, out: &mut JsonText) {
        out.raw(r#"{"comments": "#);
        out.text(&row.comments);
        out.raw(r#", "filesPrefix": "#);
        out.text(&row.files_prefix);
        out.raw(r#", "id": "#);
        out.integer(row.id);
        out.raw(r#", "name": "#);
        out.text(&row.name);
        out.raw(r#", "percentfull": "#);
        out.float(row.percentfull.unwrap_or(0.0));
        out.raw(r#", "resource_uri": "/rundb/api/v1/fileserver/"#);
        out.integer(row.id);
        out.raw(r#"/"}"#);
    }

    fn id(row: &FileServerRow) -> i64 {
        row.id
    }
}

impl Writable for FileServer {
    fn writable(name: &str) -> Option<WritableField<FileServerColumn>> {
        Some(match name {
            "comments" => WritableField::of(FileServerColumn::Comments),
            "filesPrefix" => WritableField::of(FileServerColumn::FilesPrefix),
            "name" => WritableField::of(FileServerColumn::Name),
            "percentfull" => WritableField::of(FileServerColumn::Percentfull).nullable(),
            _ => return None,
        })
    }

    fn title(row: &FileServerRow) -> String {
        row.name.clone()
    }

    /// The location that the original needed could not be given, so this crashed it.
    async fn create(
        _: &mut RecordEditor,
        _: Option<i64>,
        _: &Object,
        _: Vec<Change<FileServerColumn>>,
    ) -> Result<i64, Refusal> {
        Err(Refusal::BadRequest(
            "File servers can not be made through this API; a scan registers the storage it is told of."
                .to_owned(),
        ))
    }
}
