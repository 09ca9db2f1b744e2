//! The dialect clients write (PostgreSQL's advanced regular expressions), put into the regex crate's syntax.
//!
//! What the dialect calls an error stays one, even where the regex crate would find a meaning. The one
//! difference is D11 of api.md: `\b` is a word boundary.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::brackets;
use super::escapes::{self, Escape};
use super::{MAX_DEPTH, PatternError};

/// The largest repetition count of the dialect.
const MAX_COUNT: u32 = 255;

/// What may follow in the pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that a quantifier could repeat: the start of a branch, or a constraint.
    NoAtom,
    /// Something repeatable.
    Atom,
    /// A quantifier; another one is an error.
    Quantifier,
}

/// Options at the head of a pattern, e.g. `(?i)`.
#[derive(Clone, Copy)]
struct Options {
    ignore_case: bool,
    /// `.` and `[^…]` never match a newline.
    dot_stops: bool,
    /// `^` and `$` match at lines.
    lines: bool,
    /// White space and comments mean nothing.
    expanded: bool,
    literal: bool,
}

/// The pattern in the regex crate's syntax.
pub(super) fn translate(text: &str, ignore_case: bool) -> Result<String, PatternError> {
    let mut options =
        Options { ignore_case, dot_stops: false, lines: false, expanded: false, literal: false };
    let mut rest = text;
    if let Some(literal) = rest.strip_prefix("***=") {
        options.literal = true;
        rest = literal;
    } else {
        rest = rest.strip_prefix("***:").unwrap_or(rest);
        rest = read_options(rest, &mut options)?;
    }
    let flags = if options.ignore_case { "(?is)" } else { "(?s)" };
    if options.literal {
        return Ok(format!("{flags}{}", regex::escape(rest)));
    }
    let mut translation = Translation {
        rest: rest.chars().peekable(),
        out: String::from(flags),
        options,
        depth: 0,
        before: Before::NoAtom,
    };
    translation.run()?;
    Ok(translation.out)
}

/// Reads `(?letters)` at the head of a pattern.
fn read_options<'a>(text: &'a str, options: &mut Options) -> Result<&'a str, PatternError> {
    let Some(head) = text.strip_prefix("(?") else { return Ok(text) };
    if !head.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(text);
    }
    let Some((letters, rest)) = head.split_once(')') else {
        return Err(PatternError::Invalid("the options at its start are not closed".into()));
    };
    for letter in letters.chars() {
        match letter {
            'c' => options.ignore_case = false,
            'i' => options.ignore_case = true,
            'm' | 'n' => (options.dot_stops, options.lines) = (true, true),
            'p' => (options.dot_stops, options.lines) = (true, false),
            's' => (options.dot_stops, options.lines) = (false, false),
            'w' => (options.dot_stops, options.lines) = (false, true),
            'x' => options.expanded = true,
            't' => options.expanded = false,
            'q' => options.literal = true,
            'b' | 'e' => return Err(PatternError::Unsupported("an older dialect ((?b) or (?e))")),
            other => return Err(PatternError::Invalid(format!("unknown option {other:?} at its start"))),
        }
    }
    Ok(rest)
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    options: Options,
    depth: u32,
    before: Before,
}

impl Translation<'_> {
    fn run(&mut self) -> Result<(), PatternError> {
        while let Some(c) = self.rest.next() {
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.before = Before::NoAtom;
                }
                '*' | '+' | '?' => self.quantifier(&c.to_string())?,
                '{' if self.rest.peek().is_some_and(char::is_ascii_digit) => self.counts()?,
                '^' => self.constraint(if self.options.lines { "(?m:^)" } else { "^" }),
                '$' => self.constraint(if self.options.lines { "(?m:$)" } else { "$" }),
                '.' => self.atom(if self.options.dot_stops { r"[^\n]" } else { "." }),
                '[' => self.bracket()?,
                '\\' => self.escape()?,
                '#' if self.options.expanded => while self.rest.next().is_some_and(|c| c != '\n') {},
                c if self.options.expanded && c.is_whitespace() => {}
                c => self.literal(c),
            }
        }
        if self.depth > 0 {
            return Err(PatternError::Invalid("a ( is not closed".into()));
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), PatternError> {
        if self.rest.peek() == Some(&'?') {
            self.rest.next();
            match self.rest.next() {
                Some(':') => {}
                Some('=' | '!') => return Err(PatternError::Unsupported("look-ahead")),
                Some('<') if matches!(self.rest.peek(), Some('=' | '!')) => {
                    return Err(PatternError::Unsupported("look-behind"));
                }
                Some('#') => {
                    return match self.rest.find(|c| *c == ')') {
                        Some(_) => Ok(()),
                        None => Err(PatternError::Invalid("a comment is not closed".into())),
                    };
                }
                _ => return Err(PatternError::Invalid("(? is not followed by : or #".into())),
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::TooComplex);
        }
        // Groups only group: what they captured could only be used by back-references.
        self.out.push_str("(?:");
        self.before = Before::NoAtom;
        Ok(())
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(PatternError::Invalid("a ) closes nothing".into()));
        };
        self.depth = depth;
        self.atom(")");
        Ok(())
    }

    /// `{m}`, `{m,}` or `{m,n}`; the `{` and that a digit follows are known.
    fn counts(&mut self) -> Result<(), PatternError> {
        let broken = || PatternError::Invalid("a repetition count is broken".into());
        let mut counts = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if c.is_ascii_digit() || c == ',' => counts.push(c),
                _ => return Err(broken()),
            }
        }
        let count = |text: &str| text.parse().ok().filter(|n: &u32| *n <= MAX_COUNT).ok_or_else(broken);
        let (from, to) = counts.split_once(',').unwrap_or((&counts, &counts));
        if count(from)? > if to.is_empty() { MAX_COUNT } else { count(to)? } {
            return Err(broken());
        }
        self.quantifier(&format!("{{{counts}}}"))
    }

    fn quantifier(&mut self, text: &str) -> Result<(), PatternError> {
        if self.before != Before::Atom {
            return Err(PatternError::Invalid(format!("{text} repeats nothing")));
        }
        self.out.push_str(text);
        // `*?` and its kind prefer less. Whether a text matches does not depend on it.
        if self.rest.peek() == Some(&'?') {
            self.rest.next();
        }
        self.before = Before::Quantifier;
        Ok(())
    }

    fn bracket(&mut self) -> Result<(), PatternError> {
        let class = brackets::read(&mut self.rest, self.options.dot_stops)?;
        match class {
            brackets::Bracket::Class(class) => self.atom(&class),
            brackets::Bracket::Constraint(constraint) => self.constraint(constraint),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), PatternError> {
        match escapes::read(&mut self.rest)? {
            Escape::Character(c) => self.literal(c),
            Escape::Class(class) => self.atom(&format!("[{class}]")),
            Escape::Constraint(constraint) => self.constraint(constraint),
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let _ = write!(self.out, "{}", regex::escape(c.encode_utf8(&mut [0; 4])));
        self.before = Before::Atom;
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::Atom;
    }

    fn constraint(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::NoAtom;
    }
}
