//! Reading: lists, one record, sets of records, schemas.

use std::collections::HashMap;

use axum::response::Response;
use bytes::Bytes;
use http::header::ACCEPT;
use runstow_catalog::Catalog;
use runstow_catalog::query::ListQuery;

use super::answer;
use super::cache::{Key, Page};
use super::face::Face;
use super::filters::Filters;
use super::format::Format;
use super::json_text::JsonText;
use super::ordering;
use super::paging::Paging;
use super::python_int::{PythonInt, parse_int};
use super::refusal::Refusal;
use super::request::Asked;

/// Room for one object of a list, in bytes.
const OBJECT: usize = 1024;

/// A page of a list. Errors come in the original's order: filters, sort keys, limit, offset, what its
/// database refused, and the format last (rule 14).
pub(super) async fn list<F: Face>(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let accept: Vec<&[u8]> = asked.headers.get_all(ACCEPT).iter().map(|value| value.as_bytes()).collect();
    let mut parts = vec![F::NAME.as_bytes(), asked.query.as_bytes()];
    parts.extend(accept);
    if let Some(page) = asked.app.rundb.get(&Key::new(asked.version, &parts)) {
        return Ok(answer::representation(page.content_type, page.body));
    }

    let filters = Filters::<F>::read(&asked.parameters)?;
    let order = ordering::read::<F>(&asked.parameters)?;
    let paging = Paging::read(&asked.parameters)?;
    if let Some(late) = filters.late {
        return Err(late);
    }
    let query = ListQuery::<F::Kind> {
        conditions: filters.conditions,
        narrowing: filters.narrowing,
        order,
        limit: paging.limit,
        offset: paging.offset,
    };
    let page = asked.app.catalog().list_at(asked.version, &query).await?;
    let format = Format::of(&asked.parameters, asked.headers)?;

    let mut out = JsonText::with_capacity(OBJECT * (page.rows.len() + 1));
    out.raw("{");
    paging.write_meta(&format!("/rundb/api/v1/{}/", F::NAME), &asked.parameters, page.total, &mut out);
    out.raw(r#", "objects": "#);
    write_objects::<F>(page.rows.iter(), &mut out);
    out.raw("}");
    let body = Bytes::from(format.wrap(out.into_string()));
    let finished = Page { content_type: format.content_type(), body: body.clone() };
    asked.app.rundb.put(Key::new(page.version, &parts), finished);
    Ok(answer::representation(format.content_type(), body))
}

/// One record.
pub(super) async fn detail<F: Face>(asked: &Asked<'_>, id: &str) -> Result<Response, Refusal> {
    let row = find::<F>(asked.app.catalog(), id).await?.ok_or(Refusal::Missing)?;
    let mut out = JsonText::with_capacity(OBJECT);
    F::write(&row, &mut out);
    represent(asked, out.into_string())
}

/// The record of an id as it stands in a path; `None` where nothing has that number.
pub(super) async fn find<F: Face>(
    catalog: &Catalog,
    id: &str,
) -> Result<Option<<F::Kind as runstow_catalog::query::Resource>::Row>, Refusal> {
    match parse_int(id) {
        None => Err(Refusal::NotAnId),
        Some(PythonInt::Fits(id)) => Ok(catalog.by_ids::<F::Kind>(&[id]).await?.pop()),
        Some(PythonInt::TooLarge | PythonInt::TooSmall) => Ok(None),
    }
}

/// Records by id, in the order given and as often as given (rule 36).
pub(super) async fn set<F: Face>(asked: &Asked<'_>, ids: &str) -> Result<Response, Refusal> {
    let mut wanted = Vec::new();
    for text in ids.split(';') {
        wanted.push((text, parse_int(text).ok_or(Refusal::NotAnId)?));
    }
    let mut numbers: Vec<i64> = wanted
        .iter()
        .filter_map(|(_, id)| if let PythonInt::Fits(id) = id { Some(*id) } else { None })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows = asked.app.catalog().by_ids::<F::Kind>(&numbers).await?;
    let known: HashMap<i64, _> = rows.iter().map(|row| (F::id(row), row)).collect();

    let mut found = Vec::new();
    let mut missing = Vec::new();
    for (text, id) in wanted {
        match id {
            PythonInt::Fits(id) if known.contains_key(&id) => found.push(known[&id]),
            _ => missing.push(text),
        }
    }
    let mut out = JsonText::with_capacity(OBJECT * (found.len() + 1));
    out.raw("{");
    if !missing.is_empty() {
        out.raw(r#""not_found": ["#);
        for (place, id) in missing.iter().enumerate() {
            if place > 0 {
                out.raw(", ");
            }
            out.text(id);
        }
        out.raw("], ");
    }
    out.raw(r#""objects": "#);
    write_objects::<F>(found.into_iter(), &mut out);
    out.raw("}");
    represent(asked, out.into_string())
}

/// What fields there are.
pub(super) fn schema<F: Face>(asked: &Asked<'_>) -> Result<Response, Refusal> {
    represent(asked, F::schema().to_owned())
}

fn represent(asked: &Asked<'_>, json: String) -> Result<Response, Refusal> {
    let format = Format::of(&asked.parameters, asked.headers)?;
    Ok(answer::representation(format.content_type(), format.wrap(json)))
}

fn write_objects<'r, F: Face>(
    rows: impl Iterator<Item = &'r <F::Kind as runstow_catalog::query::Resource>::Row>,
    out: &mut JsonText,
) {
    out.raw("[");
    for (place, row) in rows.enumerate() {
        if place > 0 {
            out.raw(", ");
        }
        F::write(row, out);
    }
    out.raw("]");
}
