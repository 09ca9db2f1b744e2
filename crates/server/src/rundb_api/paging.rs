//! `limit`, `offset` and the `meta` of a list (api.md rules 13 to 16).

use super::json_text::JsonText;
use super::parameters::Parameters;
use super::python_int::{PythonInt, parse_int};
use super::refusal::Refusal;

/// Rows of a page unless `limit` says otherwise.
const DEFAULT_LIMIT: u64 = 20;

/// Rows of the largest page.
const MAX_LIMIT: u64 = 1000;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    pub(super) limit: u64,
    pub(super) offset: u64,
}

impl Paging {
    /// Reads `limit`, then `offset`.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let limit = match whole(parameters, "limit", "a positive integer")? {
            None => DEFAULT_LIMIT,
            Some(0) => MAX_LIMIT,
            Some(limit) => limit.min(MAX_LIMIT),
        };
        let offset = whole(parameters, "offset", "an integer")?.unwrap_or(0);
        if offset > i64::MAX as u64 {
            return Err(Refusal::parameter("offset", "it is beyond 64 bits"));
        }
        Ok(Self { limit, offset })
    }

    /// Writes `"meta": {…}` of a list at a path.
    pub(super) fn write_meta(self, path: &str, parameters: &Parameters, total: u64, out: &mut JsonText) {
        let link = |offset| format!("{path}?{}", parameters.with_page(self.limit, offset));
        let next = self.offset + self.limit;
        out.raw(r#""meta": {"limit": "#);
        out.integer(self.limit);
        out.raw(r#", "next": "#);
        out.optional((next < total).then(|| link(next)).as_deref());
        out.raw(r#", "offset": "#);
        out.integer(self.offset);
        out.raw(r#", "previous": "#);
        out.optional(self.offset.checked_sub(self.limit).map(link).as_deref());
        out.raw(r#", "total_count": "#);
        out.integer(total);
        out.raw("}");
    }
}

/// A parameter that must be a number from 0 on; [`u64::MAX`] when it is too large for that.
fn whole(parameters: &Parameters, name: &str, wanted: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = parameters.last(name) else { return Ok(None) };
    let refuse = |shown: &str, wanted: &str| {
        Refusal::BadRequest(format!("Invalid {name} '{shown}' provided. Please provide {wanted}."))
    };
    match parse_int(text) {
        None => Err(refuse(text, wanted)),
        Some(PythonInt::TooLarge) => Ok(Some(u64::MAX)),
        Some(PythonInt::Fits(number)) => match u64::try_from(number) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(refuse(&number.to_string(), "a positive integer >= 0")),
        },
        Some(PythonInt::TooSmall) => Err(refuse(text.trim(), "a positive integer >= 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(u64, u64), String> {
        match Paging::read(&Parameters::parse(query)) {
            Ok(paging) => Ok((paging.limit, paging.offset)),
            Err(Refusal::BadRequest(text)) => Err(text),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn limits_are_clamped_as_the_original_does() {
        for (query, expected) in [
            ("", (20, 0)),
            ("limit=0", (1000, 0)),
            ("limit=-0&offset=+7", (1000, 7)),
            ("limit=1001", (1000, 0)),
            ("limit=99999999999999999999999", (1000, 0)),
            ("limit=2&limit=3", (3, 0)),
            ("limit=%D9%A5", (5, 0)),
        ] {
            assert_eq!(read(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn errors_name_the_first_of_both() {
        let invalid = |text: &str| Err(format!("Invalid {text}."));
        assert_eq!(
            read("limit=x&offset=y"),
            invalid("limit 'x' provided. Please provide a positive integer")
        );
        assert_eq!(read("limit=-1"), invalid("limit '-1' provided. Please provide a positive integer >= 0"));
        assert_eq!(read("offset=abc"), invalid("offset 'abc' provided. Please provide an integer"));
        assert_eq!(
            read("offset=-01"),
            invalid("offset '-1' provided. Please provide a positive integer >= 0")
        );
        assert!(read("offset=9223372036854775807").is_ok());
        assert!(read("offset=9223372036854775808").is_err());
    }

    #[test]
    fn next_ends_with_the_list_and_previous_begins_with_a_whole_page() {
        let meta = |limit, offset, total| {
            let mut out = JsonText::new();
            Paging { limit, offset }.write_meta("/p/", &Parameters::default(), total, &mut out);
            out.into_string()
        };
        assert_eq!(
            meta(49, 49, 98),
            r#""meta": {"limit": 49, "next": null, "offset": 49, "previous": "/p/?limit=49&offset=0", "total_count": 98}"#
        );
        assert!(
            meta(20, 10, 98).contains(r#""next": "/p/?limit=20&offset=30", "offset": 10, "previous": null"#)
        );
        assert!(
            meta(20, 500, 98)
                .contains(r#""next": null, "offset": 500, "previous": "/p/?limit=20&offset=480""#)
        );
    }
}
