//! One record, inside the transaction of its request.

use runstow_catalog::{LARGEST_ID, RecordEditor};
use serde_json::Value as Json;

use super::super::python_int::{PythonInt, parse_int};
use super::super::refusal::Refusal;
use super::body::Object;
use super::writable::{RowOf, Writable};
use super::{change, coerce};

/// The record as it is now, if lists show it.
pub(super) async fn find<F: Writable>(
    editor: &mut RecordEditor,
    id: i64,
) -> Result<Option<RowOf<F>>, Refusal> {
    Ok(editor.by_ids::<F::Kind>(&[id]).await?.pop())
}

/// Changes a record as an object says.
pub(super) async fn update<F: Writable>(
    editor: &mut RecordEditor,
    row: &RowOf<F>,
    object: &Object,
) -> Result<(), Refusal> {
    require_same_id(object, F::id(row))?;
    require_idle::<F>(row)?;
    let changes = change::of::<F>(object, Some(row))?;
    let told = change::told::<F>(row, &changes);
    let assignments: Vec<_> = changes.into_iter().map(|change| change.assignment).collect();
    Ok(editor.update::<F::Kind>(F::id(row), &assignments, told).await?)
}

/// Makes a record of an object, with the id of the address or else of the object.
pub(super) async fn create<F: Writable>(
    editor: &mut RecordEditor,
    address: Option<i64>,
    object: &Object,
) -> Result<i64, Refusal> {
    let id = match address {
        Some(id) => {
            require_same_id(object, id)?;
            Some(id)
        }
        None => own_id(object)?,
    };
    if address.is_none() && id.is_some() && F::IDS_FROM_CATALOG {
        return Err(Refusal::field("id", "the catalog gives new ids: leave it out, or PUT to the address"));
    }
    if let Some(id) = id.filter(|id| !(1..=LARGEST_ID).contains(id)) {
        return Err(Refusal::field("id", format_args!("{id} is not between 1 and {LARGEST_ID}")));
    }
    let changes = change::of::<F>(object, None)?;
    F::create(editor, id, object, changes).await
}

/// Removes records.
pub(super) async fn delete<F: Writable>(editor: &mut RecordEditor, rows: &[RowOf<F>]) -> Result<(), Refusal> {
    for row in rows {
        require_idle::<F>(row)?;
    }
    let records = rows.iter().map(|row| (F::id(row), change::told_deleted::<F>(row))).collect();
    Ok(editor.delete::<F::Kind>(records).await?)
}

/// The id in an address; none: a number beyond all ids.
pub(super) fn id_of_address(id: &str) -> Result<Option<i64>, Refusal> {
    match parse_int(id) {
        None => Err(Refusal::BadRequest(format!("The id '{id}' in the address is no whole number."))),
        Some(PythonInt::Fits(id)) => Ok(Some(id)),
        Some(PythonInt::TooLarge | PythonInt::TooSmall) => Ok(None),
    }
}

/// The id in an object; null counts as none.
pub(super) fn own_id(object: &Object) -> Result<Option<i64>, Refusal> {
    match object.get("id") {
        None | Some(Json::Null) => Ok(None),
        Some(given) => coerce::integer("id", given).map(Some),
    }
}

/// An object can not be about another record than the address is (D3).
fn require_same_id(object: &Object, id: i64) -> Result<(), Refusal> {
    match own_id(object)? {
        Some(other) if other != id => Err(Refusal::field(
            "id",
            format_args!("the address is that of {id}, and {other} is another record"),
        )),
        _ => Ok(()),
    }
}

fn require_idle<F: Writable>(row: &RowOf<F>) -> Result<(), Refusal> {
    F::busy(row).map_or(Ok(()), |reason| Err(Refusal::Conflict(reason)))
}
