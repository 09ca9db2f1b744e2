//! From JSON to a column's value, as the original takes it (api.md rules 44 and 61). What crashed it is refused
//! with the field's name (D1).

use runstow_catalog::query::{ColumnKind, Value};
use serde_json::Value as Json;

use super::super::python_int::{PythonInt, parse_float, parse_int};
use super::super::refusal::Refusal;
use super::free_time;
use super::python_text::to_text;

/// The value for a column. JSON's null is not this function's business.
pub(super) fn value(kind: ColumnKind, name: &str, given: &Json) -> Result<Value, Refusal> {
    Ok(match kind {
        ColumnKind::Integer => Value::Integer(integer(name, given)?),
        ColumnKind::Float => Value::Float(float(name, given)?),
        ColumnKind::Boolean => Value::Boolean(is_true(given)),
        ColumnKind::Text => Value::Text(text(name, given)?),
        ColumnKind::Time => match time(name, given)? {
            Some(us) => Value::Time(us),
            None => {
                return Err(Refusal::field(name, "a date and time is needed, such as 2017-03-18T06:39:37Z"));
            }
        },
    })
}

/// A whole number within the original's 32 bits.
pub(super) fn integer(name: &str, given: &Json) -> Result<i64, Refusal> {
    let number = match given {
        Json::Bool(flag) => Some(i64::from(*flag)),
        Json::Number(number) => number.as_i64().or_else(|| number.as_f64().map(truncated)),
        Json::String(text) => match parse_int(text) {
            Some(PythonInt::Fits(number)) => Some(number),
            Some(PythonInt::TooLarge | PythonInt::TooSmall) => Some(i64::MAX),
            None => None,
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    match number {
        None => Err(Refusal::field(name, "a whole number is needed")),
        Some(number) if i32::try_from(number).is_err() => {
            Err(Refusal::field(name, "the number is beyond 32 bits"))
        }
        Some(number) => Ok(number),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and what is beyond 32 bits is refused")]
fn truncated(number: f64) -> i64 {
    number as i64
}

fn float(name: &str, given: &Json) -> Result<f64, Refusal> {
    let number = match given {
        Json::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Json::Number(number) => number.as_f64(),
        Json::String(text) => parse_float(text),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    let number = number.filter(|number| number.is_finite());
    let number = number.ok_or_else(|| Refusal::field(name, "a number is needed"))?;
    // Rounded up to the fifteen digits that are shown, the largest numbers would be none.
    let shown: Option<f64> = format!("{number:.14e}").parse().ok();
    match shown.filter(|shown| shown.is_finite()) {
        Some(_) => Ok(number),
        None => Err(Refusal::field(name, "the number is too large")),
    }
}

fn text(name: &str, given: &Json) -> Result<String, Refusal> {
    let text = to_text(given);
    if text.contains('\0') {
        return Err(Refusal::field(name, "it holds a NUL character"));
    }
    Ok(text)
}

/// What Python takes for true.
pub(super) fn is_true(given: &Json) -> bool {
    match given {
        Json::Null => false,
        Json::Bool(flag) => *flag,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(object) => !object.is_empty(),
    }
}

/// A time; none where the original did not look at it (it is false for Python) and crashed later, or ignored it.
pub(super) fn time(name: &str, given: &Json) -> Result<Option<i64>, Refusal> {
    if !is_true(given) {
        return Ok(None);
    }
    let Json::String(text) = given else {
        return Err(Refusal::BadRequest(format!(
            "Datetime provided to '{name}' field must be a string: {}",
            to_text(given)
        )));
    };
    free_time::parse(text).map(Some).ok_or_else(|| {
        Refusal::BadRequest(format!(
            "Datetime provided to '{name}' field doesn't appear to be a valid datetime string: '{text}'"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_taken_as_python_takes_them() {
        for (given, number) in [
            (json!(88), 88),
            (json!("88"), 88),
            (json!(" +8 "), 8),
            (json!(12.9), 12),
            (json!(-12.9), -12),
            (json!(true), 1),
            (json!(-4), -4),
            (json!(2_147_483_647), 2_147_483_647),
        ] {
            assert_eq!(integer("diskusage", &given).ok(), Some(number), "{given}");
        }
        for given in [
            json!(""),
            json!("12.9"),
            json!("many"),
            json!([]),
            json!({}),
            json!(99_999_999_999_i64),
            json!("-99999999999999999999999"),
            json!(1e300),
        ] {
            assert!(integer("diskusage", &given).is_err(), "{given}");
        }
    }

    #[test]
    fn truth_is_pythons() {
        for given in [json!("false"), json!("0"), json!(2), json!(-0.5), json!([0]), json!({"a": null})] {
            assert!(is_true(&given), "{given}");
        }
        for given in [json!(null), json!(""), json!(0), json!(0.0), json!(-0.0), json!([]), json!({})] {
            assert!(!is_true(&given), "{given}");
        }
    }

    #[test]
    fn numbers_with_a_fraction_and_texts() {
        assert_eq!(float("percentfull", &json!("12.5")).ok(), Some(12.5));
        assert_eq!(float("percentfull", &json!(true)).ok(), Some(1.0));
        assert_eq!(
            float("percentfull", &json!(1.797_693_134_862_31e308)).ok(),
            Some(1.797_693_134_862_31e308)
        );
        for given in [json!("nan"), json!("x"), json!("inf"), json!([1]), json!(f64::MAX), json!(f64::MIN)] {
            assert!(float("percentfull", &given).is_err(), "{given}");
        }
        assert_eq!(text("name", &json!(["a"])).ok().as_deref(), Some("[u'a']"));
        assert!(text("name", &json!("a\0b")).is_err());
    }

    #[test]
    fn what_is_no_time_is_said_in_the_originals_words() {
        let said = |given| match time("timeStamp", &given) {
            Err(Refusal::BadRequest(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            said(json!("x")),
            "Datetime provided to 'timeStamp' field doesn't appear to be a valid datetime string: 'x'"
        );
        assert_eq!(
            said(json!(1_557_126_489)),
            "Datetime provided to 'timeStamp' field must be a string: 1557126489"
        );
        assert_eq!(time("timeStamp", &json!("")).ok(), Some(None));
    }
}
