//! Bodies of writing requests (api.md rule 50).

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::super::refusal::Refusal;

/// A JSON object.
pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match json(headers, body)? {
        Value::Object(object) => Ok(object),
        _ => Err(Refusal::BadRequest("The body must be a JSON object.".to_owned())),
    }
}

/// A JSON object with a list of `objects`.
pub(super) fn list(headers: &HeaderMap, body: &[u8], missing: &str) -> Result<(), Refusal> {
    let missing = || Refusal::BadRequest(missing.to_owned());
    let object = match json(headers, body)? {
        Value::Object(object) => object,
        Value::Array(_) => return Err(missing()),
        _ => return Err(Refusal::BadRequest("The body must be a JSON object.".to_owned())),
    };
    match object.get("objects") {
        Some(Value::Array(_) | Value::Object(_)) => Ok(()),
        None => Err(missing()),
        Some(_) => Err(Refusal::BadRequest("'objects' must be a list.".to_owned())),
    }
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
