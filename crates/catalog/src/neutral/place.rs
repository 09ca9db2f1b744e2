//! Reading the document, with the place of whatever is wrong: `results[3].categories.output.kep`.

use serde_json::Value;

use super::shape::Document;
use crate::error::{CatalogError, Result};

/// Reads the text into the shape.
pub(super) fn parse(text: &[u8]) -> Result<Document> {
    // serde would also take an array, with the lists by position.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(CatalogError::Invalid("the document is no JSON object: is this the right file?".into()));
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let document: Document = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        match place.as_str() {
            "." | "" => CatalogError::Invalid(format!("the document: {}", error.inner())),
            place => CatalogError::Invalid(format!("{place}: {}", error.inner())),
        }
    })?;
    json.end().map_err(|error| CatalogError::Invalid(format!("after the end of the document: {error}")))?;
    refuse_nul(text)?;
    Ok(document)
}

/// PostgreSQL can not hold a NUL in text, so no catalog holds one. JSON can only say it as an escape.
fn refuse_nul(text: &[u8]) -> Result<()> {
    const ESCAPE: &[u8] = br"\u0000";
    if !text.windows(ESCAPE.len()).any(|window| window == ESCAPE) {
        return Ok(());
    }
    let value: Value =
        serde_json::from_slice(text).map_err(|error| CatalogError::Invalid(error.to_string()))?;
    match place_of_nul(&value) {
        Some(place) => Err(CatalogError::Invalid(format!(
            "{}: text with a NUL character can not be kept",
            place.trim_start_matches('.')
        ))),
        None => Ok(()),
    }
}

fn place_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| place_of_nul(item).map(|inside| format!("[{index}]{inside}"))),
        Value::Object(entries) => entries.iter().find_map(|(key, entry)| {
            if key.contains('\0') {
                return Some(format!(".{key:?}"));
            }
            place_of_nul(entry).map(|inside| format!(".{key}{inside}"))
        }),
        _ => None,
    }
}
