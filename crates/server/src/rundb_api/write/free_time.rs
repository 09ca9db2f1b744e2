//! Dates and times as people write them: what the original's date library reads (api.md rule 44).
//!
//! Numbers alone are month, day, year (`05/06/2019` is the sixth of May) unless one can only be another part. What
//! is missing of the date is today's, of the time zero. A time without a zone is UTC, the server's.

mod tokens;
mod words;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use tokens::{Token, Tokens};
use words::{MONTHS, WEEKDAYS, half_of_day, is_zone, of_half, of_this_century, place_of, unit_of};

/// Microseconds since 1970 UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    read(text, Timestamp::now())
}

fn read(text: &str, now: Timestamp) -> Option<i64> {
    let mut found = Found::default();
    let mut tokens = Tokens::of(text)?;
    while let Some(token) = tokens.next() {
        match token {
            Token::Number(digits) => found.number(digits, &mut tokens)?,
            Token::Word(word) => found.word(word, &mut tokens)?,
            Token::Sign(sign @ ('+' | '-')) if found.hour.is_some() && found.offset.is_none() => {
                found.zone(sign, &mut tokens)?;
            }
            Token::Sign(' ' | ',' | ';' | '-' | '/' | '.' | '\'') => {}
            Token::Sign(_) => return None,
        }
    }
    found.instant(TimeZone::UTC.to_datetime(now).date())
}

/// What has been recognised so far.
#[derive(Default)]
struct Found {
    /// Numbers of the date, with their number of digits.
    date: Vec<(i32, usize)>,
    /// Where among them the month is, once a name has said so.
    month: Option<usize>,
    weekday: Option<i8>,
    hour: Option<i32>,
    minute: i32,
    second: i32,
    nanosecond: i32,
    /// Seconds east of UTC.
    offset: Option<i64>,
    /// The name of a zone was read.
    zone_named: bool,
}

impl Found {
    fn number(&mut self, digits: &str, tokens: &mut Tokens<'_>) -> Option<()> {
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i32>().ok();
        match digits.len() {
            8 | 12 | 14 if self.date.is_empty() => {
                self.date = vec![(part(0, 4)?, 4), (part(4, 6)?, 2), (part(6, 8)?, 2)];
                if digits.len() > 8 {
                    self.hour = Some(part(8, 10)?);
                    self.minute = part(10, 12)?;
                }
                if digits.len() > 12 {
                    self.second = part(12, 14)?;
                }
                return Some(());
            }
            6 if self.date.len() == 3 && self.hour.is_none() => {
                (self.hour, self.minute, self.second) = (part(0, 2), part(2, 4)?, part(4, 6)?);
                return self.fraction(tokens);
            }
            6 if self.date.is_empty() && !tokens.at(0, '.') => {
                self.date = vec![(part(0, 2)?, 2), (part(2, 4)?, 2), (part(4, 6)?, 2)];
                return Some(());
            }
            4 if self.date.len() == 3 && self.hour.is_none() => {
                (self.hour, self.minute) = (part(0, 2), part(2, 4)?);
                return Some(());
            }
            // `2019-05-06T07`
            2 if self.date.len() == 3 && self.hour.is_none() && tokens.word_ends_here() => {
                self.hour = part(0, 2);
                return Some(());
            }
            _ => {}
        }
        let number: i32 = digits.parse().ok()?;
        if tokens.at(0, ':') {
            return self.clock(number, tokens);
        }
        // `10h`, `10 am`
        if let Some(word) = tokens.word_ahead() {
            if let Some(afternoon) = half_of_day(word) {
                tokens.skip_to_word();
                self.hour = Some(of_half(number, afternoon)?);
                return Some(());
            }
            return match unit_of(word) {
                Some(unit) if unit == 0 || self.hour.is_some() => {
                    tokens.skip_to_word();
                    self.units(number, unit, tokens)
                }
                _ => self.day_or_so(number, digits.len()),
            };
        }
        let first = self.date.is_empty();
        self.day_or_so(number, digits.len())?;
        if first { self.rest_of_date(tokens) } else { Some(()) }
    }

    /// After `2019` of `2019-05-06`: the same sign between the parts, so that none is taken for a zone's.
    fn rest_of_date(&mut self, tokens: &mut Tokens<'_>) -> Option<()> {
        let Some(sign) = ['-', '/', '.'].into_iter().find(|sign| tokens.at(0, *sign)) else {
            return Some(());
        };
        while self.date.len() < 3 && tokens.at(0, sign) && (tokens.number_at(1) || tokens.word_at(1)) {
            tokens.next();
            match tokens.next()? {
                Token::Number(digits) => self.day_or_so(digits.parse().ok()?, digits.len())?,
                Token::Word(word) => self.word(word, tokens)?,
                Token::Sign(_) => return None,
            }
        }
        Some(())
    }

    fn day_or_so(&mut self, number: i32, digits: usize) -> Option<()> {
        self.date.push((number, digits));
        (self.date.len() <= 3).then_some(())
    }

    /// After `10:`
    fn clock(&mut self, hour: i32, tokens: &mut Tokens<'_>) -> Option<()> {
        if self.hour.replace(hour).is_some() {
            return None;
        }
        tokens.next();
        self.minute = tokens.number()?.parse().ok()?;
        if tokens.at(0, ':') {
            tokens.next();
            self.second = tokens.number()?.parse().ok()?;
            self.fraction(tokens)?;
        }
        Some(())
    }

    /// After `10h`: what goes on without a blank, as in `10h36m28.5s` and `10h36`.
    fn units(&mut self, mut number: i32, mut unit: usize, tokens: &mut Tokens<'_>) -> Option<()> {
        loop {
            match unit {
                0 => self.hour = Some(number),
                1 => self.minute = number,
                _ => self.second = number,
            }
            if unit >= 2 || !tokens.number_at(0) {
                return Some(());
            }
            number = tokens.number()?.parse().ok()?;
            self.fraction(tokens)?;
            unit += 1;
            if tokens.word_at(0) {
                unit = unit_of(tokens.word_ahead()?)?;
                tokens.skip_to_word();
            }
        }
    }

    fn fraction(&mut self, tokens: &mut Tokens<'_>) -> Option<()> {
        if (tokens.at(0, '.') || tokens.at(0, ',')) && tokens.number_at(1) {
            tokens.next();
            let digits = tokens.number()?;
            let micros: i32 = format!("{:0<6}", digits.get(..6).unwrap_or(digits)).parse().ok()?;
            self.nanosecond = micros * 1000;
        }
        Some(())
    }

    fn word(&mut self, word: &str, tokens: &mut Tokens<'_>) -> Option<()> {
        let lower = word.to_ascii_lowercase();
        if let Some(month) = place_of(&lower, &MONTHS) {
            if self.month.replace(self.date.len()).is_some() {
                return None;
            }
            return self.day_or_so(i32::from(month) + 1, 2);
        }
        if let Some(weekday) = place_of(&lower, &WEEKDAYS) {
            self.weekday = Some(weekday);
            return Some(());
        }
        if let (Some(afternoon), Some(hour)) = (half_of_day(word), self.hour) {
            self.hour = Some(of_half(hour, afternoon)?);
            return Some(());
        }
        match lower.as_str() {
            "t" | "m" | "of" | "and" | "at" | "on" | "ad" | "st" | "nd" | "rd" | "th" => Some(()),
            // Zones are not looked up: the server's is taken for any that is named, as in the original.
            _ if is_zone(word) && self.hour.is_some() && !self.zone_named && self.offset.is_none() => {
                self.zone_named = true;
                // `GMT+3` goes on with its sign.
                if !tokens.at(0, '+') && !tokens.at(0, '-') {
                    self.offset = Some(0);
                }
                Some(())
            }
            _ => None,
        }
    }

    /// After `+` or `-`: `05:30`, `0530`, `05`, and maybe the zone's name once more, as in `+0200 (CEST)`.
    fn zone(&mut self, sign: char, tokens: &mut Tokens<'_>) -> Option<()> {
        let digits = tokens.number()?;
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
        let (hours, minutes) = match digits.len() {
            4 => (part(0, 2)?, part(2, 4)?),
            1 | 2 if tokens.at(0, ':') => {
                tokens.next();
                (digits.parse().ok()?, tokens.number()?.parse().ok()?)
            }
            1 | 2 => (digits.parse().ok()?, 0),
            _ => return None,
        };
        if hours >= 24 || minutes >= 60 {
            return None;
        }
        let seconds = (hours * 60 + minutes) * 60;
        // In `GMT+3` the sign is that of POSIX: this much added gives GMT.
        self.offset = Some(if (sign == '-') == self.zone_named { seconds } else { -seconds });
        if tokens.at(0, ' ') && tokens.at(1, '(') && tokens.word_at(2) && tokens.at(3, ')') {
            tokens.skip_to_word();
            tokens.next();
        }
        Some(())
    }

    fn instant(&self, today: Date) -> Option<i64> {
        if self.date.is_empty() && self.hour.is_none() && self.weekday.is_none() {
            return None;
        }
        let (year, month, day) = self.parts()?;
        let year = match year {
            None => today.year(),
            Some((year, digits)) if digits <= 2 => of_this_century(year, today.year())?,
            Some((year, _)) => i16::try_from(year).ok().filter(|year| *year > 0)?,
        };
        let month = month.map_or(Some(today.month()), |month| i8::try_from(month).ok())?;
        let wanted_day = day.map_or(Some(today.day()), |day| i8::try_from(day).ok())?;
        let mut date = Date::new(year, month, wanted_day).ok()?;
        if let (Some(weekday), None) = (self.weekday, day) {
            let ahead = (weekday - date.weekday().to_monday_zero_offset()).rem_euclid(7);
            date = date.checked_add(i64::from(ahead).days()).ok()?;
        }
        let small = |number: i32| i8::try_from(number).ok();
        let time = Time::new(
            small(self.hour.unwrap_or_default())?,
            small(self.minute)?,
            small(self.second)?,
            self.nanosecond,
        );
        let utc = TimeZone::UTC.to_timestamp(date.to_datetime(time.ok()?)).ok()?;
        let us = utc.as_microsecond() - self.offset.unwrap_or_default() * 1_000_000;
        let shown = TimeZone::UTC.to_datetime(Timestamp::from_microsecond(us).ok()?);
        (1..=9999).contains(&shown.year()).then_some(us)
    }

    /// Year (with its digits), month and day, as far as given.
    #[expect(clippy::type_complexity, reason = "three parts of a date, each of which may be missing")]
    fn parts(&self) -> Option<(Option<(i32, usize)>, Option<i32>, Option<i32>)> {
        let is_year = |part: (i32, usize)| part.0 > 31 || part.1 > 2;
        let numbers = self.date.as_slice();
        if let Some(place) = self.month {
            let month = Some(numbers[place].0);
            let others: Vec<_> =
                numbers.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, part)| *part).collect();
            return Some(match others.as_slice() {
                [] => (None, month, None),
                [one] if is_year(*one) => (Some(*one), month, None),
                [one] => (None, month, Some(one.0)),
                [one, two] if is_year(*one) => (Some(*one), month, Some(two.0)),
                [one, two] => (Some(*two), month, Some(one.0)),
                _ => return None,
            });
        }
        Some(match *numbers {
            [] => (None, None, None),
            [one] if is_year(one) => (Some(one), None, None),
            [one] => (None, None, Some(one.0)),
            [one, two] if is_year(one) => (Some(one), Some(two.0), None),
            [one, two] if is_year(two) => (Some(two), Some(one.0), None),
            [one, two] if one.0 > 12 => (None, Some(two.0), Some(one.0)),
            [one, two] => (None, Some(one.0), Some(two.0)),
            [one, two, three] if is_year(one) => (Some(one), Some(two.0), Some(three.0)),
            [one, two, three] if one.0 > 12 => (Some(three), Some(two.0), Some(one.0)),
            [one, two, three] => (Some(three), Some(one.0), Some(two.0)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
