//! Times as the original prints them: in the six digits of the fraction stand the truncated milliseconds
//! (api.md rule 2).

use super::json_text::JsonText;

const DAY: i64 = 86_400;

/// Writes a time given in microseconds since 1970 UTC.
pub(super) fn write(micros: i64, out: &mut JsonText) {
    let seconds = micros.div_euclid(1_000_000);
    let milliseconds = micros.rem_euclid(1_000_000) / 1000;
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    out.integer(format_args!("\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"));
    if milliseconds > 0 {
        out.integer(format_args!(".{milliseconds:06}"));
    }
    out.raw("+00:00\"");
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    // Counted in eras of 400 years that begin on a first of March, so that leap days come last.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(micros: i64) -> String {
        let mut out = JsonText::new();
        write(micros, &mut out);
        out.into_string()
    }

    #[test]
    fn milliseconds_stand_where_microseconds_belong() {
        assert_eq!(shown(1_489_819_177_203_987), "\"2017-03-18T06:39:37.000203+00:00\"");
        assert_eq!(shown(1_456_747_200_000_999), "\"2016-02-29T12:00:00+00:00\"");
        assert_eq!(shown(-1), "\"1969-12-31T23:59:59.000999+00:00\"");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in (-800_000..800_000).step_by(7) {
            let date = jiff::Timestamp::from_second(day * DAY).map(|t| t.strftime("%Y-%m-%d").to_string());
            let Ok(date) = date else { continue };
            if !date.starts_with('-') {
                assert_eq!(shown(day * DAY * 1_000_000), format!("\"{date}T00:00:00+00:00\""));
            }
        }
    }
}
