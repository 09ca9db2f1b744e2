//! Names and numbers that dates are written with.

/// January to December, short and long.
pub(super) const MONTHS: [(&str, &str); 12] = [
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may", "may"),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "september"), // and `sept`, see `place_of`
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
];

/// Monday to Sunday.
pub(super) const WEEKDAYS: [(&str, &str); 7] = [
    ("mon", "monday"),
    ("tue", "tuesday"),
    ("wed", "wednesday"),
    ("thu", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
    ("sun", "sunday"),
];

/// Where a word in lower case stands among names.
pub(super) fn place_of(word: &str, names: &[(&str, &str)]) -> Option<i8> {
    let word = if word == "sept" { "sep" } else { word };
    let place = names.iter().position(|(short, long)| word == *short || word == *long)?;
    i8::try_from(place).ok()
}

/// Does the word mean that it is after noon?
pub(super) fn half_of_day(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

/// Hours, minutes and seconds, as 0, 1 and 2.
pub(super) fn unit_of(word: &str) -> Option<usize> {
    match word.to_ascii_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(0),
        "m" | "minute" | "minutes" => Some(1),
        "s" | "second" | "seconds" => Some(2),
        _ => None,
    }
}

/// Can the word be the name of a time zone, such as `GMT` or `CEST`?
pub(super) fn is_zone(word: &str) -> bool {
    let capitals = (3..=5).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    capitals || matches!(word.to_ascii_lowercase().as_str(), "z" | "utc" | "gmt")
}

/// The hour of the day.
pub(super) fn of_half(hour: i32, afternoon: bool) -> Option<i32> {
    match (hour, afternoon) {
        (12, false) => Some(0),
        (1..=11, true) => Some(hour + 12),
        (0..=12, _) => Some(hour),
        _ => None,
    }
}

/// Two digits mean the year that is nearest to this one.
pub(super) fn of_this_century(year: i32, this_year: i16) -> Option<i16> {
    let this_year = i32::from(this_year);
    let mut year = year + this_year / 100 * 100;
    if year >= this_year + 50 {
        year -= 100;
    } else if year < this_year - 50 {
        year += 100;
    }
    i16::try_from(year).ok()
}
