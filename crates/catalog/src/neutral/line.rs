//! One record as one line: JSON with a blank after each comma and colon.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::error::{CatalogError, Result};

/// Appends a value to the text, on one line.
pub(super) fn push(text: &mut Vec<u8>, value: &impl Serialize) -> Result<()> {
    value
        .serialize(&mut Serializer::with_formatter(text, Spaced))
        .map_err(|error| CatalogError::Invalid(format!("the catalog holds what JSON can not: {error}")))
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}
