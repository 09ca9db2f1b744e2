//! Times in filters, as Django 1.6 reads them (api.md rule 21). Naive times are UTC, the server's zone.

use jiff::civil::{Date, DateTime, date as day};

/// Microseconds since 1970 UTC of `2017-01-01`, `2017-01-01T10:20`, with seconds, fraction, `Z` or offset.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut rest = Rest(text.strip_suffix('\n').unwrap_or(text));
    let date = date(&mut rest)?;
    if rest.0.is_empty() {
        return microseconds(date.to_datetime(jiff::civil::Time::midnight()), 0);
    }
    if !rest.eat('T') && !rest.eat(' ') {
        return None;
    }
    let hour = rest.number(1, 2)?;
    let minute = rest.eat(':').then(|| rest.number(1, 2))??;
    let mut second = 0;
    let mut nanosecond = 0;
    if rest.eat(':') {
        second = rest.number(1, 2)?;
        if rest.eat('.') {
            nanosecond = fraction(&mut rest)?;
        }
    }
    let offset = offset(&mut rest)?;
    if !rest.0.is_empty() {
        return None;
    }
    let time = jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()?;
    microseconds(date.to_datetime(time), offset)
}

fn date(rest: &mut Rest<'_>) -> Option<Date> {
    let year = rest.number(4, 4)?;
    let month = rest.eat('-').then(|| rest.number(1, 2))??;
    let day = rest.eat('-').then(|| rest.number(1, 2))??;
    let year = i16::try_from(year).ok().filter(|year| *year > 0)?;
    Date::new(year, small(month)?, small(day)?).ok()
}

/// Up to six digits count; six more may follow.
fn fraction(rest: &mut Rest<'_>) -> Option<i32> {
    let digits = rest.digits(12);
    if digits.is_empty() {
        return None;
    }
    let micros: i32 = format!("{:0<6}", &digits[..digits.len().min(6)]).parse().ok()?;
    Some(micros * 1000)
}

/// Seconds east of UTC.
fn offset(rest: &mut Rest<'_>) -> Option<i64> {
    if rest.0.is_empty() || rest.eat('Z') {
        return Some(0);
    }
    let sign = if rest.eat('-') { -1 } else { i64::from(rest.eat('+')) };
    if sign == 0 {
        return None;
    }
    let hours = rest.number(2, 2)?;
    let minutes = if rest.0.is_empty() {
        0
    } else {
        rest.eat(':');
        rest.number(2, 2)?
    };
    Some(sign * i64::from(hours * 60 + minutes) * 60)
}

/// Counted on the calendar: `jiff::Timestamp` ends before 9999-12-31, which is what people write for “any time”.
fn microseconds(time: DateTime, offset: i64) -> Option<i64> {
    let since = time.duration_since(day(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since.as_micros()).ok()?.checked_sub(offset * 1_000_000)
}

fn small(number: u32) -> Option<i8> {
    i8::try_from(number).ok()
}

/// What is still to be read.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn eat(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, most: usize) -> &str {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.digits(most);
        if digits.len() < least { None } else { digits.parse().ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_original_are_read() {
        for text in [
            "2017-03-18T06:39:37.203",
            "2017-03-18 06:39:37.203000",
            "2017-3-18T6:39:37.203Z",
            "2017-03-18T06:39:37.203000000+00:00",
            "2017-03-18T08:39:37.203+0200",
            "2017-03-18T01:39:37.203-05",
        ] {
            assert_eq!(parse(text), Some(1_489_819_177_203_000), "{text}");
        }
        assert_eq!(parse("1970-01-02"), Some(86_400_000_000));
        assert_eq!(parse("9999-12-31T23:59:59.999999"), Some(253_402_300_799_999_999));
        assert_eq!(parse("0001-01-01"), Some(-62_135_596_800_000_000));
        assert_eq!(parse("0001-01-01T00:00+01:00"), Some(-62_135_600_400_000_000));
        assert_eq!(parse("2017-01-01T10:20"), parse("2017-01-01T10:20:00Z"));
    }

    #[test]
    fn what_crashed_the_original_is_no_time() {
        for text in [
            "",
            "garbage",
            "true",
            "2017-02-30",
            "1500000000",
            "03/18/2017",
            "2017-03-18T06:39:37 00:00",
            "2017-13-01",
            "2017-03-18T",
            "2017-03-18T06",
            "0000-01-01",
            "2017-03-18T24:00",
            "2017-03-18T06:39:60",
            "17-01-01",
            "2017-03-18T06:39:37.",
            "2017-03-18T06:39:37+1",
            "2017-03-18x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
