//! JSON or JSONP: which one the request asks for (api.md rules 33 and 34).

mod accept;
mod callback;

use http::HeaderMap;
use http::header::ACCEPT;

use super::parameters::Parameters;
use super::refusal::Refusal;

/// How an answer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/json`.
    Json,
    /// `text/javascript`: a call of this function.
    Jsonp(String),
}

impl Format {
    /// What the request asks for: `format`, else `callback`, else `Accept`, else JSON.
    pub(super) fn of(parameters: &Parameters, headers: &HeaderMap) -> Result<Self, Refusal> {
        let jsonp = match parameters.last("format") {
            Some("json") => false,
            Some("jsonp") => true,
            _ if parameters.contains("callback") => true,
            _ => accepts_javascript(headers)?,
        };
        if !jsonp {
            return Ok(Self::Json);
        }
        let name = parameters.last("callback").unwrap_or("callback");
        if !callback::is_valid(name) {
            return Err(Refusal::BadRequest("JSONP callback name is invalid.".to_owned()));
        }
        Ok(Self::Jsonp(name.to_owned()))
    }

    /// How errors are written: with a `callback` parameter always JSON, otherwise as answers are.
    pub(super) fn of_errors(parameters: &Parameters, headers: &HeaderMap) -> Self {
        if parameters.contains("callback") {
            return Self::Json;
        }
        Self::of(parameters, headers).unwrap_or(Self::Json)
    }

    /// The `Content-Type`.
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jsonp(_) => "text/javascript",
        }
    }

    /// The body for a JSON text.
    pub(super) fn wrap(&self, json: String) -> String {
        match self {
            Self::Json => json,
            Self::Jsonp(name) => {
                // JavaScript of that time ended a line at these two, even inside a string.
                let json = json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
                format!("{name}({json})")
            }
        }
    }
}

fn accepts_javascript(headers: &HeaderMap) -> Result<bool, Refusal> {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Ok(false);
    }
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    accept::prefers_javascript(&values.join(","))
        .ok_or_else(|| Refusal::BadRequest("Invalid Accept header".to_owned()))
}
