//! The lookups of Django 1.6.

use runstow_catalog::query::TimePart;

/// How a field is compared with a value; named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rundb_api) enum Lookup {
    Exact,
    IExact,
    Contains,
    IContains,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Range,
    IsNull,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    Regex,
    IRegex,
    Search,
    Part(TimePart),
}

impl Lookup {
    /// The lookup of this name.
    pub(in crate::rundb_api) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "exact" => Self::Exact,
            "iexact" => Self::IExact,
            "contains" => Self::Contains,
            "icontains" => Self::IContains,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "in" => Self::In,
            "range" => Self::Range,
            "isnull" => Self::IsNull,
            "startswith" => Self::StartsWith,
            "istartswith" => Self::IStartsWith,
            "endswith" => Self::EndsWith,
            "iendswith" => Self::IEndsWith,
            "regex" => Self::Regex,
            "iregex" => Self::IRegex,
            "search" => Self::Search,
            "year" => Self::Part(TimePart::Year),
            "month" => Self::Part(TimePart::Month),
            "day" => Self::Part(TimePart::Day),
            "week_day" => Self::Part(TimePart::WeekDay),
            "hour" => Self::Part(TimePart::Hour),
            "minute" => Self::Part(TimePart::Minute),
            "second" => Self::Part(TimePart::Second),
            _ => return None,
        })
    }
}
