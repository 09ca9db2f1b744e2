//! JSON bodies, with the place of whatever is wrong.

use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::problem::{FieldError, Kind, Problem};
use crate::request::read_body;

/// The largest body that any request here can mean: a plan of several thousand moves.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// The longest text of a field, in characters.
pub(super) const MOST_TEXT: usize = 1000;

/// A body that was read.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                Kind::WrongMediaType,
                "Send JSON, with Content-Type: application/json.",
            ));
        }
        let body = read_body(request.into_body()).await;
        let body = body.map_err(|error| match error {
            crate::request::BodyError::TooLarge { .. } => Problem::new(Kind::TooLarge, error.to_string()),
            crate::request::BodyError::TooSlow { .. } => Problem::new(Kind::TooSlow, error.to_string()),
            crate::request::BodyError::Broken(_) => {
                Problem::new(Kind::BadRequest, "The body could not be read.")
            }
        })?;
        if body.len() > MOST_BYTES {
            return Err(Problem::new(Kind::TooLarge, format!("The body is larger than {MOST_BYTES} bytes.")));
        }
        // serde would also take an array, with the fields by position.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::field("body", "send a JSON object"));
        }
        let mut json = serde_json::Deserializer::from_slice(&body);
        let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let place = error.path().to_string();
            let field = if matches!(place.as_str(), "." | "?" | "") { "body" } else { &place };
            Problem::field(field, error.inner().to_string())
        })?;
        json.end()
            .map_err(|error| Problem::field("body", format!("after the end of the object: {error}")))?;
        Ok(Self(read))
    }
}

/// Faults of a body's fields, told all at once.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldError>);

impl Faults {
    /// A text for people: one line, not too long, nothing that databases or terminals stumble over.
    pub(super) fn text(&mut self, field: &str, text: &str) {
        self.line(field, text, MOST_TEXT);
    }

    /// The same with another longest length, in characters.
    pub(super) fn line(&mut self, field: &str, text: &str, most: usize) {
        let message = if text.trim().is_empty() {
            "it can not be empty".to_owned()
        } else if text.chars().count() > most {
            format!("it can not be longer than {most} characters")
        } else if text.chars().any(char::is_control) {
            "it can not hold control characters".to_owned()
        } else {
            return;
        };
        self.add(field, message);
    }

    /// Any other fault.
    pub(super) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// Goes on when there is none.
    ///
    /// # Errors
    /// 400 with all of them.
    pub(super) fn none(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::fields(self.0)) }
    }
}

/// For a field that may be null but must be there: leaving it out must not mean null.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    <Option<T> as serde::Deserialize>::deserialize(deserializer)
}

/// Whole numbers that may be left out.
pub(super) fn wholes<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<i64>>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(transparent)]
    struct Whole(#[serde(deserialize_with = "one")] i64);

    let all = <Option<Vec<Whole>> as serde::Deserialize>::deserialize(deserializer)?;
    Ok(all.map(|all| all.into_iter().map(|number| number.0).collect()))
}

/// A whole number.
pub(super) fn one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    whole(deserializer)?.ok_or_else(|| serde::de::Error::custom("give a whole number"))
}

/// A whole number that may be left out. JSON knows one kind of number: 2.0 is 2.
pub(super) fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    use serde::de::Error as _;
    let Some(number) = <Option<serde_json::Number> as serde::Deserialize>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let beyond = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
    let from_float = || number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < beyond).map(|n| n as i64);
    number.as_i64().or_else(from_float).map(Some).ok_or_else(|| D::Error::custom("give a whole number"))
}
