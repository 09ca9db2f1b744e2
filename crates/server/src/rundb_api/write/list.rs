//! POST, PUT, PATCH and DELETE of a list.

use std::collections::HashMap;

use axum::response::Response;
use http::StatusCode;
use runstow_catalog::RecordEditor;
use serde_json::Value as Json;

use super::super::answer;
use super::super::filters::Filters;
use super::super::refusal::Refusal;
use super::super::request::Asked;
use super::body::{Lists, Object};
use super::writable::{RowOf, Writable};
use super::{body, change, permitted, record, uri};

/// Records read at once.
const PART: usize = 5000;

/// Makes a record.
pub(super) async fn post<F: Writable>(asked: &Asked<'_>, body: &[u8]) -> Result<Response, Refusal> {
    let object = body::object(asked.headers, body)?;
    change::check_times::<F>(&object)?;
    let by = permitted(asked)?;
    let mut editor = asked.app.catalog().edit_records(by).await?;
    let id = record::create::<F>(&mut editor, None, &object).await?;
    editor.commit().await?;
    Ok(answer::created(&location::<F>(asked, id)))
}

/// The address of a record, absolute as in the original.
pub(super) fn location<F: Writable>(asked: &Asked<'_>, id: i64) -> String {
    format!("{}/rundb/api/v1/{}/{id}/", asked.origin, F::NAME)
}

/// Replaces the records that match by those of the body. A report that is in both keeps what is known of its files.
pub(super) async fn put<F: Writable>(asked: &Asked<'_>, body: &[u8]) -> Result<Response, Refusal> {
    let Lists { objects, .. } = body::lists(asked.headers, body, "Invalid data sent.")?;
    let filters = Filters::<F>::read(&asked.parameters)?;
    for member in &objects {
        if let Json::Object(object) = member {
            change::check_times::<F>(object)?;
        }
    }
    let by = permitted(asked)?;
    let objects = objects.iter().map(body::as_object).collect::<Result<Vec<_>, _>>()?;
    let mut editor = asked.app.catalog().edit_records(by).await?;
    let mut rows = matching::<F>(asked, &mut editor, filters).await?;

    let mut staying = HashMap::new();
    if F::IDS_FROM_CATALOG {
        let mut wanted = Vec::new();
        for object in &objects {
            wanted.extend(record::own_id(object)?);
        }
        for row in rows.extract_if(.., |row| wanted.contains(&F::id(row))) {
            staying.insert(F::id(&row), row);
        }
    }
    record::delete::<F>(&mut editor, &rows).await?;
    for object in objects {
        match record::own_id(object)?.and_then(|id| staying.remove(&id)) {
            Some(row) => record::update::<F>(&mut editor, &row, object).await?,
            None => drop(record::create::<F>(&mut editor, None, object).await?),
        }
    }
    editor.commit().await?;
    Ok(answer::written(StatusCode::NO_CONTENT))
}

/// Changes, makes and removes records, all or none.
pub(super) async fn patch<F: Writable>(asked: &Asked<'_>, body: &[u8]) -> Result<Response, Refusal> {
    let lists = body::lists(asked.headers, body, "Invalid data sent: missing 'objects'")?;
    let by = match permitted(asked) {
        Ok(by) => by,
        Err(refusal) => {
            check_first::<F>(asked, &lists).await?;
            return Err(refusal);
        }
    };
    let mut editor = asked.app.catalog().edit_records(by).await?;
    for member in &lists.objects {
        let object = body::as_object(member)?;
        let row = match object.get("resource_uri") {
            Some(address) => of_address::<F>(&mut editor, address).await?,
            None => None,
        };
        change::check_times::<F>(object)?;
        match row {
            Some(row) => record::update::<F>(&mut editor, &row, object).await?,
            // A number that nobody has is no wish for this number (api.md rule 49).
            None => drop(record::create::<F>(&mut editor, None, object).await?),
        }
    }
    for address in &lists.deleted {
        let row = of_address::<F>(&mut editor, address).await?.ok_or(Refusal::NotAnId)?;
        record::delete::<F>(&mut editor, &[row]).await?;
    }
    editor.commit().await?;
    Ok(answer::written(StatusCode::ACCEPTED))
}

/// Removes what matches.
pub(super) async fn delete<F: Writable>(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let filters = Filters::<F>::read(&asked.parameters)?;
    let by = permitted(asked)?;
    let mut editor = asked.app.catalog().edit_records(by).await?;
    let rows = matching::<F>(asked, &mut editor, filters).await?;
    record::delete::<F>(&mut editor, &rows).await?;
    editor.commit().await?;
    Ok(answer::written(StatusCode::NO_CONTENT))
}

/// The records that the filters name. All of them only when that is said (D7).
async fn matching<F: Writable>(
    asked: &Asked<'_>,
    editor: &mut RecordEditor,
    filters: Filters<F>,
) -> Result<Vec<RowOf<F>>, Refusal> {
    if let Some(late) = filters.late {
        return Err(late);
    }
    if !filters.narrows && asked.parameters.last("confirm") != Some("all") {
        return Err(Refusal::BadRequest(format!(
            "No filter is given, so this would remove every {}: add a filter, or ?confirm=all if that is meant. \
             Nothing was changed.",
            F::NAME
        )));
    }
    let ids = editor.matching::<F::Kind>(filters.conditions, filters.narrowing).await?;
    let mut rows = Vec::with_capacity(ids.len());
    for part in ids.chunks(PART) {
        rows.extend(editor.by_ids::<F::Kind>(part).await?);
    }
    Ok(rows)
}

/// The record of an address; none: a number that nobody has.
async fn of_address<F: Writable>(
    editor: &mut RecordEditor,
    address: &Json,
) -> Result<Option<RowOf<F>>, Refusal> {
    match uri::id::<F>(address)? {
        Some(id) => record::find::<F>(editor, id).await,
        None => Ok(None),
    }
}

/// What the original found wrong with the first thing to do before it looked at rights.
async fn check_first<F: Writable>(asked: &Asked<'_>, lists: &Lists) -> Result<(), Refusal> {
    if let Some(member) = lists.objects.first() {
        let object: &Object = body::as_object(member)?;
        if let Some(address) = object.get("resource_uri") {
            uri::id::<F>(address)?;
        }
        return change::check_times::<F>(object);
    }
    if let Some(address) = lists.deleted.first() {
        let id = uri::id::<F>(address)?.ok_or(Refusal::NotAnId)?;
        if asked.app.catalog().by_ids::<F::Kind>(&[id]).await?.is_empty() {
            return Err(Refusal::NotAnId);
        }
    }
    Ok(())
}
