//! Search patterns: one meaning on both databases.
//!
//! Clients write PostgreSQL's dialect (advanced regular expressions, ARE), because the original's database
//! was PostgreSQL. A [`Pattern`] is parsed here, once, and then said twice: in the regex crate's syntax for
//! SQLite's `REGEXP`, and, from what the regex crate made of it (classes and case folding as explicit
//! character ranges), as an ARE that leaves PostgreSQL nothing to interpret.

mod are;
mod brackets;
mod escapes;
mod postgres;

use std::sync::Arc;

use regex_syntax::hir::Hir;

/// A pattern that both databases can run.
#[derive(Clone)]
pub struct Pattern {
    rust: Arc<str>,
    postgres: Arc<str>,
}

/// Why a pattern can not be run. The text is for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Not a pattern in the dialect.
    #[error("the pattern is not valid: {0}")]
    Invalid(String),
    /// A pattern of the dialect that this program does not run (api.md D11).
    #[error("the pattern uses {0}, which is not supported")]
    Unsupported(&'static str),
    /// A pattern that would need too much memory.
    #[error("the pattern is too large or too complex")]
    TooComplex,
}

/// Memory a compiled pattern may need, in bytes; a little less than SQLite's `REGEXP` allows.
const MAX_COMPILED: usize = 8 << 20;

/// How deep groups may be nested.
const MAX_DEPTH: u32 = 60;

/// Text a pattern may grow to for PostgreSQL, e.g. by `\w` and case folding, in bytes.
const MAX_TRANSLATED: usize = 1 << 20;

impl Pattern {
    /// A pattern in the dialect of the compatible API, searched anywhere in the text.
    ///
    /// # Errors
    /// When it is broken, uses look-around or back-references, or is too complex.
    pub fn new(text: &str, ignore_case: bool) -> Result<Self, PatternError> {
        Self::compile(&are::translate(text, ignore_case)?)
    }

    /// The text itself, case ignored: one to one, beyond ASCII too (ß is not ss).
    ///
    /// # Errors
    /// When the text is too long.
    pub fn text_ignoring_case(text: &str, place: Place) -> Result<Self, PatternError> {
        let (start, end) = match place {
            Place::Whole => (r"\A", r"\z"),
            Place::Start => (r"\A", ""),
            Place::End => ("", r"\z"),
            Place::Anywhere => ("", ""),
        };
        Self::compile(&format!("(?is){start}{}{end}", regex::escape(text)))
    }

    fn compile(rust: &str) -> Result<Self, PatternError> {
        let hir = regex_syntax::ParserBuilder::new()
            .nest_limit(MAX_DEPTH)
            .build()
            .parse(rust)
            .map_err(|error| PatternError::Invalid(reason(&error)))?;
        regex::RegexBuilder::new(rust)
            .size_limit(MAX_COMPILED)
            .nest_limit(MAX_DEPTH)
            .build()
            .map_err(|_| PatternError::TooComplex)?;
        Ok(Self { rust: rust.into(), postgres: translated(&hir)?.into() })
    }

    /// The pattern in the regex crate's syntax.
    pub(crate) fn rust(&self) -> &str {
        &self.rust
    }

    /// The pattern as an ARE that depends on no locale.
    pub(crate) fn postgres(&self) -> &str {
        &self.postgres
    }
}

/// Shows the regex crate's syntax: two patterns that show the same are the same.
impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{:?}/", self.rust)
    }
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The whole text.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

fn translated(hir: &Hir) -> Result<String, PatternError> {
    let text = postgres::from_hir(hir)?;
    if text.len() > MAX_TRANSLATED { Err(PatternError::TooComplex) } else { Ok(text) }
}

/// The parser's complaint without its drawing of the pattern, which is not the text the client sent.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it can not be read".to_owned(),
    }
}

#[cfg(test)]
mod tests;
