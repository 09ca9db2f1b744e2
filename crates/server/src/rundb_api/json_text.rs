//! JSON as Python 2's `json` writes it: `", "` and `": "` between things, non-ASCII characters as they are,
//! floats with 15 digits (api.md rules 1 to 3).

use std::fmt::Write as _;

/// JSON being written.
#[derive(Default)]
pub(super) struct JsonText(String);

impl JsonText {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, with room for this many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// What was written.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Punctuation, keys and literals, as they stand.
    pub(super) fn raw(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// A text in quotes.
    pub(super) fn text(&mut self, text: &str) {
        self.0.push('"');
        let mut done = 0;
        for (place, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.push_str(&text[done..place]);
            done = place + 1;
            match byte {
                b'"' => self.0.push_str("\\\""),
                b'\\' => self.0.push_str("\\\\"),
                b'\n' => self.0.push_str("\\n"),
                b'\r' => self.0.push_str("\\r"),
                b'\t' => self.0.push_str("\\t"),
                0x08 => self.0.push_str("\\b"),
                0x0c => self.0.push_str("\\f"),
                _ => drop(write!(self.0, "\\u{byte:04x}")),
            }
        }
        self.0.push_str(&text[done..]);
        self.0.push('"');
    }

    /// A text, or null.
    pub(super) fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, number: impl std::fmt::Display) {
        let _ = write!(self.0, "{number}");
    }

    /// True or false.
    pub(super) fn boolean(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// A number, as C's `%.15g` prints it; JSON has no infinities, so they are null.
    pub(super) fn float(&mut self, number: f64) {
        if !number.is_finite() {
            return self.raw("null");
        }
        if number == 0.0 {
            return self.raw(if number.is_sign_negative() { "-0" } else { "0" });
        }
        let start = self.0.len();
        if (1e-4..1e15).contains(&number.abs()) {
            // The shortest text that reads back the same is also the 15-digit one, if it is that short.
            let _ = write!(self.0, "{number}");
            let digits = self.0[start..]
                .trim_start_matches(['-', '0', '.'])
                .bytes()
                .filter(u8::is_ascii_digit)
                .count();
            if digits <= 15 {
                return;
            }
            self.0.truncate(start);
        }
        self.0.push_str(&fifteen_digits(number));
    }
}

/// `%.15g` the long way.
fn fifteen_digits(number: f64) -> String {
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..15).contains(&exponent) {
        let decimals = usize::try_from(14 - exponent).unwrap_or(0);
        return trimmed(&format!("{number:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(number: f64) -> String {
        let mut out = JsonText::new();
        out.float(number);
        out.into_string()
    }

    #[test]
    fn floats_have_fifteen_digits() {
        for (number, text) in [
            (0.0, "0"),
            (1e-7, "1e-07"),
            (2471.4, "2471.4"),
            (0.1 + 0.2, "0.3"),
            (40.1362957221239, "40.1362957221239"),
            (1.0 / 3.0, "0.333333333333333"),
            (123_456_789_012_345_680.0, "1.23456789012346e+17"),
            (384.0, "384"),
            (1e15, "1e+15"),
            (999_999_999_999_999.9, "1e+15"),
            (-2.5e-5, "-2.5e-05"),
            (1e300, "1e+300"),
            (0.0001, "0.0001"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn texts_are_escaped_only_where_they_must_be() {
        let mut out = JsonText::new();
        out.text("a\"b\\c\n\u{1}\u{7f}ü🧬\u{2028}/");
        assert_eq!(out.into_string(), "\"a\\\"b\\\\c\\n\\u0001\u{7f}ü🧬\u{2028}/\"");
    }
}
