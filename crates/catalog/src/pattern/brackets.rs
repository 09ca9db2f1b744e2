//! `[…]` of the dialect, put into the regex crate's syntax with every character as a number, so that
//! nothing between the brackets is special there (`&&`, `--`, a second `[`).

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::PatternError;
use super::escapes::{self, Escape};

/// What a bracket expression means.
pub(super) enum Bracket {
    /// One of these characters.
    Class(String),
    /// `[[:<:]]` and `[[:>:]]`: the start and the end of a word.
    Constraint(&'static str),
}

/// Something between the brackets.
enum Member {
    Character(char),
    Class(String),
}

/// Reads a bracket expression whose `[` has been read.
pub(super) fn read(rest: &mut Peekable<Chars<'_>>, spare_newline: bool) -> Result<Bracket, PatternError> {
    for (word, meaning) in [("[:<:]]", r"\b{start}"), ("[:>:]]", r"\b{end}")] {
        if word.chars().eq(rest.clone().take(word.len())) {
            rest.nth(word.len() - 1);
            return Ok(Bracket::Constraint(meaning));
        }
    }
    let negated = rest.next_if_eq(&'^').is_some();
    let mut class = String::from(if negated { "[^" } else { "[" });
    if negated && spare_newline {
        class.push_str(r"\n");
    }
    let mut first = true;
    loop {
        let c = next(rest)?;
        if c == ']' && !first {
            break;
        }
        first = false;
        match member(c, rest)? {
            Member::Class(text) => class.push_str(&text),
            Member::Character(from) => match range_end(rest)? {
                Some(to) if from <= to => push(&mut class, from, to),
                Some(_) => return Err(invalid("a range between [ and ] runs backwards")),
                None => push(&mut class, from, from),
            },
        }
    }
    class.push(']');
    Ok(Bracket::Class(class))
}

/// The end of a range, if one follows: `-` is ordinary before the closing bracket.
fn range_end(rest: &mut Peekable<Chars<'_>>) -> Result<Option<char>, PatternError> {
    let mut ahead = rest.clone();
    if ahead.next() != Some('-') || matches!(ahead.next(), Some(']') | None) {
        return Ok(None);
    }
    rest.next();
    let c = next(rest)?;
    match member(c, rest)? {
        Member::Character(to) => Ok(Some(to)),
        Member::Class(_) => Err(invalid("a range between [ and ] ends with a class")),
    }
}

fn member(c: char, rest: &mut Peekable<Chars<'_>>) -> Result<Member, PatternError> {
    match (c, rest.peek()) {
        ('[', Some(':')) => Ok(Member::Class(named(&delimited(rest, ':')?)?)),
        ('[', Some('.')) => Ok(Member::Character(single(&delimited(rest, '.')?)?)),
        ('[', Some('=')) => Ok(Member::Character(single(&delimited(rest, '=')?)?)),
        ('\\', _) => Ok(match escapes::read_in_brackets(rest)? {
            Escape::Character(c) => Member::Character(c),
            Escape::Class(class) if class.starts_with('^') => Member::Class(format!("[{class}]")),
            Escape::Class(class) | Escape::Constraint(class) => Member::Class(class.to_owned()),
        }),
        (c, _) => Ok(Member::Character(c)),
    }
}

/// The text of `[:…:]`, `[.….]` or `[=…=]`, whose `[` has been read.
fn delimited(rest: &mut Peekable<Chars<'_>>, mark: char) -> Result<String, PatternError> {
    rest.next();
    let mut text = String::new();
    loop {
        let c = next(rest)?;
        if c == mark && rest.peek() == Some(&']') {
            rest.next();
            return Ok(text);
        }
        text.push(c);
    }
}

fn named(name: &str) -> Result<String, PatternError> {
    Ok(match name {
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "alpha" => r"\p{Alphabetic}",
        "blank" => r" \t",
        "cntrl" => r"\p{Cc}",
        "digit" => "0-9",
        "graph" => r"[^\s\p{Cc}\p{Cn}\p{Cs}]",
        "lower" => r"\p{Lowercase}",
        "print" => r"[[^\s\p{Cc}\p{Cn}\p{Cs}] ]",
        "punct" => r"[\p{P}\p{S}]",
        "space" => r"\s",
        "upper" => r"\p{Uppercase}",
        "word" => r"\w",
        "xdigit" => "0-9A-Fa-f",
        _ => return Err(invalid("a class between [: and :] is unknown")),
    }
    .to_owned())
}

fn single(text: &str) -> Result<char, PatternError> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(PatternError::Unsupported("collating elements of several characters")),
    }
}

fn push(class: &mut String, from: char, to: char) {
    let _ = write!(class, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(from), u32::from(to));
}

fn next(rest: &mut Peekable<Chars<'_>>) -> Result<char, PatternError> {
    rest.next().ok_or_else(|| invalid("a [ is not closed"))
}

fn invalid(text: &str) -> PatternError {
    PatternError::Invalid(text.to_owned())
}
