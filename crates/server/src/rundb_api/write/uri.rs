//! Addresses of records in bodies (api.md rule 49).

use serde_json::Value as Json;

use super::super::face::Face;
use super::super::python_int::{PythonInt, parse_int};
use super::super::refusal::Refusal;

/// The id in an address such as `/rundb/api/v1/message/3/`; a host before it does not matter. None: a number that
/// no record can have.
pub(super) fn id<F: Face>(uri: &Json) -> Result<Option<i64>, Refusal> {
    let text = uri.as_str().ok_or(Refusal::NotAnId)?;
    let (_, rest) = text.split_once(F::NAME).ok_or(Refusal::NotAnId)?;
    let id = rest.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).ok_or(Refusal::NotAnId)?;
    match parse_int(id).ok_or(Refusal::NotAnId)? {
        PythonInt::Fits(id) => Ok(Some(id)),
        PythonInt::TooLarge | PythonInt::TooSmall => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Message;
    use super::*;

    #[test]
    fn the_path_counts_and_the_host_does_not() {
        let read = |text: &str| id::<Message>(&text.into()).ok().flatten();
        assert_eq!(read("/rundb/api/v1/message/3/"), Some(3));
        assert_eq!(read("https://elsewhere/rundb/api/v1/message/3/"), Some(3));
        for text in [
            "/rundb/api/v1/message/3",
            "/rundb/api/v1/fileserver/3/",
            "garbage",
            "",
            "message/",
            "message/x/",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(id::<Message>(&3.into()).is_err());
    }
}
