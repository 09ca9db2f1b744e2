//! What each resource says about being written.

use runstow_catalog::RecordEditor;
use runstow_catalog::query::Resource;
use serde_json::Value as Json;

use super::super::face::Face;
use super::super::refusal::Refusal;
use super::body::Object;
use super::change::Change;

pub(in crate::rundb_api) type ColumnOf<F> = <<F as Face>::Kind as Resource>::Column;
pub(in crate::rundb_api) type RowOf<F> = <<F as Face>::Kind as Resource>::Row;

/// A field that clients may write.
#[derive(Clone, Copy, Debug)]
pub(in crate::rundb_api) struct WritableField<C> {
    pub(in crate::rundb_api) column: C,
    /// Whether null is stored; otherwise it leaves what is there.
    pub(in crate::rundb_api) nullable: bool,
    /// The most characters of a text.
    pub(in crate::rundb_api) longest: Option<usize>,
}

impl<C> WritableField<C> {
    /// A field that takes a value of its column's type.
    pub(in crate::rundb_api) fn of(column: C) -> Self {
        Self { column, nullable: false, longest: None }
    }

    /// May be null.
    pub(in crate::rundb_api) fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Takes texts of so many characters at most.
    pub(in crate::rundb_api) fn longest(self, characters: usize) -> Self {
        Self { longest: Some(characters), ..self }
    }
}

/// A resource that clients with the right may write.
pub(in crate::rundb_api) trait Writable: Face {
    /// Whether a new record's id must come from the catalog or from the address, never from the body (D3).
    const IDS_FROM_CATALOG: bool = false;

    /// The field of this name; all other names are ignored.
    fn writable(name: &str) -> Option<WritableField<ColumnOf<Self>>>;

    /// What people call the record.
    fn title(row: &RowOf<Self>) -> String;

    /// Why the record can not be written just now (D10).
    fn busy(_: &RowOf<Self>) -> Option<String> {
        None
    }

    /// Whether a value is what GET shows of the record and no value of its own (D4).
    fn is_as_shown(_: &RowOf<Self>, _: &str, _: &Json) -> bool {
        false
    }

    /// Whether what is sent for this field of a new record counts.
    fn counts_when_new(_: &str) -> bool {
        true
    }

    /// Makes a record of what a client sent, and gives its id.
    fn create(
        editor: &mut RecordEditor,
        id: Option<i64>,
        object: &Object,
        changes: Vec<Change<ColumnOf<Self>>>,
    ) -> impl Future<Output = Result<i64, Refusal>> + Send;
}
