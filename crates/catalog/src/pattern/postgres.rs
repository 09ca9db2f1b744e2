//! A parsed pattern as an ARE in which nothing is left to PostgreSQL's locale: classes are explicit ranges
//! of code points, case folding has become part of them, and every literal is escaped.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::PatternError;

/// `\w` of the regex crate, to say word boundaries with.
const WORD: &str = r"\w";

/// The pattern as an ARE.
pub(super) fn from_hir(hir: &Hir) -> Result<String, PatternError> {
    // The director says that an ARE follows, so that a pattern that starts with `***` or `(?` is nothing special.
    let mut out = String::from("***:");
    write(hir, &mut out)?;
    Ok(out)
}

fn write(hir: &Hir, out: &mut String) -> Result<(), PatternError> {
    match hir.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0)
                .map_err(|_| PatternError::Invalid("it matches bytes that are no text".into()))?;
            text.chars().for_each(|c| character(c, out));
        }
        HirKind::Class(class) => write_class(class, out)?,
        HirKind::Look(look) => write_look(*look, out)?,
        HirKind::Repetition(repetition) => {
            group(&repetition.sub, out)?;
            match (repetition.min, repetition.max) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (min, None) => drop(write!(out, "{{{min},}}")),
                (min, Some(max)) => drop(write!(out, "{{{min},{max}}}")),
            }
        }
        HirKind::Capture(capture) => group(&capture.sub, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) => group(part, out)?,
                    _ => write(part, out)?,
                }
            }
        }
        HirKind::Alternation(branches) => {
            for (place, branch) in branches.iter().enumerate() {
                if place > 0 {
                    out.push('|');
                }
                write(branch, out)?;
            }
        }
    }
    Ok(())
}

fn group(hir: &Hir, out: &mut String) -> Result<(), PatternError> {
    out.push_str("(?:");
    write(hir, out)?;
    out.push(')');
    Ok(())
}

fn write_class(class: &Class, out: &mut String) -> Result<(), PatternError> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
    };
    if ranges.is_empty() {
        // No character at all: a place that is the end and has one more character.
        out.push_str(r"(?:\Z[\u0001-\U0010FFFF])");
        return Ok(());
    }
    out.push('[');
    for (from, to) in ranges {
        // NUL can not be in a text of PostgreSQL, nor in a pattern.
        let from = from.max(1);
        if from > to {
            continue;
        }
        number(from, out);
        if to > from {
            out.push('-');
            number(to, out);
        }
    }
    if out.ends_with('[') {
        out.pop();
        out.push_str(r"(?:\Z[\u0001-\U0010FFFF])");
        return Ok(());
    }
    out.push(']');
    Ok(())
}

fn write_look(look: Look, out: &mut String) -> Result<(), PatternError> {
    let word = || -> Result<String, PatternError> {
        let class = regex_syntax::parse(WORD)
            .map_err(|_| PatternError::Invalid("word boundaries can not be said".into()))?;
        let mut text = String::new();
        write(&class, &mut text)?;
        Ok(text)
    };
    match look {
        Look::Start => out.push_str(r"\A"),
        Look::End => out.push_str(r"\Z"),
        Look::StartLF => out.push_str(r"(?<![^\u000A])"),
        Look::EndLF => out.push_str(r"(?![^\u000A])"),
        Look::WordUnicode => {
            let w = word()?;
            let _ = write!(out, "(?:(?<!{w})(?={w})|(?<={w})(?!{w}))");
        }
        Look::WordUnicodeNegate => {
            let w = word()?;
            let _ = write!(out, "(?:(?<!{w})(?!{w})|(?<={w})(?={w}))");
        }
        Look::WordStartUnicode => {
            let w = word()?;
            let _ = write!(out, "(?<!{w})(?={w})");
        }
        Look::WordEndUnicode => {
            let w = word()?;
            let _ = write!(out, "(?<={w})(?!{w})");
        }
        _ => return Err(PatternError::Unsupported("an ASCII or CRLF boundary")),
    }
    Ok(())
}

fn character(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() || c == '_' || c == ' ' || u32::from(c) > 0x7f {
        out.push(c);
    } else {
        number(c.into(), out);
    }
}

fn number(code: u32, out: &mut String) {
    let _ = if code > 0xffff { write!(out, "\\U{code:08X}") } else { write!(out, "\\u{code:04X}") };
}
