//! What follows a backslash in the dialect.

use std::iter::Peekable;
use std::str::Chars;

use super::PatternError;

/// The meaning of an escape.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// One character.
    Character(char),
    /// A class, as it stands between brackets of the regex crate's syntax.
    Class(&'static str),
    /// A condition of the place, in the regex crate's syntax.
    Constraint(&'static str),
}

/// Decimal digits are ASCII, as in the original's database.
const DIGIT: &str = "0-9";
const NO_DIGIT: &str = "^0-9";

/// Reads an escape whose backslash has been read.
pub(super) fn read(rest: &mut Peekable<Chars<'_>>) -> Result<Escape, PatternError> {
    let Some(c) = rest.next() else {
        return Err(PatternError::Invalid("it ends with a backslash".into()));
    };
    Ok(match c {
        'b' | 'y' => Escape::Constraint(r"\b"),
        'Y' => Escape::Constraint(r"\B"),
        'm' => Escape::Constraint(r"\b{start}"),
        'M' => Escape::Constraint(r"\b{end}"),
        'A' => Escape::Constraint(r"\A"),
        'Z' => Escape::Constraint(r"\z"),
        'd' => Escape::Class(DIGIT),
        'D' => Escape::Class(NO_DIGIT),
        's' => Escape::Class(r"\s"),
        'S' => Escape::Class(r"\S"),
        'w' => Escape::Class(r"\w"),
        'W' => Escape::Class(r"\W"),
        '1'..='9' => digits(c, rest)?,
        _ => Escape::Character(character(c, rest)?),
    })
}

/// Reads an escape between brackets, where constraints and back-references have no place.
pub(super) fn read_in_brackets(rest: &mut Peekable<Chars<'_>>) -> Result<Escape, PatternError> {
    let broken = || PatternError::Invalid("an escape between [ and ] is not valid".into());
    Ok(match rest.next().ok_or_else(broken)? {
        'd' => Escape::Class(DIGIT),
        's' => Escape::Class(r"\s"),
        'w' => Escape::Class(r"\w"),
        'D' => Escape::Class(NO_DIGIT),
        'S' => Escape::Class(r"\S"),
        'W' => Escape::Class(r"\W"),
        'b' => Escape::Character('\u{8}'),
        c @ '1'..='7' => octal(c, rest)?,
        c => Escape::Character(character(c, rest)?),
    })
}

fn character(c: char, rest: &mut Peekable<Chars<'_>>) -> Result<char, PatternError> {
    Ok(match c {
        'a' => '\u{7}',
        'B' => '\\',
        'c' => {
            let Some(letter) = rest.next() else {
                return Err(PatternError::Invalid(r"\c is followed by nothing".into()));
            };
            char::from_u32(u32::from(letter) & 0x1f).unwrap_or('\0')
        }
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'u' => hexadecimal(rest, 4, 4)?,
        'U' => hexadecimal(rest, 8, 8)?,
        'x' => hexadecimal(rest, 1, usize::MAX)?,
        '0' => match octal('0', rest)? {
            Escape::Character(c) => c,
            _ => '\0',
        },
        c if c.is_ascii_alphanumeric() => {
            return Err(PatternError::Invalid(format!("\\{c} means nothing")));
        }
        c => c,
    })
}

/// `\1` is a back-reference; `\123` could be a character by its octal number.
fn digits(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<Escape, PatternError> {
    if !rest.peek().is_some_and(char::is_ascii_digit) || first > '7' {
        return Err(PatternError::Unsupported("back-references"));
    }
    octal(first, rest)
}

/// Up to three octal digits.
fn octal(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<Escape, PatternError> {
    let mut number = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
        rest.next();
        number = number * 8 + digit;
    }
    char::from_u32(number)
        .map(Escape::Character)
        .ok_or_else(|| PatternError::Invalid("an octal number is no character".into()))
}

fn hexadecimal(rest: &mut Peekable<Chars<'_>>, least: usize, most: usize) -> Result<char, PatternError> {
    let mut number = 0_u32;
    let mut count = 0;
    while count < most {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) else { break };
        rest.next();
        count += 1;
        number = number.saturating_mul(16).saturating_add(digit);
    }
    if count < least {
        return Err(PatternError::Invalid("a hexadecimal number is too short".into()));
    }
    char::from_u32(number).ok_or_else(|| PatternError::Invalid("a hexadecimal number is no character".into()))
}
