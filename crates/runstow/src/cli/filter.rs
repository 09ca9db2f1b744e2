//! Which reports are meant, by what they are like.

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runstow_engine::catalog::query::{Condition, Test, Value};
use runstow_engine::catalog::{
    CategoryFilter, Pattern, PatternError, ReportColumn, ReportNarrowing, ReportQuery,
};
use runstow_lifecycle::{Category, State};

use super::parsed;

/// What reports are like. Every option narrows; none of them narrows nothing.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "filter", multiple = true)]
pub struct Filter {
    /// Reports whose name, or whose run's name, matches this regular expression, upper or lower case
    #[arg(long, value_name = "PATTERN", help_heading = "Which reports")]
    pub matching: Option<String>,
    /// Reports with this state in a category, e.g. sigproc=L or output=AD (may be repeated)
    #[arg(long, value_name = "CATEGORY=CODE", value_parser = category_state, help_heading = "Which reports")]
    pub state: Vec<(Category, State)>,
    /// Reports made before this day or instant (UTC), e.g. 2026-01-31
    #[arg(long, value_name = "DATE", value_parser = instant, help_heading = "Which reports")]
    pub before: Option<Timestamp>,
    /// Reports made on this day or later (UTC)
    #[arg(long, value_name = "DATE", value_parser = instant, help_heading = "Which reports")]
    pub since: Option<Timestamp>,
    /// Reports made more than this many days ago
    #[arg(long, value_name = "DAYS", conflicts_with = "before", help_heading = "Which reports")]
    pub older_than: Option<u32>,
    /// Reports with at least so many MB (of 2^20 bytes) of their own, without the raw data of their run
    #[arg(long, value_name = "MB", help_heading = "Which reports")]
    pub min_size: Option<u32>,
}

impl Filter {
    /// Does it leave out no report?
    pub fn is_empty(&self) -> bool {
        let Self { matching, state, before, since, older_than, min_size } = self;
        matching.is_none()
            && state.is_empty()
            && before.is_none()
            && since.is_none()
            && older_than.is_none()
            && min_size.is_none()
    }

    /// The question to the catalog, for the first page.
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn query(&self, now: Timestamp) -> Result<ReportQuery, PatternError> {
        let name = self.matching.as_deref().map(|text| Pattern::new(text, true)).transpose()?;
        let mut narrowing = ReportNarrowing { name, ..ReportNarrowing::default() };
        for (category, state) in &self.state {
            let filter = narrowing.categories[category.index()].get_or_insert_with(CategoryFilter::default);
            filter.states.get_or_insert_with(Vec::new).push(state.code().to_owned());
        }
        let time = |instant: Timestamp| Value::Time(instant.as_microsecond());
        let days_ago = |days: u32| {
            let age = SignedDuration::from_hours(24 * i64::from(days));
            // A time before all time leaves out everything.
            now.checked_sub(age).unwrap_or(Timestamp::MIN)
        };
        let before = self.before.or(self.older_than.map(days_ago));
        let conditions = [
            before.map(|instant| (ReportColumn::TimeStamp, Test::Less(time(instant)))),
            self.since.map(|instant| (ReportColumn::TimeStamp, Test::GreaterOrEqual(time(instant)))),
            self.min_size
                .map(|mb| (ReportColumn::Diskusage, Test::GreaterOrEqual(Value::Integer(i64::from(mb))))),
        ];
        let conditions =
            conditions.into_iter().flatten().map(|(column, test)| Condition { column, test }).collect();
        Ok(ReportQuery { conditions, narrowing, ..ReportQuery::default() })
    }
}

fn category_state(text: &str) -> Result<(Category, State), String> {
    let (category, code) = text.split_once('=').ok_or("expected CATEGORY=CODE, e.g. sigproc=L")?;
    Ok((parsed(category)?, parsed(code)?))
}

/// A day means its beginning, in UTC.
fn instant(text: &str) -> Result<Timestamp, String> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() <= "2026-01-31".len());
    let instant = match day {
        Some(day) => TimeZone::UTC.to_timestamp(day.into()),
        None => text.parse::<Timestamp>(),
    };
    instant
        .map_err(|_| "expected a day such as 2026-01-31, or an instant such as 2026-01-31T18:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_beginning_and_an_instant_has_a_zone() {
        assert_eq!(instant("2026-01-31").unwrap().to_string(), "2026-01-31T00:00:00Z");
        assert_eq!(instant("2026-01-31T18:00:00+02:00").unwrap().to_string(), "2026-01-31T16:00:00Z");
        for wrong in ["2026-02-30", "31.1.2026", "yesterday", "", "2026-01-31T18:00:00"] {
            assert!(instant(wrong).unwrap_err().contains("2026-01-31"), "{wrong}");
        }
    }

    #[test]
    fn each_option_narrows() {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let none = Filter::default();
        assert!(none.is_empty());
        assert!(none.query(now).unwrap().conditions.is_empty());
        let old = Filter { older_than: Some(30), ..Filter::default() };
        assert!(!old.is_empty());
        let expected = "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap().as_microsecond();
        let query = old.query(now).unwrap();
        assert!(
            matches!(&query.conditions[..], [Condition { column: ReportColumn::TimeStamp, test: Test::Less(Value::Time(us)) }] if *us == expected)
        );
        let ages = Filter { older_than: Some(u32::MAX), ..Filter::default() };
        assert!(ages.query(now).is_ok());
        assert!(Filter { matching: Some("(".into()), ..Filter::default() }.query(now).is_err());
    }
}
