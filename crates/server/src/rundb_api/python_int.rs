//! Numbers in text, as Python 2's `int` and `float` read them (api.md rules 14, 20 and 35).

/// A whole number of any size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PythonInt {
    /// One that fits.
    Fits(i64),
    /// Larger than any column can hold.
    TooLarge,
    /// Smaller than any column can hold.
    TooSmall,
}

/// Zeros of the decimal digits of all scripts; nine more digits follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// Reads a whole number: digits of any script, blanks around it and after its sign.
pub(super) fn parse_int(text: &str) -> Option<PythonInt> {
    let text = ascii(text)?;
    let text = text.trim_matches(is_blank);
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest.trim_start_matches(is_blank)),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    Some(match format!("{sign}{digits}").parse() {
        Ok(number) => PythonInt::Fits(number),
        Err(_) if negative => PythonInt::TooSmall,
        Err(_) => PythonInt::TooLarge,
    })
}

/// Reads a number with a fraction.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let text = ascii(text)?;
    text.trim_matches(is_blank).parse().ok()
}

/// Blanks and digits of all scripts as those of ASCII; `None` where Python 2 would give up.
fn ascii(text: &str) -> Option<String> {
    text.chars()
        .map(|c| match c {
            '\0' => None,
            c if c.is_ascii() => Some(c),
            c if c.is_whitespace() => Some(' '),
            c => digit(c),
        })
        .collect()
}

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= code);
    let value = code - ZEROS.get(after.checked_sub(1)?)?;
    char::from_digit(value, 10)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_2_takes_is_taken() {
        for (text, number) in [
            ("5", 5),
            (" 5 ", 5),
            ("+5", 5),
            ("005", 5),
            ("-0", 0),
            ("\u{665}", 5),
            ("-7\n", -7),
            ("- 7", -7),
            ("\u{a0}5", 5),
        ] {
            assert_eq!(parse_int(text), Some(PythonInt::Fits(number)), "{text:?}");
        }
        assert_eq!(parse_int("99999999999999999999999"), Some(PythonInt::TooLarge));
        assert_eq!(parse_int("-99999999999999999999999"), Some(PythonInt::TooSmall));
        assert_eq!(parse_int("000000000000000000000000005"), Some(PythonInt::Fits(5)));
    }

    #[test]
    fn what_it_does_not_take_is_refused() {
        for text in ["", " ", "1.5", "1_0", "3L", "abc", "5 6", "+", "--5", "0x5", "5\0", "²", "½"] {
            assert_eq!(parse_int(text), None, "{text:?}");
        }
    }

    #[test]
    fn floats_are_pythons() {
        assert_eq!(parse_float(" 10.5 "), Some(10.5));
        assert_eq!(parse_float("1e3"), Some(1000.0));
        assert_eq!(parse_float("\u{661}"), Some(1.0));
        assert_eq!(parse_float("1_0"), None);
        assert_eq!(parse_float("x"), None);
    }
}
