//! Instants: microseconds since 1970 UTC in the tables, ISO 8601 in the neutral JSON, and the text that the
//! original's database printed.

use jiff::Timestamp;

/// The first and last instant with a four-digit year, in microseconds: what every reader of dates can hold.
const YEARS_1_TO_9999: (i64, i64) = (-62_135_596_800_000_000, 253_402_207_200_999_999);

/// The present, in microseconds since 1970 UTC.
#[must_use]
pub fn now_us() -> i64 {
    Timestamp::now().as_microsecond()
}

/// The instant of so many microseconds since 1970 UTC; numbers beyond the year 9999 become its end.
#[must_use]
pub fn timestamp(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// An instant as the original's PostgreSQL printed it in UTC: `2017-03-18 06:39:37.203+00`. The fraction has
/// no trailing zeros and is absent when zero. Clients search in this text (api.md rule 25).
#[must_use]
pub fn original_text(us: i64) -> String {
    let whole = timestamp(us).strftime("%Y-%m-%d %H:%M:%S").to_string();
    match us.rem_euclid(1_000_000) {
        0 => format!("{whole}+00"),
        fraction => format!("{whole}.{}+00", format!("{fraction:06}").trim_end_matches('0')),
    }
}

/// An instant as the neutral JSON writes it: `2017-03-18T06:39:37.203000+00:00`, without a fraction when zero.
pub(crate) fn iso_text(us: i64) -> String {
    let whole = timestamp(us).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    match us.rem_euclid(1_000_000) {
        0 => format!("{whole}+00:00"),
        fraction => format!("{whole}.{fraction:06}+00:00"),
    }
}

/// Reads ISO 8601 with an offset or `Z`; what is finer than a microsecond is cut off.
pub(crate) fn parse_iso(text: &str) -> Result<i64, String> {
    let expected = "a time with an offset such as 2017-03-18T06:39:37.203+00:00";
    let at = text.parse::<Timestamp>().map_err(|error| format!("{text:?} is not {expected}: {error}"))?;
    let us = at.as_nanosecond().div_euclid(1000);
    i64::try_from(us)
        .ok()
        .filter(|us| (YEARS_1_TO_9999.0..=YEARS_1_TO_9999.1).contains(us))
        .ok_or_else(|| format!("{text:?} lies outside the years 1 to 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_prints_no_trailing_zeros() {
        let text = |iso| original_text(parse_iso(iso).unwrap());
        assert_eq!(text("2017-03-18T06:39:37.203000+00:00"), "2017-03-18 06:39:37.203+00");
        assert_eq!(text("2012-12-31T23:59:59.999999+00:00"), "2012-12-31 23:59:59.999999+00");
        assert_eq!(text("2016-02-29T12:00:00.000999Z"), "2016-02-29 12:00:00.000999+00");
        assert_eq!(text("2016-02-29T14:00:00+02:00"), "2016-02-29 12:00:00+00");
        assert_eq!(text("1969-12-31T23:59:59.9+00:00"), "1969-12-31 23:59:59.9+00");
        assert_eq!(text("0007-01-02T03:04:05Z"), "0007-01-02 03:04:05+00");
    }

    #[test]
    fn iso_is_read_back() {
        for text in
            ["2012-12-31T23:59:59.999999+00:00", "1900-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00"]
        {
            assert_eq!(iso_text(parse_iso(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_no_instant_is_refused_with_an_example() {
        for text in
            ["2017-02-30T00:00:00Z", "2017-03-18", "2017-03-18T06:39:37", "", "-000001-01-01T00:00:00Z"]
        {
            let error = parse_iso(text).unwrap_err();
            assert!(
                error.contains("2017-03-18T06:39:37.203") || error.contains("years 1 to 9999"),
                "{error}"
            );
        }
    }
}
