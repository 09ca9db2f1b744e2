//! Times as instruments and pipelines write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Shapes seen in run logs and reports, beside ISO 8601.
const SHAPES: [&str; 6] = [
    "%a %b %e %H:%M:%S %Y",
    "%m/%d/%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y_%m_%d_%H_%M_%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%b %e %Y %H:%M:%S",
];

/// Reads a time; one without an offset is local in `zone`. `None` when it is no time.
pub(crate) fn parse_start_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| SHAPES.iter().find_map(|shape| DateTime::strptime(shape, text).ok()))
        .or_else(|| text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)))?;
    zone.to_timestamp(local).ok()
}

/// The time in a run's name, `R_2011_04_07_12_44_38_user_…`: the field's habit, and the last resort when a log is gone.
pub(crate) fn time_in_run_name(name: &str, zone: &TimeZone) -> Option<Timestamp> {
    let digits_at = |start: usize| name.get(start..start + 19);
    let start = name.find("R_").map(|at| at + 2)?;
    parse_start_time(digits_at(start)?, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_the_field_are_read() {
        for text in [
            "2011-04-07T12:44:38Z",
            "2011-04-07 12:44:38",
            "2011-04-07T12:44:38+00:00",
            "Thu Apr  7 12:44:38 2011",
            "04/07/2011 12:44:38",
            "2011_04_07_12_44_38",
        ] {
            let read = parse_start_time(text, &TimeZone::UTC).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.to_string(), "2011-04-07T12:44:38Z", "{text}");
        }
        assert_eq!(parse_start_time("soon", &TimeZone::UTC), None);
        assert_eq!(parse_start_time("", &TimeZone::UTC), None);
    }

    #[test]
    fn a_run_name_holds_its_start() {
        let read = time_in_run_name("R_2011_04_07_12_44_38_user_CB1-42", &TimeZone::UTC).unwrap();
        assert_eq!(read.to_string(), "2011-04-07T12:44:38Z");
        assert_eq!(time_in_run_name("R_é2011_04_07_12_44_3", &TimeZone::UTC), None);
        assert_eq!(time_in_run_name("CA_Combined_demo", &TimeZone::UTC), None);
    }
}
