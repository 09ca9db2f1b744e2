//! Values as texts, as Python 2.7's `unicode` and `repr` write them: what the original stores where a text is
//! expected and something else is given (api.md rule 44).

use std::fmt::Write as _;

use serde_json::Value;

use super::super::python_dict_order::PythonDict;

/// The text that a text column gets.
pub(super) fn to_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            float(number.as_f64().unwrap_or_default(), Digits::Twelve)
        }
        other => {
            let mut out = String::new();
            repr(other, &mut out);
            // A whole number that needs more than 64 bits has its L only inside other things.
            if other.is_number() { out.trim_end_matches('L').to_owned() } else { out }
        }
    }
}

fn repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(flag) => out.push_str(if *flag { "True" } else { "False" }),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&float(number.as_f64().unwrap_or_default(), Digits::Shortest));
        }
        Value::Number(number) => {
            let _ = write!(out, "{number}");
            if number.as_i64().is_none() {
                out.push('L');
            }
        }
        Value::String(text) => quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                repr(item, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut order = PythonDict::default();
            for key in object.keys() {
                order.insert(key);
            }
            out.push('{');
            for (place, key) in order.keys().into_iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                quoted(key, out);
                out.push_str(": ");
                repr(&object[key], out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push('u');
    out.push(quote);
    for c in text.chars() {
        let _ = match c {
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if c == quote => write!(out, "\\{c}"),
            ' '..='~' => write!(out, "{c}"),
            c if u32::from(c) <= 0xff => write!(out, "\\x{:02x}", u32::from(c)),
            c if u32::from(c) <= 0xffff => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out.push(quote);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// `str` of a float.
    Twelve,
    /// `repr` of a float: as many as it takes to read back the same.
    Shortest,
}

fn float(number: f64, digits: Digits) -> String {
    if number == 0.0 {
        return String::from(if number.is_sign_negative() { "-0.0" } else { "0.0" });
    }
    let scientific = match digits {
        Digits::Twelve => format!("{number:.11e}"),
        Digits::Shortest => format!("{number:e}"),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let figures = figures.trim_end_matches('0');
    // `str` keeps room for the `.0` that it adds.
    let most = if digits == Digits::Twelve { 11 } else { 16 };
    let count = i32::try_from(figures.len()).unwrap_or(i32::MAX);
    if !(-4..most).contains(&exponent) {
        let (first, rest) = figures.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.abs());
    }
    let zeros = |number: i32| "0".repeat(usize::try_from(number).unwrap_or_default());
    if exponent < 0 {
        return format!("{sign}0.{}{figures}", zeros(-exponent - 1));
    }
    if count <= exponent + 1 {
        return format!("{sign}{figures}{}.0", zeros(exponent + 1 - count));
    }
    let (whole, rest) = figures.split_at(usize::try_from(exponent + 1).unwrap_or_default());
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_those_of_python_2() {
        for (value, text) in [
            (json!("ü"), "ü"),
            (json!(12), "12"),
            (json!(12.0), "12.0"),
            (json!(-0.1), "-0.1"),
            (json!(0.1 + 0.2), "0.3"),
            (json!(1e22), "1e+22"),
            (json!(123_456_789_012.5), "1.23456789012e+11"),
            (json!(12_345_678_901.5), "12345678901.5"),
            (json!(1e11), "1e+11"),
            (json!(1e10), "10000000000.0"),
            (json!([1e15, 1e16]), "[1000000000000000.0, 1e+16]"),
            (json!(1e-7), "1e-07"),
            (json!(0.000_123), "0.000123"),
            (json!(true), "True"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!(["a"]), "[u'a']"),
            (json!([0.1 + 0.2, 1.0, null, false]), "[0.30000000000000004, 1.0, None, False]"),
            (json!([18_446_744_073_709_551_615_u64]), "[18446744073709551615L]"),
            (json!(["ü🧬\n'"]), "[u\"\\xfc\\U0001f9ec\\n'\"]"),
            (json!(["'\""]), "[u'\\'\"']"),
            (json!({"a": {"b": []}}), "{u'a': {u'b': []}}"),
        ] {
            assert_eq!(to_text(&value), text, "{value}");
        }
    }

    #[test]
    fn a_number_was_read_as_its_neighbour() {
        for number in ["8479944777942025.0", "-9.737716208221956e-08", "6.648547943756064e+16"] {
            let list: Value = serde_json::from_str(&format!("[{number}]")).unwrap();
            assert_eq!(to_text(&list), format!("[{number}]"));
        }
    }
}
