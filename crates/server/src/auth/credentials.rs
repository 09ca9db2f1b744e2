//! What a request says about who asks, as the original reads it.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

/// The cookie that carries a session, named as the original's.
pub(crate) const SESSION_COOKIE: &str = "sessionid";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Everything a request offers. No `Debug`: these are secrets.
pub(super) struct Credentials<'r> {
    /// The `Authorization: Basic` header.
    pub(super) basic: Basic,
    /// The session cookie.
    pub(super) session: Option<&'r str>,
    /// The key in the header, or else in the query.
    pub(super) api_key: ApiKey,
    authorization: bool,
}

/// An `Authorization: Basic` header.
pub(super) enum Basic {
    /// Another header, none, or one that has not exactly two words: never right, but no error (rule 54).
    Absent,
    /// Two words, and the second can not be read.
    Malformed(&'static str),
    /// A name and a password, which may hold colons (D1).
    Given { username: String, password: String },
}

/// An API key and the name that belongs to it.
pub(super) enum ApiKey {
    /// Neither in the header nor in the query.
    Absent,
    /// A header that is no `ApiKey user:key`; the query is not looked at any more (rule 52).
    Malformed,
    /// To be looked up.
    Given { username: String, key: String },
}

impl<'r> Credentials<'r> {
    /// Reads headers and query parameters.
    pub(super) fn read(headers: &'r HeaderMap, query: &[(String, String)]) -> Self {
        let authorization = headers.get(AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            basic: authorization.as_deref().map_or(Basic::Absent, Basic::read),
            session: session_token(headers),
            api_key: ApiKey::read(authorization.as_deref(), query),
            authorization: authorization.is_some(),
        }
    }

    /// Nothing at all was offered.
    pub(super) fn is_empty(&self) -> bool {
        !self.can_be_wrong() && self.session.is_none()
    }

    /// Something was offered that must be right even where reading is open to all. A cookie is not:
    /// browsers go on sending one that has ended.
    pub(super) fn can_be_wrong(&self) -> bool {
        self.authorization || !matches!(self.api_key, ApiKey::Absent)
    }
}

impl Basic {
    fn read(header: &str) -> Self {
        let mut words = header.split_ascii_whitespace();
        let (Some(scheme), Some(data), None) = (words.next(), words.next(), words.next()) else {
            return Self::Absent;
        };
        if !scheme.eq_ignore_ascii_case("basic") {
            return Self::Absent;
        }
        let Ok(bytes) = BASE64.decode(data) else {
            return Self::Malformed("the Authorization header's Basic credentials are not base64");
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Self::Malformed("the Authorization header's Basic credentials are not UTF-8");
        };
        match text.split_once(':') {
            Some((username, password)) => {
                Self::Given { username: username.to_owned(), password: password.to_owned() }
            }
            None => {
                Self::Malformed("the Authorization header's Basic credentials have no colon: user:password")
            }
        }
    }
}

impl ApiKey {
    fn read(header: Option<&str>, query: &[(String, String)]) -> Self {
        if let Some(header) = header
            && header.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("apikey "))
        {
            let mut words = header.split_ascii_whitespace().skip(1);
            return match (words.next().and_then(|data| data.split_once(':')), words.next()) {
                (Some((username, key)), None) => Self::Given { username: username.into(), key: key.into() },
                _ => Self::Malformed,
            };
        }
        // Of a repeated parameter the last counts, as everywhere in the original.
        let last = |name| query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        match (last("username"), last("api_key")) {
            (_, None) => Self::Absent,
            (None, Some(_)) => Self::Malformed,
            (Some(username), Some(key)) => Self::Given { username, key },
        }
    }
}

/// The session token in the request's cookies.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == SESSION_COOKIE && !value.is_empty()).then(|| value.trim_matches('"'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(header: &str) -> String {
        match Basic::read(header) {
            Basic::Absent => "absent".into(),
            Basic::Malformed(reason) => reason.into(),
            Basic::Given { username, password } => format!("{username}|{password}"),
        }
    }

    fn key(header: Option<&str>, query: &[(&str, &str)]) -> String {
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match ApiKey::read(header, &query) {
            ApiKey::Absent => "absent".into(),
            ApiKey::Malformed => "malformed".into(),
            ApiKey::Given { username, key } => format!("{username}|{key}"),
        }
    }

    #[test]
    fn basic_headers_are_read_as_the_original_does_but_for_its_crashes() {
        assert_eq!(basic("Basic aW9uOnNlOmNyZXQ="), "ion|se:cret", "a password may hold colons");
        assert_eq!(basic("bAsIc   aW9uOnNlOmNyZXQ"), "ion|se:cret", "any case, padding or not");
        assert_eq!(basic("Basic"), "absent");
        assert_eq!(basic("Basic aW9u OmFi"), "absent");
        assert_eq!(basic("Bearer aW9uOnNlOmNyZXQ="), "absent");
        assert!(basic("Basic $$$").contains("base64"));
        assert!(basic("Basic aW9u").contains("no colon"));
        assert!(basic("Basic /////w==").contains("UTF-8"));
    }

    #[test]
    fn a_key_in_the_header_hides_the_one_in_the_query() {
        let good = [("username", "ion"), ("api_key", "k")];
        assert_eq!(key(Some("APIKEY ion:k:l"), &[]), "ion|k:l");
        assert_eq!(key(Some("ApiKey ion"), &good), "malformed");
        assert_eq!(key(Some("ApiKey ion:k x"), &good), "malformed");
        assert_eq!(key(Some("ApiKey"), &good), "ion|k", "without a blank it is no ApiKey header");
        assert_eq!(key(Some("Basic x"), &good), "ion|k");
        assert_eq!(key(None, &[("username", "ion")]), "absent", "username alone is a filter (rule 55)");
        assert_eq!(key(None, &[("api_key", "a"), ("username", "ion"), ("api_key", "b")]), "ion|b");
        assert_eq!(key(None, &[("api_key", "a")]), "malformed");
    }

    #[test]
    fn the_session_is_found_among_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "theme=dark; xsessionid=no".parse().unwrap());
        assert_eq!(session_token(&headers), None);
        headers.append(COOKIE, "a=b;sessionid=abc".parse().unwrap());
        assert_eq!(session_token(&headers), Some("abc"));
    }
}
