//! From a client's object to changes of columns, and to words about them.

use runstow_catalog::Assignment;
use runstow_catalog::query::{Column, ColumnKind, Value};
use serde_json::Value as Json;

use super::super::face::Face;
use super::super::json_text::JsonText;
use super::super::refusal::Refusal;
use super::body::Object;
use super::coerce;
use super::writable::{ColumnOf, RowOf, Writable};

/// Characters of a value that an event tells.
const TOLD: usize = 200;

/// A field of the API and what is to stand in its column.
pub(in crate::rundb_api) struct Change<C> {
    pub(in crate::rundb_api) name: String,
    pub(in crate::rundb_api) assignment: Assignment<C>,
}

/// Refuses times that can not be read: the original found those first, before rights (api.md rules 43 and 51).
pub(super) fn check_times<F: Writable>(object: &Object) -> Result<(), Refusal> {
    for (name, given) in object {
        if F::writable(name).is_some_and(|field| field.column.kind() == ColumnKind::Time) {
            coerce::time(name, given)?;
        }
    }
    Ok(())
}

/// The changes that an object asks for. Fields that are missing, null without being nullable, read-only or unknown
/// change nothing (api.md rule 44).
pub(super) fn of<F: Writable>(
    object: &Object,
    row: Option<&RowOf<F>>,
) -> Result<Vec<Change<ColumnOf<F>>>, Refusal> {
    let mut changes = Vec::new();
    for (name, given) in object {
        let Some(field) = F::writable(name) else { continue };
        let counts = match row {
            Some(row) => !F::is_as_shown(row, name, given),
            None => F::counts_when_new(name),
        };
        if !counts {
            continue;
        }
        let value = if given.is_null() {
            if !field.nullable {
                continue;
            }
            // A text column holds no NULL, and the empty text is what would be shown for it.
            (field.column.kind() == ColumnKind::Text).then(|| Value::Text(String::new()))
        } else {
            Some(coerce::value(field.column.kind(), name, given)?)
        };
        if let (Some(Value::Text(text)), Some(longest)) = (&value, field.longest)
            && text.chars().count() > longest
        {
            return Err(Refusal::field(name, format_args!("it is longer than {longest} characters")));
        }
        changes.push(Change { name: name.clone(), assignment: Assignment { column: field.column, value } });
    }
    Ok(changes)
}

/// What an event says of a change: the fields with their old and new values.
pub(super) fn told<F: Writable>(row: &RowOf<F>, changes: &[Change<ColumnOf<F>>]) -> String {
    let mut text = format!("Changed through the API: {} {:?}", F::NAME, brief(&F::title(row)));
    if changes.is_empty() {
        return text + ", nothing given";
    }
    let before = shown::<F>(row);
    for change in changes {
        let before = before.get(&change.name).map(ToString::to_string).unwrap_or_default();
        text += &format!(
            ", {} {} → {}",
            change.name,
            brief(&before),
            brief(&json(change.assignment.value.as_ref()))
        );
    }
    text
}

/// What an event says of a record that goes.
pub(super) fn told_deleted<F: Writable>(row: &RowOf<F>) -> String {
    format!("Record deleted through the API: {} {:?}; no file was touched", F::NAME, brief(&F::title(row)))
}

/// What an event says of a record that comes.
pub(in crate::rundb_api) fn told_created<F: Writable>(changes: &[Change<ColumnOf<F>>]) -> String {
    let mut text = format!("Made through the API: {}", F::NAME);
    for change in changes {
        text += &format!(", {} {}", change.name, brief(&json(change.assignment.value.as_ref())));
    }
    text
}

fn shown<F: Face>(row: &RowOf<F>) -> Object {
    let mut out = JsonText::new();
    F::write(row, &mut out);
    serde_json::from_str(&out.into_string()).unwrap_or_default()
}

fn json(value: Option<&Value>) -> String {
    match value {
        None => Json::Null,
        Some(Value::Integer(number)) => (*number).into(),
        Some(Value::Float(number)) => (*number).into(),
        Some(Value::Text(text)) => text.as_str().into(),
        Some(Value::Boolean(flag)) => (*flag).into(),
        Some(Value::Time(us)) => runstow_catalog::times::original_text(*us).into(),
    }
    .to_string()
}

fn brief(text: &str) -> String {
    match text.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
