//! The notation of a path pattern, and its meaning as a regular expression.
//!
//! A pattern is tried at the start of the path relative to the report dir or run dir. There is no anchor at the end: what
//! follows is taken too, be it a longer name or everything below a folder of that name (categories.md §2.1, §2.2).
//!
//! | notation | stands for |
//! |---|---|
//! | `*` | one or more characters of one name (no `/`); the first is not a line break |
//! | `**` | anything, also nothing, also across folders; no line break |
//! | `?` | any one character but a line break: a dot that Torrent Suite leaves open |
//! | `#` | one or more ASCII digits |
//! | `{a,b}` | either; alternatives may hold the tokens above, but no further braces |
//! | `\` and a sign | that sign itself |
//! | `re:…` | a regular expression in place of all this; `.` is one character but a line break, `\d` `\w` `\s` are ASCII |
//! | anything else | itself; upper and lower case differ |

mod alternatives;
mod ascii;

/// One pattern, without alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    notation: String,
    regex: String,
}

/// Why a text is no pattern.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PatternError {
    /// It would match every path; that must be written down.
    #[error("it is empty; write ** for every path")]
    Empty,
    /// Paths are relative.
    #[error("it begins with /; patterns are relative to the report dir or run dir, so leave the first / out")]
    Absolute,
    /// A brace without its partner.
    #[error("a brace is not closed or not opened; write \\{{ or \\}} for the sign itself")]
    Brace,
    /// Braces within braces.
    #[error("braces within braces are not supported; write several patterns")]
    Nested,
    /// More combinations of alternatives than anybody means.
    #[error("its braces stand for more than {0} patterns; write fewer alternatives")]
    TooMany(usize),
    /// A backslash before something that needs none.
    #[error(
        "\\{0} means nothing here; a backslash goes before one of * ? # {{ }} , \\ @ and # stands for digits"
    )]
    Escape(char),
    /// A backslash at the end.
    #[error("it ends in a backslash; write \\\\ for the sign itself")]
    LoneBackslash,
    /// `re:` with something that is no regular expression.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

impl Pattern {
    /// Reads one text; braces make several patterns of it.
    ///
    /// # Errors
    /// [`PatternError`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Vec<Self>, PatternError> {
        if let Some(expression) = text.strip_prefix("re:") {
            return Ok(vec![Self::from_expression(text, expression)?]);
        }
        alternatives::expand(text)?.into_iter().map(|one| Self::from_notation(&one)).collect()
    }

    /// The pattern as it is written, after its braces were resolved.
    #[must_use]
    pub fn notation(&self) -> &str {
        &self.notation
    }

    /// The regular expression (syntax of the `regex` crate, on bytes), to be tried at the start of a path that is valid
    /// UTF-8.
    #[must_use]
    pub fn regex(&self) -> &str {
        &self.regex
    }

    fn from_expression(text: &str, expression: &str) -> Result<Self, PatternError> {
        if expression.is_empty() {
            return Err(PatternError::Empty);
        }
        let regex = ascii::classes(expression);
        // Tried alone first: `a)|(b` would otherwise pass once it is put in a group.
        regex::bytes::Regex::new(&regex).map_err(|e| PatternError::Regex(e.to_string()))?;
        Ok(Self { notation: text.to_owned(), regex })
    }

    fn from_notation(text: &str) -> Result<Self, PatternError> {
        match text.chars().next() {
            None => return Err(PatternError::Empty),
            Some('/') => return Err(PatternError::Absolute),
            Some(_) => {}
        }
        let mut regex = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                // Paths are valid UTF-8, so these may go by bytes, which makes the automaton much smaller: a run of
                // any characters may end inside a character only if nothing that follows can match there.
                '*' if rest.next_if_eq(&'*').is_some() => regex.push_str("(?-u:[^\\n]*)"),
                '*' => regex.push_str("(?-u:[^/\\n][^/]*)"),
                '?' => regex.push('.'),
                '#' => regex.push_str("[0-9]+"),
                '\\' => match rest.next() {
                    Some(sign @ ('*' | '?' | '#' | '{' | '}' | ',' | '\\' | '@')) => {
                        push_literal(&mut regex, sign)
                    }
                    Some(other) => return Err(PatternError::Escape(other)),
                    None => return Err(PatternError::LoneBackslash),
                },
                other => push_literal(&mut regex, other),
            }
        }
        Ok(Self { notation: text.to_owned(), regex })
    }
}

fn push_literal(regex: &mut String, c: char) {
    regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests;
