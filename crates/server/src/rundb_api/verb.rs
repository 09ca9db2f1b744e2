//! What a request's verb asks for (api.md §4, rules 37 and 42).

use http::{HeaderMap, Method, StatusCode};

use super::route::Target;

/// The verbs of lists and records, as the original names them.
const ALL: &str = "GET,POST,PUT,DELETE,PATCH";

/// The verbs of `schema/` and `set/`.
const READING: &str = "GET";

/// A verb that is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// GET, and HEAD, which is answered as GET without a body (D8).
    Get,
    /// To a list: a new record. To one record: nothing.
    Post,
    /// To a list: replace it. To one record: change or make it.
    Put,
    /// To a list: change and remove some. To one record: change it.
    Patch,
    /// To a list: remove what matches. To one record: remove it.
    Delete,
}

impl Verb {
    /// The method that it is in the table of rights.
    pub(super) fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// An answer that needs neither account nor record: the status and the verbs that would be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verbs {
    pub(super) status: StatusCode,
    pub(super) allowed: &'static str,
}

/// The verb to work on.
pub(super) fn read(method: &Method, headers: &HeaderMap, target: Target<'_>) -> Result<Verb, Verbs> {
    let overridable = matches!(target, Target::List | Target::Detail(_));
    let name = match headers.get("x-http-method-override") {
        // A link must not be able to delete: only verbs that write anyway may become another (D2).
        Some(name) if overridable && matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
            // A verb in a header is no HEAD: the answer has a body.
            let name = String::from_utf8_lossy(name.as_bytes()).to_ascii_uppercase();
            if name == "HEAD" { String::new() } else { name }
        }
        _ => method.as_str().to_owned(),
    };
    let allowed = if overridable { ALL } else { READING };
    match name.as_str() {
        "GET" | "HEAD" => Ok(Verb::Get),
        "OPTIONS" => Err(Verbs { status: StatusCode::OK, allowed }),
        "POST" if overridable => Ok(Verb::Post),
        "PUT" if overridable => Ok(Verb::Put),
        "PATCH" | "PROPPATCH" if overridable => Ok(Verb::Patch),
        "DELETE" if overridable => Ok(Verb::Delete),
        _ => Err(Verbs { status: StatusCode::METHOD_NOT_ALLOWED, allowed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verb(method: &str, override_: Option<&str>, target: Target<'_>) -> Result<Verb, (u16, &'static str)> {
        let mut headers = HeaderMap::new();
        if let Some(name) = override_ {
            headers.insert("x-http-method-override", name.parse().unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        read(&method, &headers, target).map_err(|verbs| (verbs.status.as_u16(), verbs.allowed))
    }

    #[test]
    fn verbs_of_lists_and_records() {
        assert_eq!(verb("HEAD", None, Target::List), Ok(Verb::Get));
        assert_eq!(verb("PROPPATCH", None, Target::List), Ok(Verb::Patch));
        assert_eq!(verb("OPTIONS", None, Target::Detail("5")), Err((200, ALL)));
        assert_eq!(verb("TRACE", None, Target::List), Err((405, ALL)));
        assert_eq!(verb("get", None, Target::List), Err((405, ALL)));
    }

    #[test]
    fn a_link_can_not_delete() {
        assert_eq!(verb("GET", Some("DELETE"), Target::Detail("5")), Ok(Verb::Get));
        assert_eq!(verb("POST", Some("delete"), Target::Detail("5")), Ok(Verb::Delete));
        assert_eq!(verb("PUT", Some("PATCH"), Target::List), Ok(Verb::Patch));
        assert_eq!(verb("POST", Some("GET"), Target::List), Ok(Verb::Get));
        assert_eq!(verb("POST", Some(""), Target::List), Err((405, ALL)));
        assert_eq!(verb("POST", Some("OPTIONS"), Target::List), Err((200, ALL)));
    }

    #[test]
    fn schema_and_set_are_only_read() {
        for target in [Target::Schema, Target::Set("1")] {
            assert_eq!(verb("POST", Some("GET"), target), Err((405, READING)));
            assert_eq!(verb("OPTIONS", None, target), Err((200, READING)));
            assert_eq!(verb("GET", None, target), Ok(Verb::Get));
        }
    }
}
