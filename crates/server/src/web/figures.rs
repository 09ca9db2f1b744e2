//! Sizes, times and shares as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use runstow_lifecycle::Megabytes;

/// A size from MB of 2^20 bytes: `512 MB`, `77.8 GB`, `1.25 TB`. Units are powers of 1024.
pub(super) fn size(mb: f64) -> String {
    Megabytes(mb).to_string()
}

/// A size from bytes.
pub(super) fn size_of_bytes(bytes: u64) -> String {
    Megabytes::from_bytes(bytes).to_string()
}

/// `2017-03-18 06:39` in UTC.
pub(super) fn minute(us: i64) -> String {
    in_utc(us, "%Y-%m-%d %H:%M")
}

/// `2017-03-18T06:39:37Z`, for programs that read the page.
pub(super) fn instant(us: i64) -> String {
    in_utc(us, "%Y-%m-%dT%H:%M:%SZ")
}

fn in_utc(us: i64, format: &str) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(time) => time.to_zoned_datetime(TimeZone::UTC).strftime(format).to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

/// A count with thin groups of three: `12 345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_plain() {
        assert_eq!(size(79_619.0), "77.8 GB");
        assert_eq!(size_of_bytes(5 << 38), "1.25 TB");
        assert_eq!(minute(1_489_819_177_203_987), "2017-03-18 06:39");
        assert_eq!(instant(1_489_819_177_203_987), "2017-03-18T06:39:37Z");
        assert_eq!(minute(i64::MAX), "unknown");
        assert_eq!(count(98), "98");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
