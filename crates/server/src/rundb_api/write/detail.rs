//! PUT, PATCH and DELETE of one record.

use axum::response::Response;
use http::StatusCode;
use runstow_catalog::LARGEST_ID;

use super::super::refusal::Refusal;
use super::super::request::Asked;
use super::super::{answer, read};
use super::writable::Writable;
use super::{body, change, list, permitted, record};

/// Changes a record, or makes one with this id.
pub(super) async fn put<F: Writable>(asked: &Asked<'_>, id: &str, body: &[u8]) -> Result<Response, Refusal> {
    let object = body::object(asked.headers, body)?;
    change::check_times::<F>(&object)?;
    let by = permitted(asked)?;
    let Some(id) = record::id_of_address(id)? else {
        return Err(Refusal::field("id", format_args!("it is not between 1 and {LARGEST_ID}")));
    };
    let mut editor = asked.app.catalog().edit_records(by).await?;
    if let Some(row) = record::find::<F>(&mut editor, id).await? {
        record::update::<F>(&mut editor, &row, &object).await?;
        editor.commit().await?;
        return Ok(answer::written(StatusCode::NO_CONTENT));
    }
    let id = record::create::<F>(&mut editor, Some(id), &object).await?;
    editor.commit().await?;
    Ok(answer::created(&list::location::<F>(asked, id)))
}

/// Changes what is given of a record. A record that is not there comes before what is wrong with the body.
pub(super) async fn patch<F: Writable>(
    asked: &Asked<'_>,
    id: &str,
    body: &[u8],
) -> Result<Response, Refusal> {
    let seen = read::find::<F>(asked.app.catalog(), id).await?.ok_or(Refusal::Missing)?;
    let object = body::object(asked.headers, body)?;
    change::check_times::<F>(&object)?;
    let by = permitted(asked)?;
    let mut editor = asked.app.catalog().edit_records(by).await?;
    let row = record::find::<F>(&mut editor, F::id(&seen)).await?.ok_or(Refusal::Missing)?;
    record::update::<F>(&mut editor, &row, &object).await?;
    editor.commit().await?;
    Ok(answer::written(StatusCode::ACCEPTED))
}

/// Removes a record. Unlike GET it answers what is no number as if nobody had that number.
pub(super) async fn delete<F: Writable>(asked: &Asked<'_>, id: &str) -> Result<Response, Refusal> {
    let seen = match read::find::<F>(asked.app.catalog(), id).await {
        Ok(row) => row.ok_or(Refusal::Missing)?,
        Err(Refusal::NotAnId) => return Err(Refusal::Missing),
        Err(other) => return Err(other),
    };
    let by = permitted(asked)?;
    let mut editor = asked.app.catalog().edit_records(by).await?;
    let row = record::find::<F>(&mut editor, F::id(&seen)).await?.ok_or(Refusal::Missing)?;
    record::delete::<F>(&mut editor, &[row]).await?;
    editor.commit().await?;
    Ok(answer::written(StatusCode::NO_CONTENT))
}
