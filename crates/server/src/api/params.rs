//! Query parameters: each is known, comes once, and is what it should be; otherwise all faults are told at once.

use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::instant::Instant;
use super::problem::{FieldError, Kind, Problem};

/// The parameters of one request.
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
    lost: Option<&'static str>,
}

/// What a list can be asked for.
pub(super) trait FromQuery: Sized {
    /// Takes its parameters; faults are noted in `params`, and any value stands in for what is wrong.
    fn read(params: &mut Params) -> Self;
}

/// The query of a request.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: FromQuery> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut params = Params { pairs: pairs(parts.uri.query())?, errors: Vec::new(), lost: None };
        let read = T::read(&mut params);
        match (params.errors.as_slice(), params.lost) {
            ([], None) => Ok(Self(read)),
            ([], Some(text)) => Err(Problem::new(Kind::NoSuchPage, text).about("cursor")),
            _ => Err(Problem::fields(params.errors)),
        }
    }
}

/// Reads parameters that come as fields of a body's object `place`, by the same rules.
///
/// # Errors
/// 400 with all faults, each with its place.
pub(super) fn read_fields<T: FromQuery>(place: &str, pairs: Vec<(String, String)>) -> Result<T, Problem> {
    let mut params = Params { pairs, errors: Vec::new(), lost: None };
    let nul: Vec<String> =
        params.pairs.iter().filter(|(_, value)| value.contains('\0')).map(|(name, _)| name.clone()).collect();
    nul.iter().for_each(|name| params.wrong(name, "it can not hold NUL"));
    let read = T::read(&mut params);
    if params.errors.is_empty() {
        return Ok(read);
    }
    let placed = |error: FieldError| FieldError { field: format!("{place}.{}", error.field), ..error };
    Err(Problem::fields(params.errors.into_iter().map(placed).collect()))
}

/// Refuses parameters that a route does not know: a misspelt filter must not silently show everything.
pub(super) fn known(query: Option<&str>, names: &[String]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (name, _) in pairs(query)? {
        if !names.contains(&name) {
            let message = match names {
                [] => "there is no such parameter; this address takes none".to_owned(),
                names => format!("there is no such parameter; there are: {}", names.join(", ")),
            };
            errors.push(FieldError { field: name, message });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        let text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
        (!text.contains('\0')).then_some(text)
    };
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Some((decoded(name)?, decoded(value)?))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.ok_or_else(|| {
        Problem::field("query", "the parameters are not percent-encoded UTF-8 text without NUL")
    })
}

impl Params {
    /// Notes a fault.
    pub(super) fn wrong(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: name.to_owned(), message: message.into() });
    }

    /// Notes that the cursor leads nowhere.
    pub(super) fn lost(&mut self, text: &'static str) {
        self.lost = Some(text);
    }

    /// The one value of a parameter.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let mut values = self.pairs.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone());
        let (first, second) = (values.next(), values.next());
        if second.is_some() {
            self.wrong(name, "it was given more than once");
        }
        first
    }

    /// All values of a parameter that may be repeated, or list several with commas.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let values = self.pairs.iter().filter(|(given, _)| given == name);
        let all: Vec<String> = values.flat_map(|(_, value)| value.split(',').map(str::to_owned)).collect();
        (!all.is_empty()).then_some(all)
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(
                name,
                match (*range.start(), *range.end()) {
                    (i64::MIN, i64::MAX) => "give a whole number".to_owned(),
                    (least, i64::MAX) => format!("give a whole number, {least} or more"),
                    (least, most) => format!("give a whole number from {least} to {most}"),
                },
            );
        }
        number
    }

    /// How many entries a page has.
    pub(super) fn limit(&mut self, standard: i64, most: i64) -> u64 {
        self.number("limit", 1..=most).unwrap_or(standard).unsigned_abs()
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let text = self.text(name)?;
        let flag = text.parse().ok();
        if flag.is_none() {
            self.wrong(name, "give true or false");
        }
        flag
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.wrong(name, format!("give one of: {}", words.join(", ")));
        }
        found
    }

    /// An instant.
    pub(super) fn instant(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        match text.parse::<Instant>() {
            Ok(Instant(us)) => Some(us),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }
}
