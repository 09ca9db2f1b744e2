//! Bodies of writing requests (api.md rule 50).

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::super::refusal::Refusal;

/// One object as a client sends it.
pub(in crate::rundb_api) type Object = Map<String, Value>;

/// The body of a PATCH or PUT of a list.
pub(super) struct Lists {
    /// What is to be changed or made.
    pub(super) objects: Vec<Value>,
    /// Addresses of what is to go.
    pub(super) deleted: Vec<Value>,
}

/// A JSON object.
pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Object, Refusal> {
    match json(headers, body)? {
        Value::Object(object) => Ok(object),
        _ => Err(not_an_object()),
    }
}

/// A JSON object with a list of `objects`.
pub(super) fn lists(headers: &HeaderMap, body: &[u8], missing: &str) -> Result<Lists, Refusal> {
    let missing = || Refusal::BadRequest(missing.to_owned());
    let mut object = match json(headers, body)? {
        Value::Object(object) => object,
        Value::Array(_) | Value::String(_) => return Err(missing()),
        _ => return Err(not_an_object()),
    };
    let objects = object.remove("objects").ok_or_else(missing)?;
    let deleted = object.remove("deleted_objects").filter(super::coerce::is_true);
    Ok(Lists {
        objects: members("objects", objects)?,
        deleted: deleted.map_or_else(|| Ok(Vec::new()), addresses)?,
    })
}

/// The members of `deleted_objects`, as Python goes through what it is given: an object by its keys, a text by its
/// characters, none of which is an address.
fn addresses(deleted: Value) -> Result<Vec<Value>, Refusal> {
    match deleted {
        Value::Array(members) => Ok(members),
        Value::Object(object) => Ok(object.into_iter().map(|(address, _)| Value::String(address)).collect()),
        Value::String(text) => Ok(text.chars().map(String::from).map(Value::String).collect()),
        _ => Err(Refusal::BadRequest("'deleted_objects' must be a list.".to_owned())),
    }
}

/// The members of a list. An empty object or text counts as an empty list.
fn members(name: &str, list: Value) -> Result<Vec<Value>, Refusal> {
    match list {
        Value::Array(members) => Ok(members),
        Value::Object(object) if object.is_empty() => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        _ => Err(Refusal::BadRequest(format!("'{name}' must be a list."))),
    }
}

/// A member of `objects`.
pub(super) fn as_object(member: &Value) -> Result<&Object, Refusal> {
    member
        .as_object()
        .ok_or_else(|| Refusal::BadRequest("Each of 'objects' must be a JSON object.".to_owned()))
}

fn not_an_object() -> Refusal {
    Refusal::BadRequest("The body must be a JSON object.".to_owned())
}

/// A missing type counts as JSON, and what follows `;` does not matter.
fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    if let Some(kind) = headers.get(CONTENT_TYPE) {
        let kind = String::from_utf8_lossy(kind.as_bytes());
        if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
            return Err(Refusal::UnsupportedMediaType(format!(
                "The body's type must be application/json, not '{kind}'."
            )));
        }
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| Refusal::BadRequest("The body is not valid UTF-8.".to_owned()))?;
    // The original says nothing about what is wrong.
    serde_json::from_str(text).map_err(|_| Refusal::BadRequest(String::new()))
}
