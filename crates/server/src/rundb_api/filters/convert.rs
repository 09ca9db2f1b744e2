//! From the text of a filter to a test of a column.

use runstow_catalog::query::{Column, ColumnKind, Test, TimePart, Value};
use runstow_catalog::{Pattern, PatternError, Place};

use super::super::parameters::Parameters;
use super::super::python_int::{PythonInt, parse_float, parse_int};
use super::super::refusal::Refusal;
use super::super::time_value;
use super::{Lookup, Trouble};

/// The value of a filter after the original's conversion (api.md rules 22 and 23).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::rundb_api) enum Given<'p> {
    /// `true` or `True`, `false` or `False`.
    Flag(bool),
    /// `None`, `none` or `nil`.
    Nothing,
    /// Any other text.
    Text(&'p str),
    /// The members of `in` and `range`; nothing is converted there.
    List(Vec<&'p str>),
}

impl<'p> Given<'p> {
    /// Reads the value of a parameter.
    pub(super) fn read(parameters: &'p Parameters, name: &'p str, lookup: Lookup) -> Self {
        match parameters.last(name).unwrap_or_default() {
            "true" | "True" => Self::Flag(true),
            "false" | "False" => Self::Flag(false),
            "None" | "none" | "nil" => Self::Nothing,
            "" if matches!(lookup, Lookup::In | Lookup::Range) => Self::List(Vec::new()),
            _ if matches!(lookup, Lookup::In | Lookup::Range) => {
                Self::List(parameters.values(name).flat_map(|value| value.split(',')).collect())
            }
            text => Self::Text(text),
        }
    }

    /// The value as a text: Python's names for true and false.
    fn text(&self) -> &str {
        match self {
            Self::Flag(true) => "True",
            Self::Flag(false) => "False",
            Self::Text(text) => text,
            Self::Nothing | Self::List(_) => "",
        }
    }

    fn holds_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::List(members) => members.iter().any(|member| member.contains('\0')),
            Self::Flag(_) | Self::Nothing => false,
        }
    }
}

/// What a filter tests.
pub(super) fn test<C: Column>(
    column: C,
    lookup: Lookup,
    given: &Given<'_>,
    name: &str,
) -> Result<Test, Trouble> {
    let kind = column.kind();
    let crash = |problem: &str| Err(Trouble::WhenRun(Refusal::parameter(name, problem)));
    if given.holds_nul() && kind == ColumnKind::Text {
        return crash("it holds a NUL character");
    }
    if *given == Given::Nothing {
        return match lookup {
            Lookup::Exact => Ok(Test::Null(true)),
            Lookup::In | Lookup::Range => crash("a list of values is needed"),
            _ => Err(Trouble::Now(Refusal::mismatched_type())),
        };
    }
    match lookup {
        Lookup::Exact | Lookup::Gt | Lookup::Gte | Lookup::Lt | Lookup::Lte => {
            Ok(compared(lookup, convert(kind, given, name)?))
        }
        Lookup::In | Lookup::Range => {
            let Given::List(members) = given else { return crash("a list of values is needed") };
            list(kind, lookup, members, name)
        }
        Lookup::IsNull => Ok(Test::Null(!matches!(given, Given::Flag(false) | Given::Text("")))),
        Lookup::Search => crash("full-text search is not possible"),
        Lookup::Part(part) => time_part(kind, part, given, name),
        Lookup::IExact | Lookup::Regex | Lookup::IRegex if matches!(given, Given::Flag(_)) => {
            crash("a text is needed, and true and false are none")
        }
        _ if given.holds_nul() => crash("it holds a NUL character"),
        Lookup::Contains => Ok(Test::Contains(given.text().to_owned())),
        Lookup::StartsWith => Ok(Test::StartsWith(given.text().to_owned())),
        Lookup::EndsWith => Ok(Test::EndsWith(given.text().to_owned())),
        Lookup::IExact => without_case(given, Place::Whole, name),
        Lookup::IContains => without_case(given, Place::Anywhere, name),
        Lookup::IStartsWith => without_case(given, Place::Start, name),
        Lookup::IEndsWith => without_case(given, Place::End, name),
        Lookup::Regex => pattern(given.text(), false, name).map(Test::Matches).map_err(Trouble::WhenRun),
        Lookup::IRegex => pattern(given.text(), true, name).map(Test::Matches).map_err(Trouble::WhenRun),
    }
}

/// A pattern of a parameter; what is wrong with it is said with the parameter's name.
pub(in crate::rundb_api) fn pattern(text: &str, ignore_case: bool, name: &str) -> Result<Pattern, Refusal> {
    if text.contains('\0') {
        return Err(Refusal::parameter(name, "it holds a NUL character"));
    }
    Pattern::new(text, ignore_case).map_err(|error| Refusal::parameter(name, error))
}

fn without_case(given: &Given<'_>, place: Place, name: &str) -> Result<Test, Trouble> {
    let refuse = |error: PatternError| Trouble::WhenRun(Refusal::parameter(name, error));
    Pattern::text_ignoring_case(given.text(), place).map(Test::Matches).map_err(refuse)
}

/// A value of a column's type, or one beyond all of them.
enum Converted {
    Is(Value),
    AboveAll,
    BelowAll,
}

fn compared(lookup: Lookup, value: Converted) -> Test {
    match (lookup, value) {
        (Lookup::Gt, Converted::Is(value)) => Test::Greater(value),
        (Lookup::Gte, Converted::Is(value)) => Test::GreaterOrEqual(value),
        (Lookup::Lt, Converted::Is(value)) => Test::Less(value),
        (Lookup::Lte, Converted::Is(value)) => Test::LessOrEqual(value),
        (_, Converted::Is(value)) => Test::Equal(value),
        (Lookup::Gt | Lookup::Gte, Converted::BelowAll) | (Lookup::Lt | Lookup::Lte, Converted::AboveAll) => {
            Test::Null(false)
        }
        (_, Converted::AboveAll | Converted::BelowAll) => Test::Nothing,
    }
}

fn convert(kind: ColumnKind, given: &Given<'_>, name: &str) -> Result<Converted, Trouble> {
    let mismatch = || Trouble::Now(Refusal::mismatched_type());
    Ok(match (kind, given) {
        (ColumnKind::Text, _) => Converted::Is(Value::Text(given.text().to_owned())),
        (ColumnKind::Integer, Given::Flag(flag)) => Converted::Is(Value::Integer((*flag).into())),
        (ColumnKind::Integer, _) => match parse_int(given.text()).ok_or_else(mismatch)? {
            PythonInt::Fits(number) => Converted::Is(Value::Integer(number)),
            PythonInt::TooLarge => Converted::AboveAll,
            PythonInt::TooSmall => Converted::BelowAll,
        },
        (ColumnKind::Float, Given::Flag(flag)) => Converted::Is(Value::Float(f64::from(u8::from(*flag)))),
        (ColumnKind::Float, _) => match parse_float(given.text()).ok_or_else(mismatch)? {
            // PostgreSQL sorts what is no number above everything.
            number if number.is_nan() || number == f64::INFINITY => Converted::AboveAll,
            number if number == f64::NEG_INFINITY => Converted::BelowAll,
            number => Converted::Is(Value::Float(number)),
        },
        (ColumnKind::Boolean, Given::Flag(flag)) => Converted::Is(Value::Boolean(*flag)),
        // Any text but these two and the empty one is true, as in Python.
        (ColumnKind::Boolean, _) => Converted::Is(Value::Boolean(!matches!(given.text(), "" | "0"))),
        (ColumnKind::Time, Given::Text(text)) => match time_value::parse(text) {
            Some(micros) => Converted::Is(Value::Time(micros)),
            None => return Err(not_a_time(name, text)),
        },
        (ColumnKind::Time, _) => return Err(not_a_time(name, given.text())),
    })
}

fn not_a_time(name: &str, text: &str) -> Trouble {
    Trouble::Now(Refusal::parameter(
        name,
        format_args!(
            "'{text}' is not a time such as 2017-03-18, 2017-03-18T06:39 or 2017-03-18T06:39:37.203Z"
        ),
    ))
}

fn list(kind: ColumnKind, lookup: Lookup, members: &[&str], name: &str) -> Result<Test, Trouble> {
    let mut values = Vec::new();
    let mut beyond = Vec::new();
    for member in members {
        // A flag inside a list is a text, and of the texts only the empty one is false.
        let value = match kind {
            ColumnKind::Boolean => Converted::Is(Value::Boolean(!member.is_empty())),
            _ => convert(kind, &Given::Text(member), name)?,
        };
        match value {
            Converted::Is(value) => values.push(value),
            other => beyond.push((values.len(), other)),
        }
    }
    if lookup == Lookup::In {
        return match kind {
            ColumnKind::Time if members.is_empty() => {
                Err(Trouble::WhenRun(Refusal::parameter(name, "a list of times is needed")))
            }
            _ => Ok(Test::In(values)),
        };
    }
    match (members.len(), values.as_slice(), beyond.as_slice()) {
        (2, [from, to], []) => Ok(Test::Between(from.clone(), to.clone())),
        (2, [from], [(1, Converted::AboveAll)]) => Ok(Test::GreaterOrEqual(from.clone())),
        (2, [to], [(0, Converted::BelowAll)]) => Ok(Test::LessOrEqual(to.clone())),
        (2, [], [(_, Converted::BelowAll), (_, Converted::AboveAll)]) => Ok(Test::Null(false)),
        (2, ..) => Ok(Test::Nothing),
        _ => Err(Trouble::WhenRun(Refusal::parameter(
            name,
            "two values are needed, with a comma between them",
        ))),
    }
}

fn time_part(kind: ColumnKind, part: TimePart, given: &Given<'_>, name: &str) -> Result<Test, Trouble> {
    let number = match given {
        Given::Flag(flag) => PythonInt::Fits((*flag).into()),
        _ => parse_int(given.text()).ok_or_else(|| Trouble::Now(Refusal::mismatched_type()))?,
    };
    let crash = |problem: &str| Err(Trouble::WhenRun(Refusal::parameter(name, problem)));
    if kind != ColumnKind::Time {
        return crash("the field is no time");
    }
    match (part, number) {
        (TimePart::Year, PythonInt::Fits(year @ 1..=9999)) => Ok(Test::Part(part, year)),
        (TimePart::Year, _) => crash("years go from 1 to 9999"),
        (_, PythonInt::Fits(number)) => Ok(Test::Part(part, number)),
        _ => Ok(Test::Nothing),
    }
}
